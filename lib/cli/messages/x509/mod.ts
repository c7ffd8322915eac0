/** Texts for what is wrong with certificates, keys, requests and CRLs. */
export { correctNameText } from "./correct_name.ts";
export { alternativeNameText, x509Messages } from "./messages.ts";
export { formatExtensions, formatPurposes } from "./problems.ts";
