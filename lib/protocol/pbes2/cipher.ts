/** Derives keys from passphrases, encrypts and decrypts. */
import { decryptTripleDes } from "../../system/mod.ts";
import type { Bytes } from "../../x509/mod.ts";
import {
  type CipherTerms,
  type Derivation,
  type EncryptionTerms,
  type Pbkdf2,
  type Scrypt,
  writePbes2,
} from "./parameters.ts";

/** Something that was encrypted, and how: the two parts of EncryptedPrivateKeyInfo (RFC 5958 3). */
export interface Encrypted {
  /** AlgorithmIdentifier, DER. */
  readonly algorithm: Bytes;
  readonly ciphertext: Bytes;
}

/**
 * Derives a key. The caller has limited the work.
 *
 * @param length in bytes.
 */
export async function deriveKey(
  passphrase: Bytes,
  derivation: Derivation,
  length: number,
): Promise<Bytes> {
  return derivation.kind === "scrypt"
    ? await deriveByScrypt(passphrase, derivation, length)
    : await deriveByPbkdf2(passphrase, derivation, length);
}

async function deriveByPbkdf2(
  passphrase: Bytes,
  { hash, salt, iterations }: Pbkdf2,
  length: number,
): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", passphrase, "PBKDF2", false, ["deriveBits"]);
  const terms = { name: "PBKDF2", hash, salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(terms, key, 8 * length));
}

async function deriveByScrypt(
  passphrase: Bytes,
  { salt, cost: N, blockSize: r, parallelization: p }: Scrypt,
  length: number,
): Promise<Bytes> {
  // Only very few files need it.
  const { scryptAsync } = await import("@noble/hashes/scrypt.js");
  const maxmem = Number.MAX_SAFE_INTEGER;
  return new Uint8Array(await scryptAsync(passphrase, salt, { N, r, p, dkLen: length, maxmem }));
}

/**
 * Decrypts, and removes the padding.
 *
 * @throws an error of the runtime if the padding is wrong.
 */
export async function decryptWith(
  key: Bytes,
  { kind, iv }: CipherTerms,
  ciphertext: Bytes,
): Promise<Bytes> {
  if (kind === "triple-des") return decryptTripleDes(key, iv, ciphertext);
  const imported = await crypto.subtle.importKey("raw", key, "AES-CBC", false, ["decrypt"]);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv }, imported, ciphertext));
}

/** Encrypts by PBES2 with PBKDF2, HMAC with SHA-256, and AES-256 in CBC mode. */
export async function encryptByPbes2(
  plain: Bytes,
  passphrase: Bytes,
  terms: EncryptionTerms,
): Promise<Encrypted> {
  const { salt, iterations, iv } = terms;
  const derivation = { kind: "pbkdf2", hash: "SHA-256", salt, iterations } as const;
  const key = await deriveKey(passphrase, derivation, 32);
  const imported = await crypto.subtle.importKey("raw", key, "AES-CBC", false, ["encrypt"]);
  key.fill(0);
  const ciphertext = await crypto.subtle.encrypt({ name: "AES-CBC", iv }, imported, plain);
  return { algorithm: writePbes2(terms), ciphertext: new Uint8Array(ciphertext) };
}

/** New random bytes, for salts and initialization vectors. */
export function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}
