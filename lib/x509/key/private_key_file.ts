/** Reads a file with one private key. */
import {
  BadPrivateKeyError,
  EncryptedPrivateKeyError,
  NoPrivateKeyError,
  SeveralPrivateKeysError,
  UnexpectedPemBlockError,
  UnsupportedKeyError,
} from "../errors.ts";
import {
  type PemBlock,
  privateKeyFileLimit,
  readPemFile,
  writePemBlocks,
} from "../encoding/mod.ts";
import { type PrivateKey, readPkcs1, readPkcs8, readSec1 } from "./private_key.ts";

/** A private key, and what to write as its new file. Secret: never shown, not even in part. */
export interface PrivateKeyFile extends PrivateKey {
  /**
   * The bytes of the file if every service can read them. If only a lenient reader such as OpenSSL can (byte
   * order mark, long lines), the same blocks in the form of RFC 7468.
   */
  readonly content: Uint8Array;
}

/**
 * Reads a file with one private key in any form that services accept: PKCS#8 (`PRIVATE KEY`), SEC1
 * (`EC PRIVATE KEY`, with or without `EC PARAMETERS` before it) and PKCS#1 (`RSA PRIVATE KEY`).
 *
 * @param pem at most 64 KiB of PEM.
 * @throws NotPemError, BadPemError, PemTooLargeError, TooManyPemBlocksError, UnexpectedPemBlockError
 * @throws NoPrivateKeyError, SeveralPrivateKeysError, EncryptedPrivateKeyError
 * @throws UnsupportedKeyError, WeakKeyError, BadPrivateKeyError, TruncatedDerError, BadDerError
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readPrivateKeyFile, webCryptoKeys, writePem } from "../mod.ts";
 *
 * const { pkcs8 } = await webCryptoKeys.generate("ecdsa-p256");
 * const key = readPrivateKeyFile(new TextEncoder().encode(writePem("PRIVATE KEY", pkcs8)));
 * assert.equal(key.algorithm.kind, "ec");
 * ```
 */
export function readPrivateKeyFile(pem: Uint8Array): PrivateKeyFile {
  const { blocks, isStrict } = readPemFile(pem, { limit: privateKeyFileLimit });
  const stray = blocks.find(({ label }) => !isKey(label) && label !== parametersLabel);
  if (stray) throw new UnexpectedPemBlockError(stray.label, "private-key");
  const [key, ...others] = blocks.filter(({ label }) => isKey(label));
  if (key === undefined) throw new NoPrivateKeyError();
  if (others.length > 0) throw new SeveralPrivateKeysError(1 + others.length);
  const read = readKey(key, parametersOf(blocks, key));
  return { ...read, content: isStrict ? pem : writePemBlocks(blocks) };
}

const parametersLabel = "EC PARAMETERS";

function isKey(label: string): boolean {
  return label === "PRIVATE KEY" || label.endsWith(" PRIVATE KEY");
}

/** The parameters for the key. OpenSSL writes at most one block, before the key, and only for SEC1. */
function parametersOf(blocks: readonly PemBlock[], key: PemBlock): PemBlock | undefined {
  const [parameters, ...others] = blocks.filter(({ label }) => label === parametersLabel);
  if (parameters === undefined) return undefined;
  const isBefore = blocks.indexOf(parameters) < blocks.indexOf(key);
  if (others.length > 0 || !isBefore || key.label !== "EC PRIVATE KEY") {
    throw new BadPrivateKeyError("ec-parameters-without-key");
  }
  return parameters;
}

function readKey(key: PemBlock, parameters: PemBlock | undefined): PrivateKey {
  switch (key.label) {
    case "PRIVATE KEY":
      return readPkcs8(key.der);
    case "EC PRIVATE KEY":
      return readSec1(key.der, parameters?.der);
    case "RSA PRIVATE KEY":
      return readPkcs1(key.der);
    case "ENCRYPTED PRIVATE KEY":
      throw new EncryptedPrivateKeyError();
    default:
      throw new UnsupportedKeyError({
        kind: "algorithm",
        name: key.label.slice(0, -" PRIVATE KEY".length),
      });
  }
}
