/** Private keys that OpenSSL encrypts in its traditional form, with PEM headers. Loaded when needed. */
export { decryptTraditionalKey, isTraditionalKey } from "./traditional_key.ts";
