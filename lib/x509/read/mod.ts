/** Reading certificates, requests and CRLs. */
export * from "./certificate.ts";
export {
  type CertificateChain,
  readAnchorFile,
  readCertificateFile,
  readSingleCertificateFile,
} from "./certificate_file.ts";
export * from "./crl.ts";
export type { CrlEntries, CrlEntry } from "./crl_entries.ts";
export {
  type Extension,
  type FoundExtension,
  type KeyUsage,
  keyUsages,
  readExtensionList,
} from "./extensions.ts";
export * from "./request.ts";
export {
  isRevocationReason,
  type RevocationReason,
  revocationReasons,
} from "./revocation_reason.ts";
export { readSerialNumber } from "./serial_number.ts";
