/** Private keys that are encrypted with a passphrase: EncryptedPrivateKeyInfo (RFC 5958 3). */
import { CertswapError } from "../../system/mod.ts";
import {
  type AlgorithmIdentifier,
  BadDerError,
  type Bytes,
  type DerReader,
  octetString,
  type PrivateKey,
  readAlgorithmIdentifier,
  readOctetString,
  readPkcs8,
  readWhole,
  sequence,
  tag,
  TruncatedDerError,
} from "../../x509/mod.ts";
import { decryptWith, deriveKey, encryptByPbes2, randomBytes } from "./cipher.ts";
import { CannotDecryptError } from "./errors.ts";
import { requireBearable } from "./limits.ts";
import { type EncryptionTerms, readPbes2 } from "./parameters.ts";

/**
 * Rounds of PBKDF2 with HMAC-SHA-256 for a key that certswap encrypts, as the OWASP Password Storage Cheat
 * Sheet asks for: about 0.2 s on a PC.
 */
const writtenRounds = 600_000;

/** New random numbers for one encryption. @param iterations of PBKDF2. */
export function newEncryptionTerms(iterations: number = writtenRounds): EncryptionTerms {
  return { iterations, salt: randomBytes(16), iv: randomBytes(16) };
}

/**
 * Encrypts a private key.
 *
 * @param pkcs8 PrivateKeyInfo, DER.
 * @param terms never used before.
 * @returns EncryptedPrivateKeyInfo, DER.
 */
export async function encryptPrivateKey(
  pkcs8: Bytes,
  passphrase: Bytes,
  terms: EncryptionTerms,
): Promise<Bytes> {
  const { algorithm, ciphertext } = await encryptByPbes2(pkcs8, passphrase, terms);
  return sequence(algorithm, octetString(ciphertext));
}

/**
 * Decrypts a private key: PBES2 with PBKDF2 or scrypt, and AES or 3DES in CBC mode.
 *
 * @param der EncryptedPrivateKeyInfo.
 * @returns the key. Its bytes are a copy of their own: overwrite them after use.
 * @throws CannotDecryptError for a wrong passphrase
 * @throws UnsupportedPbes2Error, BadPbes2Error, TooMuchWorkError, BadDerError, TruncatedDerError before any
 * work is done
 * @throws UnsupportedKeyError, WeakKeyError, BadPrivateKeyError for a key that certswap cannot use
 */
export async function decryptPrivateKey(der: Bytes, passphrase: Bytes): Promise<PrivateKey> {
  const { algorithm, ciphertext } = readWhole(der, tag.sequence, readEncryptedPrivateKeyInfo);
  const { derivation, cipher } = readPbes2(algorithm);
  requireBearable(derivation);
  const key = await deriveKey(passphrase, derivation, cipher.keyLength);
  try {
    return readPkcs8(await decryptWith(key, cipher, ciphertext));
  } catch (cause) {
    // A wrong key gives the right padding once in 256 times. What it decrypts to is not DER.
    throw isNoise(cause) ? new CannotDecryptError({ cause }) : cause;
  } finally {
    key.fill(0);
  }
}

/** The two parts of EncryptedPrivateKeyInfo. */
export function readEncryptedPrivateKeyInfo(
  parts: DerReader,
): { readonly algorithm: AlgorithmIdentifier; readonly ciphertext: Bytes } {
  return { algorithm: readAlgorithmIdentifier(parts), ciphertext: readOctetString(parts) };
}

/** Whether an error is the runtime's, about the padding, or about bytes that are not DER. */
export function isNoise(error: unknown): boolean {
  return error instanceof BadDerError || error instanceof TruncatedDerError ||
    !(error instanceof CertswapError);
}
