/** Issuers: their kinds, and how to open one. */
export {
  EstFailedError,
  EstRefusedError,
  isMarked,
  readEnrolmentSecret,
  type SecretMark,
  SecretNotRemovedError,
} from "./est/mod.ts";
export { IssuerFailedError, IssuerNotReadyError } from "./errors.ts";
export type { Issuer, IssuerAnswer, Preparation } from "./issuer.ts";
export * from "./kinds.ts";
export { fetchAnchors, openIssuer, prepareIssuer } from "./open.ts";
