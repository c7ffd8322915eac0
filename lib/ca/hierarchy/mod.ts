/** The hierarchy of CAs: requests for intermediates, their activation, and the renewal of CA certificates. */
export { activate, type Activated, type ActivateReport } from "./activate.ts";
export { chainAbove } from "./chain_above.ts";
export { crossCertify, crossProfile } from "./cross_certify.ts";
export { ActivationChainError } from "./errors.ts";
export { peerCertificates } from "./certificates.ts";
export { initRequest } from "./init_request.ts";
export { initSigned } from "./init_signed.ts";
export { readCertificatesAt } from "./read_certificates.ts";
export { requestRenewal } from "./request_renewal.ts";
export { renewRoot } from "./renew_root.ts";
