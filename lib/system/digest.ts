/** SHA-256, and SHA-1 for identifiers. */

/**
 * SHA-256 of `bytes` as 64 lowercase hexadecimal digits (FIPS 180-4).
 *
 * Uses WebCrypto, which is native code. JavaScript is many times slower in a process that has just started,
 * before anything is compiled; and loading `node:crypto`, the only synchronous way, takes longer than most
 * commands do. It pays for large content, which WebCrypto copies, and for many digests: each one of WebCrypto
 * waits for another thread, and for the signatures that threads make meanwhile.
 */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  if (isWorthLoading(bytes)) return hash("sha256", bytes);
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return new Uint8Array(digest).toHex();
}

/**
 * SHA-256 of parts one behind the other, as {@linkcode sha256Hex} has it: for content that is not to be in
 * memory as a whole. A part may be used again for the next one.
 */
export function sha256OfParts(parts: Iterable<Uint8Array>): string {
  const { createHash } = globalThis.process.getBuiltinModule("node:crypto");
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest("hex");
}

/** SHA-1 of `bytes`, 20 bytes: only for identifiers, which prove nothing. */
export async function sha1(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (isWorthLoading(bytes)) return Uint8Array.fromHex(hash("sha1", bytes));
  const digest = await crypto.subtle.digest("SHA-1", bytes as Uint8Array<ArrayBuffer>);
  return new Uint8Array(digest);
}

/** From this size on, in bytes, content is large. */
export const largeContent = 8 * 1024 * 1024;

/** After this many digests, more are to be expected. */
const manyDigests = 64;

let digests = 0;

function isWorthLoading(bytes: Uint8Array): boolean {
  return ++digests > manyDigests || bytes.length > largeContent;
}

let inOneCall: typeof import("node:crypto").hash | undefined;

/** The digest in hexadecimal digits, which costs least: a Buffer would have to be copied. */
function hash(algorithm: "sha256" | "sha1", bytes: Uint8Array): string {
  inOneCall ??= globalThis.process.getBuiltinModule("node:crypto").hash;
  return inOneCall(algorithm, bytes, "hex");
}

/** Whether two digests, as hexadecimal digits, are the same. Takes the same time for every wrong one. */
export function isSameDigest(given: string, known: string): boolean {
  let difference = given.length ^ known.length;
  for (let index = 0; index < given.length; index++) {
    difference |= given.charCodeAt(index) ^ known.charCodeAt(index % known.length);
  }
  return difference === 0;
}
