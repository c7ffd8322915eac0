/** Texts for PKCS#12 files, their passwords, and copies of a pair. */
export { pkcs12Messages } from "./messages.ts";
export { outputMessages } from "./outputs.ts";
