/** Issues certificate revocation lists (RFC 5280 5). */
import {
  authorityKeyIdentifier,
  crlNumber,
  distributionPointOf,
  expiredCertsOnCrl,
  issuingDistributionPoint,
} from "./extensions.ts";
import {
  bitString,
  type Bytes,
  contextConstructed,
  encodeHeader,
  integer,
  sequence,
  tag,
  time,
} from "../encoding/mod.ts";
import { type Authority, uriName } from "./certificate.ts";
import { EncodedEntries, type RevokedCertificate } from "./crl_entries.ts";

/** The fields of a CRL. */
export interface CrlFields {
  readonly number: bigint;
  /** To the second. */
  readonly thisUpdate: Date;
  /** To the second. */
  readonly nextUpdate: Date;
  /** Encoded entries are used up. */
  readonly revoked: readonly RevokedCertificate[] | EncodedEntries;
  /** Certificates that expired since then stay on the list. `undefined`: expired ones leave it. */
  readonly expiredSince?: Date | undefined;
  /**
   * The URIs of the distribution point, for a CRL that covers only the certificates with one of them.
   * `undefined`: it covers all.
   */
  readonly distributionPoint?: readonly string[] | undefined;
}

/** The size of the largest header in bytes. */
const largestHeader = 6;

/** Room for the signature and its header, in bytes. That of the largest key, RSA 4096, has 512. */
const signatureRoom = 1024;

/**
 * Issues a version 2 CRL. Needs room for it only once: there may be a million entries.
 *
 * @returns DER CertificateList (RFC 5280 5.1).
 */
export async function issueCrl(fields: CrlFields, authority: Authority): Promise<Bytes> {
  const { revoked } = fields;
  const entries = revoked instanceof EncodedEntries ? revoked : EncodedEntries.of(revoked);
  const algorithm = authority.signer.algorithm.signature;
  const head = [
    integer(1n),
    algorithm,
    authority.name,
    time(fields.thisUpdate),
    time(fields.nextUpdate),
    // "When there are no revoked certificates, the revoked certificates list MUST be absent" (5.1.2.6).
    ...(entries.length === 0 ? [] : [encodeHeader(tag.sequence, entries.size)]),
  ];
  const { size } = entries;
  const extensions = encodeExtensions(fields, authority);
  const length = head.reduce((sum, part) => sum + part.length, size + extensions.length);
  const start = [encodeHeader(tag.sequence, length), ...head];
  const bytes = new Uint8Array(largestHeader + length + largestHeader + signatureRoom);
  let at = largestHeader;
  const append = (part: Uint8Array): void => {
    bytes.set(part, at);
    at += part.length;
  };
  start.forEach(append);
  entries.moveTo(bytes.subarray(at, at += size));
  append(extensions);
  const tbsCertList = bytes.subarray(largestHeader, at);
  const signature = await authority.signer.sign(tbsCertList);
  append(algorithm);
  append(bitString(signature));
  const header = encodeHeader(tag.sequence, at - largestHeader);
  bytes.set(header, largestHeader - header.length);
  return bytes.subarray(largestHeader - header.length, at);
}

/** crlExtensions. */
function encodeExtensions(
  { number, expiredSince, distributionPoint }: CrlFields,
  { keyIdentifier }: Authority,
): Bytes {
  return contextConstructed(
    0,
    sequence(
      authorityKeyIdentifier(keyIdentifier),
      crlNumber(number),
      ...(distributionPoint === undefined
        ? []
        : [issuingDistributionPoint(distributionPoint.map(uriName))]),
      ...(expiredSince === undefined ? [] : [expiredCertsOnCrl(expiredSince)]),
    ),
  );
}

/** The content of issuingDistributionPoint for these URIs, DER. */
export function encodeDistributionPoint(uris: readonly string[]): Bytes {
  return distributionPointOf(uris.map(uriName));
}
