/** The parameters of PBES2 (RFC 8018 A.4), read and written. */
import {
  type AlgorithmIdentifier,
  BadDerError,
  type Bytes,
  type DerReader,
  type DerValue,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  readAlgorithmIdentifier,
  readInside,
  readOctetString,
  readUnsigned,
  sequence,
  tag,
} from "../../x509/mod.ts";
import { BadPbes2Error, UnsupportedPbes2Error } from "./errors.ts";
import { algorithmName, cipherOid, type Hash, hashOf, hmacOid, pbes2Oid } from "./oids.ts";

/** The longest salt, in bytes. Java writes 20; no known program writes more than 64. */
const saltLimit = 1024;

/** PBKDF2 (RFC 8018 5.2). */
export interface Pbkdf2 {
  readonly kind: "pbkdf2";
  readonly hash: Hash;
  readonly salt: Bytes;
  readonly iterations: number;
}

/** Scrypt (RFC 7914). */
export interface Scrypt {
  readonly kind: "scrypt";
  readonly salt: Bytes;
  /** N: a power of two. */
  readonly cost: number;
  /** r */
  readonly blockSize: number;
  /** p */
  readonly parallelization: number;
}

/** How a key is derived from a passphrase. */
export type Derivation = Pbkdf2 | Scrypt;

/** A cipher in CBC mode. */
export interface CipherTerms {
  readonly kind: "aes" | "triple-des";
  /** In bytes. */
  readonly keyLength: number;
  readonly iv: Bytes;
}

/** How data is encrypted with a passphrase. */
export interface Pbes2 {
  readonly derivation: Derivation;
  readonly cipher: CipherTerms;
}

/**
 * Reads PBES2-params: PBKDF2 or scrypt, with AES or 3DES in CBC mode.
 *
 * @throws UnsupportedPbes2Error, BadPbes2Error, BadDerError, TruncatedDerError
 */
export function readPbes2(algorithm: AlgorithmIdentifier): Pbes2 {
  if (algorithm.oid !== pbes2Oid.pbes2) throw unsupported(algorithm.oid);
  const { derivation: identifier, scheme } = readTwoParts(algorithm);
  const cipher = readCipher(scheme);
  const { derivation, keyLength } = identifier.oid === pbes2Oid.scrypt
    ? readScrypt(identifier)
    : readPbkdf2(identifier);
  if (keyLength !== undefined && keyLength !== cipher.keyLength) {
    throw new BadPbes2Error("key-length");
  }
  return { derivation, cipher };
}

/**
 * Two algorithms: how a key is derived, and what it is for. PBES2-params and PBMAC1-params (RFC 8018 A.4 and
 * A.5) have this form.
 *
 * @throws BadDerError, TruncatedDerError
 */
export function readTwoParts(
  algorithm: AlgorithmIdentifier,
): { readonly derivation: AlgorithmIdentifier; readonly scheme: AlgorithmIdentifier } {
  return readInside(parametersOf(algorithm), (parts) => ({
    derivation: readAlgorithmIdentifier(parts),
    scheme: readAlgorithmIdentifier(parts),
  }));
}

const aesKeyLength: Readonly<Record<string, number>> = {
  [cipherOid.aes128]: 16,
  [cipherOid.aes192]: 24,
  [cipherOid.aes256]: 32,
};

function readCipher(scheme: AlgorithmIdentifier): CipherTerms {
  if (scheme.oid === cipherOid.tripleDes) {
    return { kind: "triple-des", keyLength: 24, iv: readIv(scheme, 8) };
  }
  const keyLength = aesKeyLength[scheme.oid];
  if (keyLength === undefined) throw unsupported(scheme.oid);
  return { kind: "aes", keyLength, iv: readIv(scheme, 16) };
}

/** A derivation, and the length of its key where the file states it. */
interface ReadDerivation<Kind extends Derivation> {
  readonly derivation: Kind;
  readonly keyLength: number | undefined;
}

/**
 * Reads PBKDF2-params (RFC 8018 A.2), as far as WebCrypto has the hash.
 *
 * @throws UnsupportedPbes2Error, BadPbes2Error, BadDerError, TruncatedDerError
 */
export function readPbkdf2(algorithm: AlgorithmIdentifier): ReadDerivation<Pbkdf2> {
  if (algorithm.oid !== pbes2Oid.pbkdf2) throw unsupported(algorithm.oid);
  return readInside(parametersOf(algorithm), (parts) => {
    const salt = readSalt(parts);
    const iterations = readCount(parts);
    const keyLength = readKeyLength(parts);
    // The default is HMAC with SHA-1.
    const prf = parts.isAtEnd() ? hmacOid["SHA-1"] : readAlgorithmIdentifier(parts).oid;
    const hash = hashOf(hmacOid, prf);
    if (hash === undefined) throw unsupported(prf);
    return { derivation: { kind: "pbkdf2", hash, salt, iterations }, keyLength };
  });
}

/** Scrypt-params (RFC 7914 7.1). */
function readScrypt(algorithm: AlgorithmIdentifier): ReadDerivation<Scrypt> {
  return readInside(parametersOf(algorithm), (parts) => {
    const salt = readSalt(parts);
    const cost = readCount(parts);
    const blockSize = readCount(parts);
    const parallelization = readCount(parts);
    const derivation = { kind: "scrypt", salt, cost, blockSize, parallelization } as const;
    return { derivation, keyLength: readKeyLength(parts) };
  });
}

function readKeyLength(parts: DerReader): number | undefined {
  return parts.peek() === tag.integer ? readCount(parts) : undefined;
}

/**
 * Reads a salt. No algorithm was ever defined for the alternative, `otherSource`.
 *
 * @throws BadPbes2Error
 */
export function readSalt(parts: DerReader): Bytes {
  const salt = readOctetString(parts);
  if (salt.length === 0 || salt.length > saltLimit) throw new BadPbes2Error("salt-length");
  return salt;
}

/** Reads a whole number. One that is too large for a JavaScript number becomes the largest. */
export function readCount(parts: DerReader): number {
  const unsigned = readUnsigned(parts);
  if (unsigned.length > 6) return Number.MAX_SAFE_INTEGER;
  return unsigned.reduce((number, byte) => number * 256 + byte, 0);
}

function readIv({ parameters }: AlgorithmIdentifier, length: number): Bytes {
  const isRight = parameters?.identifier === tag.octetString &&
    parameters.content.length === length;
  if (!isRight) throw new BadPbes2Error("iv-length");
  return parameters.content;
}

/**
 * The parameters of an algorithm that has a SEQUENCE of them.
 *
 * @throws BadDerError if they are missing, or not a SEQUENCE.
 */
export function parametersOf({ parameters }: AlgorithmIdentifier): DerValue {
  const found = parameters?.identifier ?? tag.null;
  if (parameters !== undefined && found === tag.sequence) return parameters;
  throw new BadDerError(parameters?.offset ?? 0, "wrong-type", { found, wanted: tag.sequence });
}

function unsupported(oid: string): UnsupportedPbes2Error {
  return new UnsupportedPbes2Error(algorithmName(oid));
}

/** The numbers that certswap chooses when it encrypts. */
export interface EncryptionTerms {
  /** Rounds of PBKDF2. */
  readonly iterations: number;
  readonly salt: Bytes;
  /** 16 bytes. */
  readonly iv: Bytes;
}

/** The AlgorithmIdentifier of PBES2 with PBKDF2, HMAC with SHA-256, and AES-256 in CBC mode. */
export function writePbes2({ iterations, salt, iv }: EncryptionTerms): Bytes {
  const derivation = sequence(
    objectIdentifier(pbes2Oid.pbkdf2),
    sequence(
      octetString(salt),
      integer(BigInt(iterations)),
      sequence(objectIdentifier(hmacOid["SHA-256"]), nullValue()),
    ),
  );
  const scheme = sequence(objectIdentifier(cipherOid.aes256), octetString(iv));
  return sequence(objectIdentifier(pbes2Oid.pbes2), sequence(derivation, scheme));
}
