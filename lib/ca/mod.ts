/** The mini CA: its directory, init, sign, revoke, CRL, list, verify, request, check. */
export type { CaOptions, ChangeReport } from "./ca.ts";
export * from "./check/check.ts";
export * from "./errors.ts";
export { type Finding, isMendable, isProblem, type Note, type Problem } from "./store/finding.ts";
export { type CrlOptions, type CrlReport, generateCrl } from "./generate_crl.ts";
export { init, type InitOptions, type InitReport } from "./init.ts";
export { type CertificateStatus, list, type ListedCertificate, type ListReport } from "./list.ts";
export { planCaRecovery, recoverCa, type RecoverCaOptions } from "./recover.ts";
export { repair, type RepairReport } from "./check/repair.ts";
export type { CaLocation } from "./store/open.ts";
export { request, type RequestOptions, type RequestReport } from "./request.ts";
export { revoke, type RevokeOptions, type RevokeReport } from "./revoke.ts";
export {
  findRequests,
  type IssuedCertificate,
  sign,
  type SignOptions,
  type SignReport,
} from "./issue/sign.ts";
export { type Revocation, verify, type VerifyOptions, type VerifyReport } from "./verify.ts";
