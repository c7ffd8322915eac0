/** Issuers: each kind of them, and how one is opened. */
export { IssuerFailedError, IssuerNotReadyError } from "./errors.ts";
export type { IssuerAnswer } from "./issuer.ts";
export * from "./kinds.ts";
export { openIssuer } from "./open.ts";
