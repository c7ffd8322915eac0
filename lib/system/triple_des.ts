/** Triple DES in CBC mode with PKCS#7 padding, which WebCrypto does not have. For old PKCS#12 files alone. */

import { joined } from "./bytes.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const cipher = "des-ede3-cbc";

/** Encrypts. @param key 24 bytes. @param iv 8 bytes. */
export function encryptTripleDes(key: Bytes, iv: Bytes, plain: Bytes): Bytes {
  const encryption = crypto().createCipheriv(cipher, key, iv);
  return joined([encryption.update(plain), encryption.final()]);
}

/**
 * Decrypts. @param key 24 bytes. @param iv 8 bytes.
 *
 * @throws Error of the runtime where the padding is wrong.
 */
export function decryptTripleDes(key: Bytes, iv: Bytes, ciphertext: Bytes): Bytes {
  const decryption = crypto().createDecipheriv(cipher, key, iv);
  return joined([decryption.update(ciphertext), decryption.final()]);
}

/** Loaded when it is needed: it costs every start 20 ms otherwise. */
function crypto(): typeof import("node:crypto") {
  return globalThis.process.getBuiltinModule("node:crypto");
}
