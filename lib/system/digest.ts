/** SHA-256. */

/**
 * SHA-256 of `bytes` as 64 lowercase hexadecimal digits (FIPS 180-4).
 *
 * Uses WebCrypto, which is native code. JavaScript is many times slower in a process that has just started,
 * before anything is compiled; and loading `node:crypto`, the only synchronous way, takes longer than most
 * commands do.
 */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return new Uint8Array(digest).toHex();
}
