/** OBJECT IDENTIFIERs of OCSP (RFC 6960 appendix B.1). */

/** The type of response that every client and responder supports: BasicOCSPResponse. */
export const basicResponseOid = "1.3.6.1.5.5.7.48.1.1";

/** Extensions of requests and responses (RFC 6960 4.4). */
export const ocspExtensionOid = {
  nonce: "1.3.6.1.5.5.7.48.1.2",
  acceptableResponses: "1.3.6.1.5.5.7.48.1.4",
  preferredSignatureAlgorithms: "1.3.6.1.5.5.7.48.1.8",
} as const;
