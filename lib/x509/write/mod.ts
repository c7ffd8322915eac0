/** Writing certificates, requests and CRLs. */
export { type Authority, issueLeaf, issueRoot } from "./certificate.ts";
export { issueCrl, type RevokedCertificate } from "./crl.ts";
export { createRequest, type RequestFields } from "./request.ts";
