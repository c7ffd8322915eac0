/** Texts for what is wrong with certificates, keys, requests and CRLs. */
export { alternativeNameText, x509Messages } from "./messages.ts";
export { formatExtensions, formatPurposes } from "./problems.ts";
