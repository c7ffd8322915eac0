/** The identifier of a public key, by which certificates name it. */
import type { Bytes } from "../encoding/mod.ts";
import type { PublicKey } from "./public_key.ts";

/**
 * The identifier of a key by RFC 5280 4.2.1.2 method 1: SHA-1 of what the subjectPublicKey BIT STRING
 * holds, without its tag, its length and its count of unused bits.
 *
 * It names a key, and proves nothing: that SHA-1 is broken does not matter here.
 *
 * @returns 20 bytes.
 */
export async function keyIdentifierOf({ bytes }: PublicKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-1", bytes));
}
