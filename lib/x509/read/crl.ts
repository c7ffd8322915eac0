/** Reads certificate revocation lists (RFC 5280 5). */
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from "../key/mod.ts";
import {
  type Bytes,
  bytesEqual,
  constructedContextTag,
  crlFileLimit,
  decodeOwnPem,
  DerReader,
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
import { type CrlEntries, readEntries } from "./crl_entries.ts";
import { type FoundExtension, readExtensionsAsFound, repeatedExtensions } from "./extensions.ts";
import { BadCrlError, BadDerError, PemTooLargeError } from "../errors.ts";
import { type Name, readName } from "../name/mod.ts";

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
  readonly entries: CrlEntries;
  /** The content of issuingDistributionPoint, DER; `undefined`: the CRL covers all certificates. */
  readonly distributionPoint: Bytes | undefined;
  /** Whether the authority key identifier appears twice, as another small CA writes it. */
  readonly hasRepeatedAuthorityKeyIdentifier: boolean;
  /** OBJECT IDENTIFIERs of the critical extensions of the CRL and its entries: none is supported. */
  readonly criticalExtensions: readonly string[];
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Bytes;
}

/** The label of a CRL (RFC 7468 6). */
export const crlLabel = "X509 CRL";

/**
 * Reads a file with exactly one CRL: PEM, `X509 CRL` (RFC 7468 6).
 *
 * @throws NotPemError, BadPemError, PemTooLargeError, BadCrlError, TruncatedDerError, BadDerError
 */
export function readCrlFile(pem: Uint8Array): Crl {
  if (pem.length > crlFileLimit) throw new PemTooLargeError(crlFileLimit);
  const own = decodeOwnPem(crlLabel, pem);
  if (own !== undefined) return readCrl(own);
  const [block, ...others] = readPem(pem, { limit: crlFileLimit });
  if (others.length > 0) throw new BadCrlError("several-blocks");
  if (block.label !== crlLabel) throw new BadCrlError("other-block");
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

/** The beginning of a CRL, before its entries. */
export type CrlHead = Pick<Crl, "issuer" | "thisUpdate" | "nextUpdate">;

/**
 * Reads only the beginning of a CRL. Its signature cannot be verified.
 *
 * @param start the first bytes of the CRL, DER; a few kilobytes are enough.
 * @throws BadCrlError, TruncatedDerError, BadDerError
 */
export function readCrlHead(start: Bytes): CrlHead {
  let at = 0;
  for (const _ of ["CertificateList", "TBSCertList"]) {
    if (start[at] !== tag.sequence) throw new BadDerError(at, "wrong-type");
    const size = start[at + 1] ?? 0;
    at += size < 0x80 ? 2 : 2 + (size & 0x7f);
  }
  const { issuer, thisUpdate, nextUpdate } = readHead(new DerReader(start.subarray(at), at));
  return { issuer, thisUpdate, nextUpdate };
}

interface Head extends CrlHead {
  readonly isVersion2: boolean;
  readonly innerAlgorithm: AlgorithmIdentifier;
}

function readHead(parts: DerReader): Head {
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
  return { isVersion2, innerAlgorithm, issuer, thisUpdate, nextUpdate };
}

/** TBSCertList. */
function readFields(parts: DerReader): Fields {
  const { isVersion2, ...head } = readHead(parts);
  const { entries, criticalExtensions } = readEntries(parts.optional(tag.sequence));
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
    ...head,
    number: number && readInside(number.octets, readNumber),
    expiredSince: expiredSince && readInside(expiredSince.octets, readGeneralizedTime),
    entries,
    distributionPoint: distributionPoint?.octets.content,
    hasRepeatedAuthorityKeyIdentifier: repeated.length > 0,
    criticalExtensions: [
      ...extensions.filter(({ critical }) => critical).map(({ oid }) => oid),
      ...criticalExtensions,
    ],
  };
}

function readNumber(reader: DerReader): bigint {
  return BigInt(`0x${readUnsigned(reader).toHex()}`);
}
