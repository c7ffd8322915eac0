/** Computes the identifier of a public key. */
import type { Bytes } from "../encoding/mod.ts";
import type { PublicKey } from "./public_key.ts";

/**
 * The identifier of a key by RFC 5280 4.2.1.2 method 1: SHA-1 of the content of the subjectPublicKey BIT
 * STRING, without tag, length and count of unused bits.
 *
 * It only helps to find a key and proves nothing, so it does not matter that SHA-1 is broken.
 *
 * @returns 20 bytes.
 */
export async function keyIdentifierOf({ bytes }: PublicKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-1", bytes));
}
