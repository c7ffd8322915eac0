/** SHA-256. */

/**
 * SHA-256 of `bytes` as 64 lowercase hexadecimal digits (FIPS 180-4).
 *
 * By WebCrypto, which is native code. In JavaScript the same costs many times as much in a process that has
 * just started, before anything is compiled; and loading `node:crypto`, the one way to have it synchronously,
 * takes longer than all that most commands do.
 */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return new Uint8Array(digest).toHex();
}
