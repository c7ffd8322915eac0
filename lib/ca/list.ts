import type { System } from "../system/mod.ts";
import type { RecoveryOutlook } from "../transaction/mod.ts";
import { type CaLocation, findCa, outlookFor } from "./ca.ts";
import type { IndexEntry } from "./store/directory/index_file.ts";
import { readIndexOf } from "./store/directory/issued.ts";

/** What has become of a certificate, as it is worked out when it is shown. */
export type CertificateStatus = "active" | "expired" | "revoked";

/** A certificate that a CA has issued. */
export interface ListedCertificate {
  readonly entry: IndexEntry;
  readonly status: CertificateStatus;
}

/** What `ca list` found. */
export interface ListReport {
  /** In the order in which they were issued. */
  readonly certificates: readonly ListedCertificate[];
  readonly outlook: RecoveryOutlook;
}

/** Lists the certificates of a CA. Writes nothing and takes no lock: the index is replaced as one. */
export async function list(system: System, location: CaLocation): Promise<ListReport> {
  const directory = await findCa(system, location);
  const { entries } = await readIndexOf({ system, ...directory });
  const now = system.clock.now();
  const certificates = entries.map((entry) => ({ entry, status: statusOf(entry, now) }));
  return { certificates, outlook: await outlookFor(system, directory) };
}

function statusOf(entry: IndexEntry, now: Date): CertificateStatus {
  if (entry.status === "revoked") return "revoked";
  // The last second of a validity belongs to it (RFC 5280 4.1.2.5).
  return now.getTime() >= Date.parse(entry.not_after) + 1000 ? "expired" : "active";
}
