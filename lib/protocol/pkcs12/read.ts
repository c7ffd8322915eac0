/** Reads a PKCS#12 file (RFC 7292) with one private key. */
import { joined } from "../../system/mod.ts";
import {
  BadDerError,
  type Bytes,
  constructedContextTag,
  contextTag,
  DerReader,
  readAlgorithmIdentifier,
  readInside,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
  readWhole,
  tag,
  toDer,
  TruncatedDerError,
} from "../../x509/mod.ts";
import { Bags, type CertificateBag, type KeyBag } from "./bags.ts";
import { decrypt, type Opener } from "./encryption.ts";
import {
  BadPkcs12Error,
  NotPkcs12Error,
  Pkcs12SeveralKeysError,
  Pkcs12WithoutKeyError,
  UnsupportedPkcs12Error,
  WrongPasswordError,
} from "./errors.ts";
import { IterationBudget, totalIterations } from "./limits.ts";
import { verifyMac } from "./mac.ts";
import { contentOid, nameOfAlgorithm } from "./oids.ts";
import { type Password, passwordOf } from "./password.ts";

/** What a file holds. Secret: nothing of the key is ever shown. */
export interface Pkcs12Content {
  readonly key: {
    /** PrivateKeyInfo: DER. */
    readonly pkcs8: Bytes;
    readonly localKeyId: Bytes | undefined;
  };
  /** In the order of the file, which says nothing. */
  readonly certificates: readonly CertificateBag[];
}

/**
 * Reads a file with one private key: what OpenSSL, Java, GnuTLS, NSS and Windows write, if they encrypt it
 * with AES or 3DES.
 *
 * @param file at most `pkcs12FileLimit` bytes, which the caller has checked.
 * @param password as it is in its file: its bytes, not decoded.
 * @throws NotPkcs12Error, TruncatedDerError, BadDerError, BadPkcs12Error
 * @throws WrongPasswordError, UnsupportedPkcs12Error, TooManyIterationsError
 * @throws Pkcs12WithoutKeyError, Pkcs12SeveralKeysError
 */
export async function readPkcs12(file: Bytes, password: Bytes): Promise<Pkcs12Content> {
  requirePkcs12(file);
  const opener = await open(file, passwordOf(password));
  const bags = new Bags();
  try {
    for (const content of opener.contents) {
      bags.read(await plainContent(content, opener));
    }
    const key = requireOneKey(bags);
    const pkcs8 = key.encryption === undefined
      ? key.content
      : toDer(await decrypt(key.encryption, key.content, opener));
    return { key: { pkcs8, localKeyId: key.localKeyId }, certificates: bags.certificates };
  } catch (error) {
    throw opener.hasMac || !isGarbled(error) ? error : new WrongPasswordError({
      isEmpty: password.length === 0,
      hasMac: false,
    });
  }
}

/** Whether bytes make no sense, as they do if they were decrypted with a wrong password. */
function isGarbled(error: unknown): boolean {
  return error instanceof BadDerError || error instanceof TruncatedDerError ||
    (error instanceof BadPkcs12Error && error.problem === "cannot-decrypt");
}

/** A part of the file (ContentInfo, RFC 5652 3): in the clear, or encrypted. */
interface Content {
  readonly oid: string;
  /** What is in its `[0]`. */
  readonly value: Bytes;
}

/** A file whose MAC was verified, if it has one. */
interface OpenedFile extends Opener {
  readonly hasMac: boolean;
  readonly contents: readonly Content[];
}

/** PFX (RFC 7292 4). */
async function open(file: Bytes, password: Password): Promise<OpenedFile> {
  const { authSafe, mac } = readWhole(toDer(file), tag.sequence, (parts) => {
    if (readSmallInteger(parts) !== 3) throw new BadPkcs12Error("version");
    return {
      authSafe: readContent(parts),
      mac: parts.isAtEnd() ? undefined : parts.next(tag.sequence),
    };
  });
  if (authSafe.oid !== contentOid.data) {
    throw new UnsupportedPkcs12Error(nameOfAlgorithm(authSafe.oid), "integrity");
  }
  const content = octetsOf(authSafe);
  const bmp = mac === undefined ? password.bmp[0] : await verifyMac(mac, content, password);
  const hasMac = mac !== undefined;
  const total = totalIterations[hasMac ? "withMac" : "withoutMac"];
  const contents = readWhole(toDer(content), tag.sequence, (parts) => {
    const found: Content[] = [];
    while (!parts.isAtEnd()) found.push(readContent(parts));
    return found;
  });
  return { password, bmp, budget: new IterationBudget(total), hasMac, contents };
}

function readContent(parts: DerReader): Content {
  return parts.inside(tag.sequence, (inner) => ({
    oid: readObjectIdentifier(inner),
    value: readInside(inner.next(constructedContextTag(0)), (value) => value.next().der),
  }));
}

function octetsOf({ value }: Content): Bytes {
  return new DerReader(value).next(tag.octetString).content;
}

/** SafeContents as DER or BER, decrypted if need be. */
async function plainContent(content: Content, opener: Opener): Promise<Bytes> {
  switch (content.oid) {
    case contentOid.data:
      return octetsOf(content);
    case contentOid.encryptedData:
      return await decryptContent(content.value, opener);
    default:
      throw new UnsupportedPkcs12Error(nameOfAlgorithm(content.oid), "encryption");
  }
}

/** EncryptedData (RFC 5652 8). */
async function decryptContent(value: Bytes, opener: Opener): Promise<Bytes> {
  const { algorithm, ciphertext } = readWhole(value, tag.sequence, (parts) => {
    // RFC 5652 8: 2 if there are unprotected attributes, which say nothing here.
    const version = readSmallInteger(parts);
    if (version !== 0 && version !== 2) throw new BadPkcs12Error("encrypted-data-version");
    const info = parts.inside(tag.sequence, readEncryptedContentInfo);
    parts.optional(constructedContextTag(1));
    return info;
  });
  return await decrypt(algorithm, ciphertext, opener);
}

function readEncryptedContentInfo(parts: DerReader) {
  readObjectIdentifier(parts);
  const algorithm = readAlgorithmIdentifier(parts);
  // `[0] IMPLICIT OCTET STRING`, which BER may have in pieces.
  const pieces = parts.optional(constructedContextTag(0));
  const ciphertext = pieces === undefined
    ? parts.next(contextTag(0)).content
    : readInside(pieces, (inner) => {
      const found: Bytes[] = [];
      while (!inner.isAtEnd()) found.push(readOctetString(inner));
      return joined(found);
    });
  return { algorithm, ciphertext };
}

/** @throws Pkcs12WithoutKeyError, Pkcs12SeveralKeysError */
function requireOneKey({ keys, certificates }: Bags): KeyBag {
  const [key, ...others] = keys;
  if (key === undefined) throw new Pkcs12WithoutKeyError(certificates.length);
  if (others.length === 0) return key;
  const names = keys.flatMap(({ friendlyName }) => friendlyName === undefined ? [] : friendlyName);
  throw new Pkcs12SeveralKeysError(keys.length, names);
}

/** @throws NotPkcs12Error for what does not even begin like PFX: what is it? */
function requirePkcs12(file: Bytes): void {
  if (file.length === 0) throw new NotPkcs12Error("nothing");
  const start = new TextDecoder("latin1").decode(file.subarray(0, 4096)).trimStart();
  if (start.includes("-----BEGIN ")) throw new NotPkcs12Error("pem");
  if (/^MI[A-Za-z0-9+/=\r\n]{60}/.test(start)) throw new NotPkcs12Error("base64");
  const magic = file.subarray(0, 4).toHex();
  if (magic === "feedfeed" || magic === "cececece") throw new NotPkcs12Error("java-keystore");
  if (file[0] !== tag.sequence) throw new NotPkcs12Error("other");
  const length = file[1] ?? 0;
  const first = file[length > 0x80 ? 2 + (length & 0x7f) : 2];
  if (first === tag.objectIdentifier) throw new NotPkcs12Error("pkcs7");
  if (first === tag.sequence) throw new NotPkcs12Error("certificate");
}
