/** Takes stock of a CA: numbers of certificates, those that end soon, and devices that stopped renewing. */
import { day, formatTime } from "../../system/mod.ts";
import { crossProfile } from "../hierarchy/mod.ts";
import { responderProfile } from "../ocsp/mod.ts";
import type { DescribedRecord, StoreReader } from "../store/mod.ts";

/** How long before its end a certificate ends soon. */
const soon = 30 * day;
/** How long after the end of its certificate a device is counted as one that stopped renewing. */
const remembered = 90 * day;
/** Devices renew when a third of the life of their certificate is left: this is late. */
const lateAt = 1 / 6;

/** Numbers of certificates. */
export interface CertificateCounts {
  /** Within their validity, and not revoked. */
  readonly active: number;
  readonly revoked: number;
  readonly expired: number;
  /** Active ones that end within 30 days. */
  readonly expiring: number;
  /** Devices that have not renewed in time: see {@linkcode Stock.overdue}. */
  readonly overdue: number;
}

/** What a CA has issued. Lists are in the order of the ends. */
export interface Stock {
  readonly counts: CertificateCounts;
  /** Current certificates that end within 30 days. */
  readonly expiring: readonly DescribedRecord[];
  /**
   * The newest certificates of devices that have not renewed in time: less than a sixth of its life is left,
   * or it has expired within the last 90 days. A device is known by its subject and its names.
   */
  readonly overdue: readonly DescribedRecord[];
}

/** Options for reading every record of a CA. */
export interface ReadAllOptions {
  readonly now: Date;
  /** Called after each page: a server answers meanwhile. */
  readonly pause?: () => Promise<void>;
}

/**
 * Takes stock of a CA, reading every record once. Only those are kept that are listed in the end, or were not
 * yet found to be replaced.
 *
 * @throws the errors of `StoreReader.describedPages`.
 */
export async function takeStock(
  store: Pick<StoreReader, "describedPages">,
  { now, pause = () => Promise.resolve() }: ReadAllOptions,
): Promise<Stock> {
  const after = (milliseconds: number): string =>
    formatTime(new Date(now.getTime() + milliseconds));
  // In this form, times are in the order of their texts.
  const [today, limit, oldest] = [formatTime(now), after(soon), after(-remembered)];
  const isOverdue = overdueAt(now);
  const counts = { active: 0, revoked: 0, expired: 0, expiring: 0 };
  // By the name of the device. A newer certificate with the same name has replaced what is here.
  const ending = new Map<string, DescribedRecord>();
  for await (const page of store.describedPages()) {
    for (const described of page) {
      const { status, notAfter } = described.record;
      if (status === "revoked") counts.revoked++;
      else if (notAfter < today) counts.expired++;
      else {
        counts.active++;
        if (notAfter <= limit) counts.expiring++;
      }
      const isEnding = isOverdue(described) ||
        (status === "active" && notAfter >= oldest && notAfter <= limit);
      const device = deviceOf(described);
      // Its place in the map is that of the newest certificate.
      ending.delete(device);
      if (isEnding && isCurrent(described)) ending.set(device, described);
    }
    await pause();
  }
  const current = [...ending.values()].sort((a, b) =>
    a.record.notAfter < b.record.notAfter ? -1 : a.record.notAfter > b.record.notAfter ? 1 : 0
  );
  const overdue = current.filter(isOverdue);
  return {
    counts: { ...counts, overdue: overdue.length },
    expiring: current.filter(({ record: { notAfter } }) => notAfter >= today && notAfter <= limit),
    overdue,
  };
}

/**
 * Whether a certificate, if it is the newest one of its device, shows that the device has not renewed in
 * time: see {@linkcode Stock.overdue}.
 */
export function overdueAt(now: Date): (described: DescribedRecord) => boolean {
  const oldest = formatTime(new Date(now.getTime() - remembered));
  return ({ record: { status, notBefore, notAfter } }) => {
    if (status !== "active" || notAfter < oldest) return false;
    const [start, end] = [Date.parse(notBefore), Date.parse(notAfter)];
    return end - now.getTime() < (end - start) * lateAt;
  };
}

/** What the certificates of one device have in common. */
export function deviceOf({ record: { subject, serial }, details }: DescribedRecord): string {
  const names = details?.names ?? [];
  // Without any name, nothing is known of what it replaces.
  if (subject === "" && names.length === 0) return `\n${serial}`;
  return deviceTextOf(subject, names);
}

/** {@linkcode deviceOf} for a certificate with a name. */
export function deviceTextOf(subject: string, names: readonly string[]): string {
  return [subject, ...names.toSorted()].join("\n");
}

/** Whether a certificate is one of a device, or of a CA, and not replaced. */
export function isCurrent({ details }: DescribedRecord): boolean {
  const { supersededBy, profile } = details ?? {};
  return supersededBy === undefined && profile !== responderProfile && profile !== crossProfile;
}
