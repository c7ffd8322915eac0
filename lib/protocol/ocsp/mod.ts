/** OCSP messages (RFC 6960, RFC 9919): requests are read, responses are written. */
export { type CertId, isOfIssuer, type IssuerHashes, issuerHashesOf } from "./cert_id.ts";
export { BadOcspRequestError } from "./errors.ts";
export { requestInPath } from "./get_path.ts";
export { certIdLimit, type OcspRequest, ocspRequestLimit, readOcspRequest } from "./request.ts";
export {
  type CertStatus,
  ocspErrorResponse,
  ocspErrors,
  type Responder,
  type ResponderId,
  signOcspResponse,
  type SingleResponse,
} from "./response.ts";
