/** Which certificates of one CA have been replaced by certificates of the other. */
import { formatTime } from "../../system/mod.ts";
import { deviceOf, isCurrent } from "../inventory/mod.ts";
import type { DescribedRecord, StoreReader } from "../store/mod.ts";

/** The certificates of a CA that devices would have to replace if it is left. */
export interface Leaves {
  /** How many are active: valid, not revoked. */
  readonly active: number;
  /** How many devices have one, and have not got a newer one from the same CA. */
  readonly devices: number;
  /** Those of devices that have none from the other CA, issued later. The order of issue. */
  readonly remaining: readonly DescribedRecord[];
  /** How many devices these are of. */
  readonly remainingDevices: number;
  /** When the last active one ends; `undefined`: there is none. */
  readonly lastEnd: string | undefined;
}

/**
 * Compares what two CAs have issued, by the subject and the names of certificates. Cross-certificates and
 * OCSP responders do not count.
 */
export async function compareLeaves(
  store: StoreReader,
  other: StoreReader,
  now: Date,
): Promise<Leaves> {
  const today = formatTime(now);
  const filter = { status: "active", endsFrom: today } as const;
  const newest = new Map<string, string>();
  for await (const page of other.describedPages(filter)) {
    for (const described of page) {
      if (!isCurrent(described)) continue;
      const device = deviceOf(described);
      const { notBefore } = described.record;
      if (notBefore >= (newest.get(device) ?? "")) newest.set(device, notBefore);
    }
  }
  let active = 0;
  let lastEnd: string | undefined;
  const devices = new Set<string>();
  const remaining: DescribedRecord[] = [];
  const left = new Set<string>();
  for await (const page of store.describedPages(filter)) {
    for (const described of page) {
      const { record: { notBefore, notAfter } } = described;
      if (!isCurrent({ ...described, details: withoutSuccessor(described) })) continue;
      active++;
      if (notAfter > (lastEnd ?? "")) lastEnd = notAfter;
      if (!isCurrent(described)) continue;
      const device = deviceOf(described);
      devices.add(device);
      if ((newest.get(device) ?? "") >= notBefore) continue;
      remaining.push(described);
      left.add(device);
    }
  }
  return { active, devices: devices.size, remaining, remainingDevices: left.size, lastEnd };
}

function withoutSuccessor({ details }: DescribedRecord): DescribedRecord["details"] {
  if (details === undefined) return undefined;
  const { supersededBy: _, ...others } = details;
  return others;
}
