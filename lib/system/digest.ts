import { sha256 } from "@noble/hashes/sha2.js";

/** Above this many bytes, handing the work to WebCrypto's thread pool costs less than it saves. */
const webCryptoThreshold = 256 * 1024;

/**
 * SHA-256 of `bytes` as 64 lowercase hexadecimal digits (FIPS 180-4).
 *
 * WebCrypto answers no sooner than 60 microseconds later, a swap needs a dozen digests of files of a
 * kilobyte, and loading `node:crypto` takes 20 ms: small inputs are hashed in JavaScript, in 15.
 */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const digest = bytes.length < webCryptoThreshold
    ? sha256(bytes)
    : new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return digest.toHex();
}
