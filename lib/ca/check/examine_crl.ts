/** Compares a CRL with the index, page by page. */
import { formatTime } from "../../system/mod.ts";
import { type Crl, type CrlEntry, formatSerial } from "../../x509/mod.ts";
import { hasLeft } from "../crl/mod.ts";
import { expiryOfCrl } from "../issue/mod.ts";
import type { CertificateRecord, Finding, StoreContents } from "../store/mod.ts";

/** How many entries are looked up at a time. */
const pageSize = 1000;

/** Compares what a CRL lists with the records of a CA. */
export class ListingComparison {
  readonly #crl: Crl;
  readonly #index: ReturnType<Crl["entries"]["index"]>;
  readonly #findings: Finding[] = [];
  readonly #unlisted: CertificateRecord[] = [];
  #matching = 0;

  constructor(crl: Crl) {
    this.#crl = crl;
    this.#index = crl.entries.index();
  }

  /** Compares one record. */
  add(record: CertificateRecord): void {
    const listing = this.#index.get(record.serial);
    if (listing === undefined) {
      if (record.status === "revoked" && !hasLeft(record, this.#crl)) this.#unlisted.push(record);
      return;
    }
    this.#matching++;
    const finding = compare(record, listing);
    if (finding !== undefined) this.#findings.push(finding);
  }

  /**
   * What was found, when all records were compared.
   *
   * @param others serial numbers that were compared, but that the index does not have.
   */
  async listings(
    contents: StoreContents,
    others: ReadonlySet<string>,
  ): Promise<readonly Finding[]> {
    const { entries } = this.#crl;
    // Most CRLs list only what the index has: then no entry has to be looked up.
    if (this.#matching >= entries.length) return this.#findings;
    const unknown: Finding[] = [];
    const flush = async (page: ReadonlySet<string>): Promise<void> => {
      const found = await contents.find(page);
      for (const serial of page) {
        if (found.get(serial)?.record !== undefined || others.has(serial)) continue;
        unknown.push({ code: "unknown-revoked", serial });
      }
    };
    let page = new Set<string>();
    for (const { serial } of entries) {
      page.add(formatSerial(serial));
      if (page.size < pageSize) continue;
      await flush(page);
      page = new Set();
    }
    await flush(page);
    return [...this.#findings, ...unknown];
  }

  /**
   * What else is wrong with the last CRL: it must list exactly what was revoked when it was issued, except
   * what left the list because it had expired.
   */
  others(now: Date): readonly Finding[] {
    const crl = this.#crl;
    const findings: Finding[] = [];
    // Within the same second, the order is unknown.
    const thisUpdate = formatTime(crl.thisUpdate);
    for (const { serial, revokedAt } of this.#unlisted) {
      if (revokedAt < thisUpdate) findings.push({ code: "wrong-crl", serial, reason: "missing" });
    }
    const since = this.#unlisted.filter(({ revokedAt }) => revokedAt >= thisUpdate);
    if (since.length > 0) {
      findings.push({ code: "revoked-since", serials: since.map(({ serial }) => serial) });
    }
    if (crl.hasRepeatedAuthorityKeyIdentifier) findings.push({ code: "crl-repeated-extension" });
    const nextUpdate = expiryOfCrl(crl, now);
    if (nextUpdate !== undefined) findings.push({ code: "stale-crl", nextUpdate });
    return findings;
  }
}

function compare(record: CertificateRecord, listing: CrlEntry): Finding | undefined {
  const { serial } = record;
  const patch = {
    serial,
    status: "revoked",
    revokedAt: formatTime(listing.revokedAt),
    revocationReason: listing.reason ?? "unspecified",
  } as const;
  if (record.status === "active") return { code: "not-revoked", serial, patch };
  const isSame = record.revokedAt === patch.revokedAt &&
    record.revocationReason === listing.reason;
  return isSame ? undefined : { code: "wrong-crl", serial, reason: "differs" };
}
