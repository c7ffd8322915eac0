/** Reads certificate revocation lists (RFC 5280 5). */
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from "../key/mod.ts";
import {
  type Bytes,
  bytesEqual,
  constructedContextTag,
  crlFileLimit,
  type DerReader,
  extensionOid,
  readBitStringBytes,
  readGeneralizedTime,
  readInside,
  readPem,
  readSmallInteger,
  readTime,
  readUnsigned,
  readWhole,
  tag,
} from "../encoding/mod.ts";
import {
  type FoundExtension,
  readExtensionList,
  readExtensionsAsFound,
  repeatedExtensions,
} from "./extensions.ts";
import { BadCrlError } from "../errors.ts";
import { type Name, readName } from "../name/mod.ts";
import { type RevocationReason, revocationReasons } from "./revocation_reason.ts";
import { readSerialNumber } from "./serial_number.ts";

/** An entry of a CRL: a revoked certificate (RFC 5280 5.1.2.6). */
export interface CrlEntry {
  readonly serial: bigint;
  readonly revokedAt: Date;
  /** `undefined` if certswap does not know the reason. */
  readonly reason: RevocationReason | undefined;
}

/** A CRL (RFC 5280 5.1). */
export interface Crl {
  /** The whole CRL. */
  readonly der: Bytes;
  /** The part that is signed. */
  readonly tbs: Bytes;
  readonly issuer: Name;
  readonly thisUpdate: Date;
  /** RFC 5280 5.1.2.5 requires it, but some CAs omit it. */
  readonly nextUpdate: Date | undefined;
  /** The cRLNumber. */
  readonly number: bigint | undefined;
  /** expiredCertsOnCRL: certificates that expired since then stay on the list. */
  readonly expiredSince: Date | undefined;
  readonly entries: readonly CrlEntry[];
  /** The content of issuingDistributionPoint, DER; `undefined`: the CRL covers all certificates. */
  readonly distributionPoint: Bytes | undefined;
  /** Whether the authority key identifier appears twice, as another small CA writes it. */
  readonly hasRepeatedAuthorityKeyIdentifier: boolean;
  /** OBJECT IDENTIFIERs of the critical extensions of the CRL and its entries: none is supported. */
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
 * Reads exactly one CRL.
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
    return { ...fields, der, tbs: tbs.der, signatureAlgorithm, signature };
  });
}

type Fields = Omit<Crl, "der" | "tbs" | "signatureAlgorithm" | "signature"> & {
  readonly innerAlgorithm: AlgorithmIdentifier;
};

/** TBSCertList. */
function readFields(parts: DerReader): Fields {
  // A version 1 CRL has no version field and no extensions, and so no number.
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
  // RFC 5280 4.2 forbids any extension to appear twice. For this one, OpenSSL reads the first.
  const isHarmless = (oid: string): boolean => oid === extensionOid.authorityKeyIdentifier;
  if (!repeated.every(isHarmless)) throw new BadCrlError("repeated-extension");
  const find = (wanted: string): FoundExtension | undefined =>
    extensions.find(({ oid }) => oid === wanted);
  const number = find(extensionOid.crlNumber);
  const expiredSince = find(extensionOid.expiredCertsOnCRL);
  const distributionPoint = find(extensionOid.issuingDistributionPoint);
  return {
    innerAlgorithm,
    issuer,
    thisUpdate,
    nextUpdate,
    number: number && readInside(number.octets, readNumber),
    expiredSince: expiredSince && readInside(expiredSince.octets, readGeneralizedTime),
    entries: entries.map(({ entry }) => entry),
    distributionPoint: distributionPoint?.octets.content,
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
  // RFC 5280 5.3.1: no reason code means unspecified.
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
