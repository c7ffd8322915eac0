/** OCSP: whether certificates of the CA are good, revoked or unknown. */
export { OcspService, type OcspState } from "./service.ts";
