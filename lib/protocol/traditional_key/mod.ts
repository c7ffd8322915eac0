/** Private keys that OpenSSL encrypts in its traditional form: PEM headers of RFC 1421. Loaded when needed. */
export { decryptTraditionalKey, isTraditionalKey } from "./traditional_key.ts";
