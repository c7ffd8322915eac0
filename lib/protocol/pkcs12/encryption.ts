/** Encryption with a password: PBES2 (RFC 8018 6.2) and the schemes of PKCS#12 with 3DES (RFC 7292 C). */
import { decryptTripleDes, encryptTripleDes, joined, wrapError } from "../../system/mod.ts";
import {
  type AlgorithmIdentifier,
  type Bytes,
  integer,
  objectIdentifier,
  octetString,
  readInside,
  sequence,
} from "../../x509/mod.ts";
import {
  BadPbes2Error,
  decryptWith,
  encryptByPbes2,
  type Encrypted,
  newEncryptionTerms,
  parametersOf,
  pbes2Oid,
  randomBytes,
  readCount,
  readPbes2,
  readSalt,
  readTwoParts,
  UnsupportedPbes2Error,
} from "../pbes2/mod.ts";
import { BadPkcs12Error, UnsupportedPkcs12Error } from "./errors.ts";
import { IterationBudget, type Profile, writtenIterations } from "./limits.ts";
import { nameOfAlgorithm, pbeOid } from "./oids.ts";
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
    case pbes2Oid.pbes2:
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
  const terms = withPkcs12Errors(
    "encryption",
    () =>
      readInside(parametersOf(algorithm), (parts) => ({
        salt: readSalt(parts),
        iterations: readCount(parts),
      })),
  );
  const { key, iv } = deriveTripleDes(opener, terms, keyLength);
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

async function cipherOfPbes2(
  algorithm: AlgorithmIdentifier,
  { password, budget }: Opener,
): Promise<Cipher> {
  const { derivation, cipher } = withPkcs12Errors("encryption", () => {
    const { derivation: { oid } } = readTwoParts(algorithm);
    // No program writes a PKCS#12 file with scrypt.
    if (oid === pbes2Oid.scrypt) throw unsupported(oid);
    return readPbes2(algorithm);
  });
  if (derivation.kind === "scrypt") throw new TypeError("scrypt was refused above");
  const key = await deriveByPbkdf2(password, derivation, { length: cipher.keyLength, budget });
  return { decrypt: (ciphertext) => decryptWith(key, cipher, ciphertext) };
}

/**
 * Reads parameters that PKCS#12 shares with other formats.
 *
 * @throws BadPkcs12Error and UnsupportedPkcs12Error instead of the errors of PBES2.
 */
export function withPkcs12Errors<T>(use: UnsupportedPkcs12Error["use"], read: () => T): T {
  return wrapError(read, (error) => {
    if (error instanceof UnsupportedPbes2Error) {
      return new UnsupportedPkcs12Error(error.algorithm, use);
    }
    const isBad = error instanceof BadPbes2Error && error.problem !== "scrypt-parameters";
    return isBad ? new BadPkcs12Error(error.problem) : error;
  });
}

function unsupported(oid: string): UnsupportedPkcs12Error {
  return new UnsupportedPkcs12Error(nameOfAlgorithm(oid), "encryption");
}

/** Encrypts with a password, as the profile has it. */
export async function encrypt(
  plain: Bytes,
  password: Password,
  profile: Profile,
): Promise<Encrypted> {
  return profile === "modern"
    ? await encryptByPbes2(plain, password.bytes, newEncryptionTerms(writtenIterations))
    : encryptByTripleDes(plain, password);
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
