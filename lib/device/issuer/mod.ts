/** Issuers: their kinds, and how to open one. */
export { IssuerFailedError, IssuerNotReadyError } from "./errors.ts";
export type { IssuerAnswer } from "./issuer.ts";
export * from "./kinds.ts";
export { openIssuer } from "./open.ts";
