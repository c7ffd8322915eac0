import type { Crl, CrlEntry } from "../x509/crl.ts";
import type { Finding } from "./finding.ts";
import type { IndexEntry } from "./index_file.ts";
import { formatSerial } from "./serial.ts";
import { formatTime } from "./time.ts";

/** Holds the last CRL against the index: it must list exactly what was revoked when it was made. */
export function examineCrl(
  crl: Crl,
  { entries, now }: { readonly entries: readonly IndexEntry[]; readonly now: Date },
): Finding[] {
  const findings: Finding[] = [];
  const listed = new Map(crl.entries.map((entry) => [formatSerial(entry.serial), entry]));
  const known = new Map(entries.map((entry) => [entry.serial, entry]));
  for (const [serial, listing] of listed) {
    const finding = examineListing(serial, { listing, entry: known.get(serial) });
    if (finding !== undefined) findings.push(finding);
  }
  const unlisted = entries
    .filter(({ serial, status }) => status === "revoked" && !listed.has(serial));
  // Within one second it cannot be told which was first.
  const thisUpdate = formatTime(crl.thisUpdate);
  for (const { serial, revoked_at: revokedAt } of unlisted) {
    if (revokedAt < thisUpdate) findings.push({ code: "wrong-crl", serial, reason: "missing" });
  }
  const since = unlisted.filter((entry) => entry.revoked_at >= thisUpdate);
  if (since.length > 0) {
    findings.push({ code: "revoked-since", serials: since.map(({ serial }) => serial) });
  }
  const { nextUpdate } = crl;
  if (nextUpdate !== undefined && nextUpdate < now) {
    findings.push({ code: "stale-crl", nextUpdate });
  }
  return findings;
}

function examineListing(
  serial: string,
  { listing, entry }: { listing: CrlEntry; entry: IndexEntry | undefined },
): Finding | undefined {
  if (entry === undefined) return { code: "unknown-revoked", serial };
  const patch = {
    serial,
    status: "revoked",
    "revoked_at": formatTime(listing.revokedAt),
    "revocation_reason": listing.reason ?? "unspecified",
  } as const;
  if (entry.status === "active") return { code: "not-revoked", serial, patch };
  const isSame = entry.revoked_at === patch.revoked_at &&
    entry.revocation_reason === listing.reason;
  return isSame ? undefined : { code: "wrong-crl", serial, reason: "differs" };
}
