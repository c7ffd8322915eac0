/** Encryption with a password: PBES2 (RFC 8018 6.2) and the schemes of PKCS#12 with 3DES (RFC 7292 C). */
import { decryptTripleDes, encryptTripleDes, joined } from "../../system/mod.ts";
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
import { BadPkcs12Error, UnsupportedPkcs12Error } from "./errors.ts";
import { IterationBudget, type Profile, saltLimit, writtenIterations } from "./limits.ts";
import { algorithmName, cipherOid, hashOf, hmacOid, pbeOid } from "./oids.ts";
import {
  type Derivation,
  deriveByPbkdf2,
  deriveByPkcs12,
  type Password,
  purpose,
} from "./password.ts";

/** What opens the encrypted parts of a file. */
export interface Opener {
  readonly password: Password;
  /** Which of the encodings of {@linkcode Password.bmp} the MAC was made with. */
  readonly bmp: Bytes;
  readonly budget: IterationBudget;
}

/** A cipher with its key. */
interface Cipher {
  decrypt(ciphertext: Bytes): Promise<Bytes> | Bytes;
}

/**
 * Decrypts what was encrypted with a password.
 *
 * @throws UnsupportedPkcs12Error, TooManyIterationsError, before any work is done.
 * @throws BadPkcs12Error `cannot-decrypt` for a wrong password, or for damaged bytes.
 */
export async function decrypt(
  algorithm: AlgorithmIdentifier,
  ciphertext: Bytes,
  opener: Opener,
): Promise<Bytes> {
  const cipher = await cipherOf(algorithm, opener);
  try {
    return await cipher.decrypt(ciphertext);
  } catch {
    throw new BadPkcs12Error("cannot-decrypt");
  }
}

async function cipherOf(algorithm: AlgorithmIdentifier, opener: Opener): Promise<Cipher> {
  switch (algorithm.oid) {
    case pbeOid.pbes2:
      return await cipherOfPbes2(algorithm, opener);
    case pbeOid.threeKeyTripleDes:
      return cipherOfPkcs12(algorithm, opener, 24);
    case pbeOid.twoKeyTripleDes:
      return cipherOfPkcs12(algorithm, opener, 16);
    default:
      throw unsupported(algorithm.oid);
  }
}

/** PKCS-12PbeParams (RFC 7292 C). */
function cipherOfPkcs12(algorithm: AlgorithmIdentifier, opener: Opener, keyLength: number): Cipher {
  const { salt, iterations } = readInside(parametersOf(algorithm), (parts) => ({
    salt: readSalt(parts),
    iterations: readIterations(parts),
  }));
  const { key, iv } = deriveTripleDes(opener, { salt, iterations }, keyLength);
  return { decrypt: (ciphertext) => decryptTripleDes(tripleDesKey(key), iv, ciphertext) };
}

/** @param keyLength in bytes: those of three keys, or of two. */
function deriveTripleDes(
  { bmp, budget }: Pick<Opener, "bmp" | "budget">,
  { salt, iterations }: Omit<Derivation, "hash">,
  keyLength: number,
): { readonly key: Bytes; readonly iv: Bytes } {
  const terms = { hash: "SHA-1", salt, iterations } as const;
  return {
    key: deriveByPkcs12(bmp, terms, { id: purpose.key, length: keyLength, budget }),
    iv: deriveByPkcs12(bmp, terms, { id: purpose.iv, length: 8, budget }),
  };
}

/** Of two keys, the first is the third, too. */
function tripleDesKey(key: Bytes): Bytes {
  return key.length === 24 ? key : joined([key, key.subarray(0, 8)]);
}

const aesKeyLength: Readonly<Record<string, number>> = {
  [cipherOid.aes128]: 16,
  [cipherOid.aes192]: 24,
  [cipherOid.aes256]: 32,
};

async function cipherOfPbes2(algorithm: AlgorithmIdentifier, opener: Opener): Promise<Cipher> {
  const { derivation, scheme } = readTwoParts(algorithm);
  const length = scheme.oid === cipherOid.tripleDes ? 24 : aesKeyLength[scheme.oid];
  if (length === undefined) throw unsupported(scheme.oid);
  const iv = readIv(scheme, scheme.oid === cipherOid.tripleDes ? 8 : 16);
  const { terms, keyLength } = readPbkdf2(derivation, "encryption");
  if (keyLength !== undefined && keyLength !== length) throw new BadPkcs12Error("key-length");
  const { password, budget } = opener;
  const key = await deriveByPbkdf2(password, terms, { length, budget });
  if (scheme.oid === cipherOid.tripleDes) {
    return { decrypt: (ciphertext) => decryptTripleDes(key, iv, ciphertext) };
  }
  const imported = await crypto.subtle.importKey("raw", key, "AES-CBC", false, ["decrypt"]);
  return {
    decrypt: async (ciphertext) =>
      new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv }, imported, ciphertext)),
  };
}

/**
 * PBES2-params and PBMAC1-params (RFC 8018 A.4 and A.5): how the key is derived, and what it is for.
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

/** PBKDF2-params (RFC 8018 A.2), as far as WebCrypto has the hash. */
export function readPbkdf2(
  algorithm: AlgorithmIdentifier,
  use: UnsupportedPkcs12Error["use"],
): { readonly terms: Derivation; readonly keyLength: number | undefined } {
  if (algorithm.oid !== pbeOid.pbkdf2) {
    throw new UnsupportedPkcs12Error(algorithmName(algorithm.oid), use);
  }
  return readInside(parametersOf(algorithm), (parts) => {
    const salt = readSalt(parts);
    const iterations = readIterations(parts);
    const keyLength = parts.peek() === tag.integer ? smallNumber(readUnsigned(parts)) : undefined;
    // The default is HMAC with SHA-1.
    const prf = parts.isAtEnd() ? hmacOid["SHA-1"] : readAlgorithmIdentifier(parts).oid;
    const hash = hashOf(hmacOid, prf);
    if (hash === undefined) throw new UnsupportedPkcs12Error(algorithmName(prf), use);
    return { terms: { hash, salt, iterations }, keyLength };
  });
}

/** Reads a salt. No algorithm was ever defined for the alternative, `otherSource`. */
export function readSalt(parts: DerReader): Bytes {
  const salt = readOctetString(parts);
  if (salt.length === 0 || salt.length > saltLimit) throw new BadPkcs12Error("salt-length");
  return salt;
}

/** How often something is repeated. What is too large for a number is too often. */
export function readIterations(parts: DerReader): number {
  return smallNumber(readUnsigned(parts));
}

function smallNumber(unsigned: Bytes): number {
  if (unsigned.length > 6) return Number.MAX_SAFE_INTEGER;
  return unsigned.reduce((number, byte) => number * 256 + byte, 0);
}

function readIv({ parameters }: AlgorithmIdentifier, length: number): Bytes {
  const isRight = parameters?.identifier === tag.octetString &&
    parameters.content.length === length;
  if (!isRight) throw new BadPkcs12Error("iv-length");
  return parameters.content;
}

/** @throws BadDerError where they are missing, or no SEQUENCE. */
function parametersOf({ parameters }: AlgorithmIdentifier): DerValue {
  const found = parameters?.identifier ?? tag.null;
  if (parameters !== undefined && found === tag.sequence) return parameters;
  throw new BadDerError(parameters?.offset ?? 0, "wrong-type", { found, wanted: tag.sequence });
}

function unsupported(oid: string): UnsupportedPkcs12Error {
  return new UnsupportedPkcs12Error(algorithmName(oid), "encryption");
}

/** Something that was encrypted, and how: the two halves of EncryptedPrivateKeyInfo (RFC 5208 6). */
export interface Encrypted {
  /** AlgorithmIdentifier. */
  readonly algorithm: Bytes;
  readonly ciphertext: Bytes;
}

/** Encrypts with a password, as the profile has it. */
export async function encrypt(
  plain: Bytes,
  password: Password,
  profile: Profile,
): Promise<Encrypted> {
  return profile === "modern"
    ? await encryptByPbes2(plain, password)
    : encryptByTripleDes(plain, password);
}

/** PBES2 with PBKDF2, HMAC with SHA-256, and AES-256 in CBC mode. */
async function encryptByPbes2(plain: Bytes, password: Password): Promise<Encrypted> {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const terms = { hash: "SHA-256", salt, iterations: writtenIterations } as const;
  const key = await deriveByPbkdf2(password, terms, { length: 32, budget: ownBudget() });
  const imported = await crypto.subtle.importKey("raw", key, "AES-CBC", false, ["encrypt"]);
  const ciphertext = await crypto.subtle.encrypt({ name: "AES-CBC", iv }, imported, plain);
  const derivation = sequence(
    objectIdentifier(pbeOid.pbkdf2),
    sequence(
      octetString(salt),
      integer(BigInt(writtenIterations)),
      sequence(objectIdentifier(hmacOid["SHA-256"]), nullValue()),
    ),
  );
  const scheme = sequence(objectIdentifier(cipherOid.aes256), octetString(iv));
  return {
    algorithm: sequence(objectIdentifier(pbeOid.pbes2), sequence(derivation, scheme)),
    ciphertext: new Uint8Array(ciphertext),
  };
}

/** pbeWithSHAAnd3-KeyTripleDES-CBC. */
function encryptByTripleDes(plain: Bytes, { bmp: [bmp] }: Password): Encrypted {
  const salt = randomBytes(8);
  const terms = { salt, iterations: writtenIterations };
  const { key, iv } = deriveTripleDes({ bmp, budget: ownBudget() }, terms, 24);
  return {
    algorithm: sequence(
      objectIdentifier(pbeOid.threeKeyTripleDes),
      sequence(octetString(salt), integer(BigInt(writtenIterations))),
    ),
    ciphertext: encryptTripleDes(key, iv, plain),
  };
}

/** For what certswap itself has chosen. */
export function ownBudget(): IterationBudget {
  return new IterationBudget(4 * writtenIterations);
}

/** New random bytes, for salts and initialization vectors. */
export function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}
