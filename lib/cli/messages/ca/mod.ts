/** Texts for the errors and findings of the CA. */
export { describeFinding } from "./findings.ts";
export { importMessages } from "./import.ts";
export { caMessages, caRenewalHints } from "./messages.ts";
