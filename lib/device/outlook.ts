import type { System } from "../system/mod.ts";
import { inspect, type RecoveryOutlook } from "../transaction/mod.ts";
import type { Pair } from "./pair.ts";
import { findHalfPending } from "./pending.ts";

/** What recovery would do for a pair that has been resolved: `clean` where it has nothing to do. Reads only. */
export async function outlookOf(system: System, pair: Pair): Promise<RecoveryOutlook> {
  const outlook = await inspect(system, pair.site);
  const half = findHalfPending(system.files, pair);
  if (half === undefined) return outlook;
  return {
    ...outlook,
    outcome: outlook.outcome === "clean" ? "cleaned" : outlook.outcome,
    leftovers: [...outlook.leftovers, half],
  };
}
