/** Encrypted keys that OpenSSL and GnuTLS wrote. */
import { readPemFile } from "../../../lib/x509/encoding/pem.ts";

/*
 * All are the same P-256 key with the passphrase "correct": `openssl pkcs8 -topk8 -in plain.pem` with
 * `-v2 CIPHER -v2prf hmacWithHASH`, `-scrypt` or `-v1 PBE-SHA1-3DES`; `openssl ec -aes256` (traditional);
 * `certtool --to-p8 --pkcs-cipher aes-128` (gnutls).
 */

/** The PEM file `NAME.pem`. */
export function pemOf(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(`testdata/${name}.pem`, import.meta.url));
}

/** The DER in the PEM file `NAME.pem`. */
export function derOf(name: string): Uint8Array<ArrayBuffer> {
  const [block] = readPemFile(pemOf(name), { limit: 65_536 }).blocks;
  if (block === undefined) throw new Error(`${name} is empty`);
  return block.der;
}

/** What opens them. */
export const passphrase = new TextEncoder().encode("correct");
