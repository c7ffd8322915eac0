/** Which revoked certificates the next CRL lists. */
import { formatTime, second } from "../../system/mod.ts";
import type { Crl, RevokedCertificate } from "../../x509/mod.ts";
import type { CertificateRecord, StoreReader } from "../store/mod.ts";

/** The last CRL, and whether expired certificates stay on the list. */
export interface ListingTerms {
  /** `undefined`: there is none. */
  readonly last: Crl | undefined;
  readonly keepExpired: boolean;
}

/** The revoked certificates that the next CRL lists, in the order of issue. @throws as `StoreReader.pages` */
export async function certificatesToList(
  store: StoreReader,
  terms: ListingTerms,
): Promise<CertificateRecord[]> {
  const isOnLast = serialsOn(terms.last);
  const revoked: CertificateRecord[] = [];
  for await (const page of store.pages({ status: "revoked" })) {
    for (const record of page) {
      if (terms.keepExpired || !mayLeave(record, terms.last, isOnLast)) revoked.push(record);
    }
  }
  return revoked;
}

/**
 * Whether a CRL may omit a revoked certificate: "An entry MUST NOT be removed from the CRL until it appears
 * on one regularly scheduled CRL issued beyond the revoked certificate's validity period" (RFC 5280 3.3).
 */
function mayLeave(
  record: CertificateRecord,
  last: Crl | undefined,
  isOnLast: ReadonlySet<bigint>,
): boolean {
  if (last === undefined || !hadExpired(record, last.thisUpdate)) return false;
  // If the last CRL does not list it, it left before, or it was revoked only since.
  return isOnLast.has(numberOf(record)) || wasRevokedBefore(record, last.thisUpdate);
}

/**
 * Whether it is right that a CRL omits a certificate, which was revoked before: it had expired. When it was
 * last on a list is not known.
 */
export function hasLeft(record: CertificateRecord, crl: Crl): boolean {
  const { expiredSince, thisUpdate } = crl;
  const isKept = expiredSince !== undefined &&
    Date.parse(record.notAfter) >= expiredSince.getTime();
  return !isKept && hadExpired(record, thisUpdate) && wasRevokedBefore(record, thisUpdate);
}

/** The serial numbers on a CRL. */
export function serialsOn(crl: Crl | undefined): ReadonlySet<bigint> {
  return new Set(crl?.entries.map(({ serial }) => serial));
}

/** The serial number of a record. */
export function numberOf({ serial }: CertificateRecord): bigint {
  return BigInt(`0x${serial}`);
}

/** The entry of a CRL for a revoked certificate. */
export function toRevoked(record: CertificateRecord): RevokedCertificate {
  const { revokedAt, revocationReason: reason } = record;
  return {
    serial: numberOf(record),
    revokedAt: new Date(revokedAt),
    reason: reason === "" ? "unspecified" : reason,
  };
}

/** The last second is part of the validity period (RFC 5280 4.1.2.5). */
function hadExpired({ notAfter }: CertificateRecord, at: Date): boolean {
  return at.getTime() >= Date.parse(notAfter) + second;
}

/** Within the same second, the order is unknown. */
function wasRevokedBefore({ revokedAt }: CertificateRecord, at: Date): boolean {
  return revokedAt < formatTime(at);
}
