/** Computes the identifier of a public key. */
import { sha1 } from "../../system/mod.ts";
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
  return await sha1(bytes);
}
