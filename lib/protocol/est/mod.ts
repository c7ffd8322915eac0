/** EST (RFC 7030, RFC 8951, RFC 9908): bodies, attributes of requests, paths. For client and server. */
export * from "./body.ts";
export * from "./certificates.ts";
export * from "./content_types.ts";
export { type CsrAttribute, decodeCsrAttributes } from "./csr_attributes.ts";
export * from "./enrolment_request.ts";
export * from "./errors.ts";
export * from "./paths.ts";
export * from "./template.ts";
export { readTemplate } from "./read_template.ts";
export { encodeCsrAttributes } from "./write_template.ts";
