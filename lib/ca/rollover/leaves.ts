/** Which certificates of one CA have been replaced by certificates of the other. */
import { formatTime } from "../../system/mod.ts";
import { deviceOf, isCurrent, type ReadAllOptions } from "../inventory/mod.ts";
import type { DescribedRecord, StoreReader } from "../store/mod.ts";

/** The most certificates that are listed one by one. */
const mostListed = 20;

/** What a CA has issued that is valid and not revoked. */
export interface ActiveLeaves {
  readonly active: number;
  /** When the last one ends; `undefined`: there is none. */
  readonly lastEnd: string | undefined;
}

/** The certificates of a CA that devices would have to replace if it is left. */
export interface Leaves extends ActiveLeaves {
  /** How many devices have one, and have not got a newer one from the same CA. */
  readonly devices: number;
  /** How many are of devices that have none from the other CA, issued later. */
  readonly remaining: number;
  /** How many devices these are of. */
  readonly remainingDevices: number;
  /** The first of them, in the order of issue. */
  readonly listed: readonly DescribedRecord[];
  /** What the other CA has issued. */
  readonly other: ActiveLeaves;
}

/**
 * Compares what two CAs have issued, by the subject and the names of certificates. Cross-certificates and
 * OCSP responders do not count. Each record is read once; in memory are the names of the devices.
 */
export async function compareLeaves(
  store: StoreReader,
  other: StoreReader,
  { now, pause = () => Promise.resolve() }: ReadAllOptions,
): Promise<Leaves> {
  const filter = { status: "active", endsFrom: formatTime(now) } as const;
  const newest = new Map<string, string>();
  const others = new Active();
  for await (const page of other.describedPages(filter)) {
    for (const described of page) {
      if (!others.count(described) || !isCurrent(described)) continue;
      const device = deviceOf(described);
      const { notBefore } = described.record;
      if (notBefore >= (newest.get(device) ?? "")) newest.set(device, notBefore);
    }
    await pause();
  }
  const own = new Active();
  const listed: DescribedRecord[] = [];
  let remaining = 0;
  /** Whether a certificate of the device remains. */
  const devices = new Map<string, boolean>();
  let remainingDevices = 0;
  for await (const page of store.describedPages(filter)) {
    for (const described of page) {
      if (!own.count(described) || !isCurrent(described)) continue;
      const device = deviceOf(described);
      const isReplaced = (newest.get(device) ?? "") >= described.record.notBefore;
      const hasRemained = devices.get(device) ?? false;
      devices.set(device, hasRemained || !isReplaced);
      if (isReplaced) continue;
      if (!hasRemained) remainingDevices++;
      remaining++;
      if (listed.length < mostListed) listed.push(described);
    }
    await pause();
  }
  return {
    ...own.all,
    devices: devices.size,
    remaining,
    remainingDevices,
    listed,
    other: others.all,
  };
}

/** Counts active certificates, replaced ones included. */
class Active {
  #active = 0;
  #lastEnd: string | undefined;

  /** @returns whether it counts: it is neither a cross-certificate nor one of an OCSP responder. */
  count({ record, details }: DescribedRecord): boolean {
    const { supersededBy: _, ...others } = details ?? {};
    if (!isCurrent({ record, details: others })) return false;
    this.#active++;
    if (record.notAfter > (this.#lastEnd ?? "")) this.#lastEnd = record.notAfter;
    return true;
  }

  get all(): ActiveLeaves {
    return { active: this.#active, lastEnd: this.#lastEnd };
  }
}
