/** Issues certificates and CRLs, and creates requests. */
export {
  type Authority,
  issueCrossCertificate,
  issueIntermediate,
  issueLeaf,
  type IssuerAddresses,
  issueRoot,
} from "./certificate.ts";
export { type CrlFields, encodeDistributionPoint, issueCrl } from "./crl.ts";
export { EncodedEntries, type RevokedCertificate, type WrittenRevocation } from "./crl_entries.ts";
export { copiedExtension, extendedKeyUsage, keyUsage } from "./extensions.ts";
export { encodeNameConstraints, type NameConstraints } from "./name_constraints.ts";
export { issueOcspResponder } from "./ocsp_responder.ts";
export { issueRenewedRoot } from "./renewed_root.ts";
export { createRequest, type RequestFields } from "./request.ts";
