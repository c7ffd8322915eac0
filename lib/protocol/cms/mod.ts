/** CMS (RFC 5652): messages that carry only certificates. */
export * from "./certs_only.ts";
export * from "./errors.ts";
