/** The issuer `est`: a CA that is asked over the network (RFC 7030). */
export { type EstIssuer, formatEstUrl, readEstUrl, readFingerprint } from "./configuration.ts";
export { EstFailedError, EstRefusedError, SecretNotRemovedError } from "./errors.ts";
export { isMarked, readEnrolmentSecret, type SecretMark } from "./secret.ts";
