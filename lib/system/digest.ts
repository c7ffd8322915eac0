/** SHA-256. */

/**
 * SHA-256 of `bytes` as 64 lowercase hexadecimal digits (FIPS 180-4).
 *
 * Uses WebCrypto, which is native code. JavaScript is many times slower in a process that has just started,
 * before anything is compiled; and loading `node:crypto`, the only synchronous way, takes longer than most
 * commands do.
 */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  if (bytes.length > largeContent) return hashLarge(bytes);
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return new Uint8Array(digest).toHex();
}

/** From this size on, in bytes, a copy costs more than loading `node:crypto`. */
const largeContent = 8 * 1024 * 1024;

/** WebCrypto copies what it hashes. */
function hashLarge(bytes: Uint8Array): string {
  const { createHash } = globalThis.process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(bytes).digest("hex");
}
