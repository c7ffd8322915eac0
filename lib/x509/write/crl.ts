/** Issues certificate revocation lists (RFC 5280 5). */
import {
  authorityKeyIdentifier,
  crlNumber,
  distributionPointOf,
  expiredCertsOnCrl,
  issuingDistributionPoint,
  reasonCode,
} from "./extensions.ts";
import {
  bitString,
  type Bytes,
  contextConstructed,
  integer,
  sequence,
  sequenceOf,
  time,
} from "../encoding/mod.ts";
import { type Authority, uriName } from "./certificate.ts";
import { type RevocationReason, revocationReasons } from "../read/mod.ts";

/** An entry of a CRL. */
export interface RevokedCertificate {
  readonly serial: bigint;
  /** To the second. */
  readonly revokedAt: Date;
  readonly reason: RevocationReason;
}

/** The fields of a CRL. */
export interface CrlFields {
  readonly number: bigint;
  /** To the second. */
  readonly thisUpdate: Date;
  /** To the second. */
  readonly nextUpdate: Date;
  readonly revoked: readonly RevokedCertificate[];
  /** Certificates that expired since then stay on the list. `undefined`: expired ones leave it. */
  readonly expiredSince?: Date | undefined;
  /**
   * The URIs of the distribution point, for a CRL that covers only the certificates with one of them.
   * `undefined`: it covers all.
   */
  readonly distributionPoint?: readonly string[] | undefined;
}

/** Issues a version 2 CRL. @returns DER CertificateList (RFC 5280 5.1). */
export async function issueCrl(fields: CrlFields, authority: Authority): Promise<Bytes> {
  const algorithm = authority.signer.algorithm.signature;
  const { expiredSince, distributionPoint } = fields;
  const tbsCertList = sequence(
    integer(1n),
    algorithm,
    authority.name,
    time(fields.thisUpdate),
    time(fields.nextUpdate),
    // "When there are no revoked certificates, the revoked certificates list MUST be absent" (5.1.2.6).
    ...(fields.revoked.length === 0 ? [] : [sequenceOf(fields.revoked.map(encodeEntry))]),
    contextConstructed(
      0,
      sequence(
        authorityKeyIdentifier(authority.keyIdentifier),
        crlNumber(fields.number),
        ...(distributionPoint === undefined
          ? []
          : [issuingDistributionPoint(distributionPoint.map(uriName))]),
        ...(expiredSince === undefined ? [] : [expiredCertsOnCrl(expiredSince)]),
      ),
    ),
  );
  return sequence(tbsCertList, algorithm, bitString(await authority.signer.sign(tbsCertList)));
}

/** The content of issuingDistributionPoint for these URIs, DER. */
export function encodeDistributionPoint(uris: readonly string[]): Bytes {
  return distributionPointOf(uris.map(uriName));
}

function encodeEntry({ serial, revokedAt, reason }: RevokedCertificate): Bytes {
  // "the reason code CRL entry extension SHOULD be absent instead of using the unspecified (0) reasonCode
  // value" (5.3.1).
  const extensions = reason === "unspecified"
    ? []
    : [sequence(reasonCode(revocationReasons[reason]))];
  return sequence(integer(serial), time(revokedAt), ...extensions);
}
