/** Which revoked certificates the next CRL lists. */
import { formatTime } from "../../system/mod.ts";
import { type Crl, EncodedEntries } from "../../x509/mod.ts";
import type { CertificateRecord, Revocation, StoreReader } from "../store/mod.ts";

/** The last CRL, and whether expired certificates stay on the list. */
export interface ListingTerms {
  /** `undefined`: there is none. */
  readonly last: Crl | undefined;
  readonly keepExpired: boolean;
}

/** The entries of the next CRL. */
export interface NextEntries {
  readonly all: EncodedEntries;
  /** Those of each shard, in the order of their numbers. */
  readonly shards: readonly EncodedEntries[];
  /** The first notAfter of a certificate on the list, RFC 3339; `undefined` if there is none. */
  readonly firstEnd: string | undefined;
}

/**
 * Encodes the entries of the next CRL, and of those of its shards, while the revoked certificates are read.
 *
 * @param shards how many there are.
 * @throws as `StoreReader.revocations`.
 */
export async function encodeNextEntries(
  store: StoreReader,
  { shards: count, ...terms }: ListingTerms & { readonly shards: number },
): Promise<NextEntries> {
  const all = new EncodedEntries();
  const shards = Array.from({ length: count }, () => new EncodedEntries());
  let firstEnd: string | undefined;
  const toList = certificatesToList(store, { ...terms, withShards: count > 0 });
  for await (const revocation of toList) {
    all.add(revocation);
    if (revocation.shard !== undefined) shards[revocation.shard - 1]?.add(revocation);
    const { notAfter } = revocation;
    if (firstEnd === undefined || notAfter < firstEnd) firstEnd = notAfter;
  }
  return { all, shards, firstEnd };
}

/** The revoked certificates that the next CRL lists, in the order of issue. */
export async function* certificatesToList(
  store: StoreReader,
  { last, keepExpired, withShards = false }: ListingTerms & { readonly withShards?: boolean },
): AsyncGenerator<Revocation> {
  const mayLeave = keepExpired || last === undefined ? undefined : leavingFrom(last);
  for await (const page of store.revocations({ withShards })) {
    for (const revocation of page) {
      if (mayLeave?.(revocation) !== true) yield revocation;
    }
  }
}

/**
 * Whether a CRL may omit a revoked certificate: "An entry MUST NOT be removed from the CRL until it appears
 * on one regularly scheduled CRL issued beyond the revoked certificate's validity period" (RFC 5280 3.3).
 */
function leavingFrom(last: Crl): (revocation: Revocation) => boolean {
  const thisUpdate = formatTime(last.thisUpdate);
  let listed: ReturnType<Crl["entries"]["index"]> | undefined;
  return (revocation) => {
    if (!hadExpired(revocation, thisUpdate)) return false;
    // If the last CRL does not list it, it left before, or it was revoked only since.
    if (wasRevokedBefore(revocation, thisUpdate)) return true;
    listed ??= last.entries.index();
    return listed.has(revocation.serial);
  };
}

/**
 * Whether it is right that a CRL omits a certificate, which was revoked before: it had expired. When it was
 * last on a list is not known.
 */
export function hasLeft(record: CertificateRecord, crl: Crl): boolean {
  const { expiredSince } = crl;
  const thisUpdate = formatTime(crl.thisUpdate);
  const isKept = expiredSince !== undefined &&
    Date.parse(record.notAfter) >= expiredSince.getTime();
  return !isKept && hadExpired(record, thisUpdate) && wasRevokedBefore(record, thisUpdate);
}

/** The last second is part of the validity period (RFC 5280 4.1.2.5). @param at RFC 3339 */
function hadExpired({ notAfter }: Pick<Revocation, "notAfter">, at: string): boolean {
  return notAfter < at;
}

/** Within the same second, the order is unknown. @param at RFC 3339 */
function wasRevokedBefore({ revokedAt }: Pick<Revocation, "revokedAt">, at: string): boolean {
  return revokedAt < at;
}
