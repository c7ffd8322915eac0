import { sha1 } from "@noble/hashes/legacy.js";
import type { PublicKey } from "./public_key.ts";

/**
 * The identifier of a key by RFC 5280 4.2.1.2 method 1: SHA-1 of what the subjectPublicKey BIT STRING
 * holds, without its tag, its length and its count of unused bits.
 *
 * It names a key, and proves nothing: that SHA-1 is broken does not matter here.
 *
 * @returns 20 bytes.
 */
export function keyIdentifierOf(key: PublicKey): Uint8Array {
  return sha1(key.bytes);
}
