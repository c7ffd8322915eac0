/** Encrypts and decrypts a CA's private key. Loaded only for keys that are encrypted, or are to be. */
import {
  CannotDecryptError,
  decryptPrivateKey,
  type EncryptionTerms,
  encryptPrivateKey,
  newEncryptionTerms,
} from "../../protocol/pbes2/mod.ts";
import { decryptTraditionalKey, isTraditionalKey } from "../../protocol/traditional_key/mod.ts";
import { CertswapError } from "../../system/mod.ts";
import {
  type Bytes,
  bytesEqual,
  type PrivateKey,
  privateKeyFileLimit,
  readPemFile,
} from "../../x509/mod.ts";
import { BadCaFileError } from "../errors.ts";
import { WrongPassphraseError } from "./errors.ts";

/** An encrypted key, and what opens it. */
export interface LockedKey {
  /** PEM: `ENCRYPTED PRIVATE KEY`, or OpenSSL's traditional form. */
  readonly content: Uint8Array;
  /** For errors. */
  readonly path: string;
  readonly passphrase: Bytes;
}

/**
 * Decrypts a private key file.
 *
 * @returns the key. Overwrite its bytes after use.
 * @throws WrongPassphraseError; BadCaFileError if it is encrypted in a way that certswap does not know.
 */
export async function unlockKey({ content, path, passphrase }: LockedKey): Promise<PrivateKey> {
  try {
    return isTraditionalKey(content)
      ? await decryptTraditionalKey(content, passphrase)
      : await decryptPrivateKey(encryptedBlock(content), passphrase);
  } catch (cause) {
    if (cause instanceof CannotDecryptError) throw new WrongPassphraseError(path, { cause });
    throw cause instanceof CertswapError
      ? new BadCaFileError(path, "encrypted-key", { cause })
      : cause;
  }
}

/** @throws EncryptedPrivateKeyError for headers of RFC 1421 that are not OpenSSL's. */
function encryptedBlock(pem: Uint8Array): Bytes {
  const { blocks } = readPemFile(pem, { limit: privateKeyFileLimit });
  const block = blocks.find(({ label }) => label === "ENCRYPTED PRIVATE KEY");
  if (block === undefined) throw new TypeError("the key is not encrypted");
  return block.der;
}

/** How to encrypt a key. */
export interface LockOptions {
  readonly passphrase: Bytes;
  /** Random numbers, and as many rounds as certswap writes, by default. */
  readonly encryptionTerms?: (() => EncryptionTerms) | undefined;
}

/**
 * Encrypts a private key, and checks that it can be decrypted again: without that, the CA would be lost.
 *
 * @param pkcs8 PrivateKeyInfo, DER.
 * @returns EncryptedPrivateKeyInfo, DER.
 */
export async function lockKey(
  pkcs8: Bytes,
  { passphrase, encryptionTerms = newEncryptionTerms }: LockOptions,
): Promise<Bytes> {
  const encrypted = await encryptPrivateKey(pkcs8, passphrase, encryptionTerms());
  const again = await decryptPrivateKey(encrypted, passphrase);
  const isSame = bytesEqual(again.pkcs8, pkcs8);
  again.pkcs8.fill(0);
  if (!isSame) throw new TypeError("the encrypted key cannot be read back");
  return encrypted;
}
