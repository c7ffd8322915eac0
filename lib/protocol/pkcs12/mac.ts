/** The MAC over a PKCS#12 file: by RFC 7292 4, and by PBMAC1 (RFC 9579). */
import {
  type AlgorithmIdentifier,
  type Bytes,
  bytesEqual,
  type DerValue,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  readAlgorithmIdentifier,
  readInside,
  readOctetString,
  sequence,
  tag,
} from "../../x509/mod.ts";
import {
  type Hash,
  hashOf,
  hmacOid,
  randomBytes,
  readCount,
  readPbkdf2,
  readSalt,
  readTwoParts,
} from "../pbes2/mod.ts";
import { ownBudget, withPkcs12Errors } from "./encryption.ts";
import { BadPkcs12Error, UnsupportedPkcs12Error, WrongPasswordError } from "./errors.ts";
import { IterationBudget, iterationLimit, type Profile, writtenIterations } from "./limits.ts";
import { digestOid, nameOfAlgorithm, pbmac1Oid } from "./oids.ts";
import {
  deriveByPbkdf2,
  deriveByPkcs12,
  digestLength,
  type Password,
  purpose,
} from "./password.ts";

/** MacData (RFC 7292 4): DigestInfo, salt, iterations. */
interface MacData {
  readonly algorithm: AlgorithmIdentifier;
  readonly digest: Bytes;
  readonly salt: Bytes;
  readonly iterations: number;
}

function readMacData(value: DerValue): MacData {
  return readInside(value, (parts) => {
    const { algorithm, digest } = parts.inside(tag.sequence, (inner) => ({
      algorithm: readAlgorithmIdentifier(inner),
      digest: readOctetString(inner),
    }));
    const isPbmac1 = algorithm.oid === pbmac1Oid;
    // PBMAC1 has salt and iterations of its own; those of here mean nothing (RFC 9579 4).
    const salt = isPbmac1
      ? readOctetString(parts)
      : withPkcs12Errors("integrity", () => readSalt(parts));
    return { algorithm, digest, salt, iterations: parts.isAtEnd() ? 1 : readCount(parts) };
  });
}

/**
 * Verifies the MAC of a file.
 *
 * @param value MacData.
 * @param content the content of authSafe.
 * @returns the encoding of the password that it was made with.
 * @throws WrongPasswordError; UnsupportedPkcs12Error, BadPkcs12Error, TooManyIterationsError before any work.
 */
export async function verifyMac(
  value: DerValue,
  content: Bytes,
  password: Password,
): Promise<Bytes> {
  const mac = readMacData(value);
  if (mac.algorithm.oid === pbmac1Oid) {
    if (await isPbmac1Right(mac, content, password)) return password.bmp[0];
    throw wrongPassword(password);
  }
  const hash = hashOf(digestOid, mac.algorithm.oid);
  if (hash === undefined) throw unsupported(mac.algorithm.oid);
  const length = digestLength(hash);
  const { salt, iterations } = mac;
  for (const bmp of password.bmp) {
    const budget = new IterationBudget(iterationLimit);
    const key = deriveByPkcs12(bmp, { hash, salt, iterations }, {
      id: purpose.mac,
      length,
      budget,
    });
    if (bytesEqual(await hmac(hash, key, content), mac.digest)) return bmp;
  }
  throw wrongPassword(password);
}

function wrongPassword({ bytes }: Password): WrongPasswordError {
  return new WrongPasswordError({ isEmpty: bytes.length === 0, hasMac: true });
}

/** By PBMAC1 (RFC 8018 A.5), for which the length of the key must be given. */
async function isPbmac1Right(
  { algorithm, digest }: MacData,
  content: Bytes,
  password: Password,
): Promise<boolean> {
  const { derivation, scheme } = readTwoParts(algorithm);
  const hash = hashOf(hmacOid, scheme.oid);
  if (hash === undefined) throw unsupported(scheme.oid);
  const { derivation: terms, keyLength } = withPkcs12Errors(
    "integrity",
    () => readPbkdf2(derivation),
  );
  // RFC 9579 9: shorter keys are easier to guess than the password.
  if (keyLength === undefined || keyLength < 20 || keyLength > 64) {
    throw new BadPkcs12Error("key-length");
  }
  const budget = new IterationBudget(4 * iterationLimit);
  const key = await deriveByPbkdf2(password, terms, { length: keyLength, budget });
  return bytesEqual(await hmac(hash, key, content), digest);
}

function unsupported(oid: string): UnsupportedPkcs12Error {
  return new UnsupportedPkcs12Error(nameOfAlgorithm(oid), "integrity");
}

/** Makes the MAC over the content of authSafe, as the profile has it. @returns MacData. */
export async function writeMac(
  content: Bytes,
  { bmp: [bmp] }: Password,
  profile: Profile,
): Promise<Bytes> {
  const hash = profile === "modern" ? "SHA-256" : "SHA-1";
  const salt = randomBytes(profile === "modern" ? 16 : 8);
  const terms = { hash, salt, iterations: writtenIterations } as const;
  const key = deriveByPkcs12(bmp, terms, {
    id: purpose.mac,
    length: digestLength(hash),
    budget: ownBudget(),
  });
  return sequence(
    sequence(
      sequence(objectIdentifier(digestOid[hash]), nullValue()),
      octetString(await hmac(hash, key, content)),
    ),
    octetString(salt),
    integer(BigInt(writtenIterations)),
  );
}

async function hmac(hash: Hash, key: Bytes, content: Bytes): Promise<Bytes> {
  const terms = { name: "HMAC", hash };
  const imported = await crypto.subtle.importKey("raw", key, terms, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, content));
}
