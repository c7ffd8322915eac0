/** Certificate revocation lists, read (RFC 5280 5). */
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from "../key/algorithm.ts";
import { bytesEqual } from "../encoding/bytes.ts";
import {
  constructedContextTag,
  type DerReader,
  readInside,
  readWhole,
  tag,
} from "../encoding/der_reader.ts";
import {
  readBitStringBytes,
  readSmallInteger,
  readTime,
  readUnsigned,
} from "../encoding/der_values.ts";
import type { Bytes } from "../encoding/der_writer.ts";
import {
  type FoundExtension,
  readExtensionList,
  readExtensionsAsFound,
  repeatedExtensions,
} from "./extensions.ts";
import { BadCrlError } from "../errors.ts";
import { type Name, readName } from "../name/name.ts";
import { extensionOid } from "../encoding/oids.ts";
import { crlFileLimit, readPem } from "../encoding/pem.ts";
import { type RevocationReason, revocationReasons } from "./revocation_reason.ts";
import { readSerialNumber } from "./serial_number.ts";

/** A certificate that a CRL lists (RFC 5280 5.1.2.6). */
export interface CrlEntry {
  readonly serial: bigint;
  readonly revokedAt: Date;
  /** `undefined`: one that certswap does not know. */
  readonly reason: RevocationReason | undefined;
}

/** A CRL (RFC 5280 5.1). */
export interface Crl {
  /** The part that is signed. */
  readonly tbs: Bytes;
  readonly issuer: Name;
  readonly thisUpdate: Date;
  /** RFC 5280 5.1.2.5 requires it of CAs; others leave it out. */
  readonly nextUpdate: Date | undefined;
  /** The cRLNumber. */
  readonly number: bigint | undefined;
  readonly entries: readonly CrlEntry[];
  /** Whether its authority key identifier is there twice, as another small CA writes it. */
  readonly hasRepeatedAuthorityKeyIdentifier: boolean;
  /** The OBJECT IDENTIFIERs of critical extensions, of the CRL or of an entry: none is understood. */
  readonly criticalExtensions: readonly string[];
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Bytes;
}

/**
 * Reads a file with exactly one CRL: PEM, `X509 CRL` (RFC 7468 6).
 *
 * @throws NotPemError, BadPemError, PemTooLargeError, BadCrlError, TruncatedDerError, BadDerError
 */
export function readCrlFile(pem: Uint8Array): Crl {
  const [block, ...others] = readPem(pem, { limit: crlFileLimit });
  if (others.length > 0) throw new BadCrlError("several-blocks");
  if (block.label !== "X509 CRL") throw new BadCrlError("other-block");
  return readCrl(block.der);
}

/**
 * Reads one CRL, and nothing but one.
 *
 * @throws BadCrlError, TruncatedDerError, BadDerError
 */
export function readCrl(der: Bytes): Crl {
  return readWhole(der, tag.sequence, (parts) => {
    const tbs = parts.next(tag.sequence);
    const signatureAlgorithm = readAlgorithmIdentifier(parts);
    const signature = readBitStringBytes(parts);
    const { innerAlgorithm, ...fields } = readInside(tbs, readFields);
    if (!bytesEqual(innerAlgorithm.der, signatureAlgorithm.der)) {
      // RFC 5280 5.1.1.2
      throw new BadCrlError("two-signature-algorithms");
    }
    return { ...fields, tbs: tbs.der, signatureAlgorithm, signature };
  });
}

type Fields = Omit<Crl, "tbs" | "signatureAlgorithm" | "signature"> & {
  readonly innerAlgorithm: AlgorithmIdentifier;
};

/** TBSCertList. */
function readFields(parts: DerReader): Fields {
  // Version 1 has no version field, and no extensions: no number either.
  const isVersion2 = parts.peek() === tag.integer;
  if (isVersion2 && readSmallInteger(parts) !== 1) {
    throw new BadCrlError("version");
  }
  const innerAlgorithm = readAlgorithmIdentifier(parts);
  const issuer = readName(parts);
  const thisUpdate = readTime(parts);
  const hasNextUpdate = parts.peek() === tag.utcTime || parts.peek() === tag.generalizedTime;
  const nextUpdate = hasNextUpdate ? readTime(parts) : undefined;
  const entries = parts.peek() === tag.sequence ? parts.inside(tag.sequence, readEntries) : [];
  const extensions = isVersion2 && parts.peek() === constructedContextTag(0)
    ? parts.inside(constructedContextTag(0), readExtensionsAsFound)
    : [];
  const repeated = repeatedExtensions(extensions);
  // RFC 5280 4.2 forbids it for every extension. OpenSSL reads the first of this one.
  const isHarmless = (oid: string): boolean => oid === extensionOid.authorityKeyIdentifier;
  if (!repeated.every(isHarmless)) throw new BadCrlError("repeated-extension");
  const number = extensions.find(({ oid }) => oid === extensionOid.crlNumber);
  return {
    innerAlgorithm,
    issuer,
    thisUpdate,
    nextUpdate,
    number: number && readInside(number.octets, readNumber),
    entries: entries.map(({ entry }) => entry),
    hasRepeatedAuthorityKeyIdentifier: repeated.length > 0,
    criticalExtensions: [...extensions, ...entries.flatMap((entry) => entry.extensions)]
      .filter(({ critical }) => critical).map(({ oid }) => oid),
  };
}

function readEntryExtensions(reader: DerReader): readonly FoundExtension[] {
  return readExtensionList(reader, (problem) => new BadCrlError(problem));
}

interface EntryWithExtensions {
  readonly entry: CrlEntry;
  readonly extensions: readonly FoundExtension[];
}

function readEntries(members: DerReader): EntryWithExtensions[] {
  const entries: EntryWithExtensions[] = [];
  while (!members.isAtEnd()) entries.push(members.inside(tag.sequence, readEntry));
  return entries;
}

function readEntry(parts: DerReader): EntryWithExtensions {
  const serial = readSerialNumber(parts, () => new BadCrlError("serial-number-too-long"));
  const revokedAt = readTime(parts);
  const extensions = parts.isAtEnd() ? [] : readEntryExtensions(parts);
  const code = extensions.find(({ oid }) => oid === extensionOid.reasonCode);
  // RFC 5280 5.3.1: an entry without a reason has none to give.
  const reason = code === undefined ? "unspecified" : readInside(code.octets, readReason);
  return { entry: { serial, revokedAt, reason }, extensions };
}

function readNumber(reader: DerReader): bigint {
  return BigInt(`0x${readUnsigned(reader).toHex()}`);
}

/** CRLReason. */
function readReason(reader: DerReader): RevocationReason | undefined {
  const { content } = reader.next(tag.enumerated);
  return content.length === 1 ? reasonsByCode.get(content[0]) : undefined;
}

const reasonsByCode = new Map<number | undefined, RevocationReason>(
  Object.entries(revocationReasons).map(([reason, code]) => [code, reason as RevocationReason]),
);
