/** The mini CA: init, sign, revoke, CRL, list, verify, request, check, and its data directory. */
export { type CaOptions, findCa, requirePossibleCa } from "./ca.ts";
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
export { list, type ListedCertificate, raiseSerial } from "./inventory/mod.ts";
export { changePassphrase, decryptKey, encryptKey, type KeyReport } from "./key/mod.ts";
export { planCaRecovery, recoverCa } from "./recover.ts";
export { request } from "./request.ts";
export { NoAlternativeNamesWarning, RequestRefusedError } from "./request_errors.ts";
export { revoke } from "./revoke.ts";
export { isProblem } from "./store/mod.ts";
export { type ChainVerdict, type Revocation, verify, type VerifyReport } from "./verify.ts";
