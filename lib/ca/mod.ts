/** The mini CA: init, sign, revoke, CRL, list, verify, request, check, and its data directory. */
export { findCa, requirePossibleCa } from "./ca.ts";
export { check, repair } from "./check/mod.ts";
export {
  BadCaCrlError,
  BadCaFileError,
  BadIndexError,
  CaNotInitializedError,
  ClockBehindError,
  PublishFailedError,
  SerialNotFoundError,
} from "./errors.ts";
export { type Publication, publishCrl } from "./crl/mod.ts";
export { type CrlReport, generateCrl, refreshCrl } from "./generate_crl.ts";
export { init } from "./init.ts";
export { sign } from "./issue/mod.ts";
export { list, type ListedCertificate } from "./inventory/mod.ts";
export { planCaRecovery, recoverCa } from "./recover.ts";
export { request } from "./request.ts";
export { RequestRefusedError } from "./request_errors.ts";
export { revoke } from "./revoke.ts";
export { isProblem } from "./store/mod.ts";
export { type ChainVerdict, type Revocation, verify, type VerifyReport } from "./verify.ts";
