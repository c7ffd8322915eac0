/** The mini CA: init, sign, revoke, CRL, list, verify, request, check, and its data directory. */
export { findCa, requirePossibleCa } from "./ca.ts";
export { check, repair } from "./check/mod.ts";
export {
  BadCaCrlError,
  BadCaFileError,
  BadIndexError,
  CaNotInitializedError,
  ClockBehindError,
  SerialNotFoundError,
} from "./errors.ts";
export { generateCrl } from "./generate_crl.ts";
export { init } from "./init.ts";
export { sign } from "./issue/mod.ts";
export { list, type ListedCertificate } from "./list.ts";
export { planCaRecovery, recoverCa } from "./recover.ts";
export { request } from "./request.ts";
export { NoAlternativeNamesWarning, RequestRefusedError } from "./request_errors.ts";
export { revoke } from "./revoke.ts";
export { isProblem } from "./store/mod.ts";
export { type ChainVerdict, type Revocation, verify, type VerifyReport } from "./verify.ts";
