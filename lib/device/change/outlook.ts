/** What recovery would do for a pair. Only reads. */
import type { System } from "../../system/mod.ts";
import { inspect, type RecoveryOutlook } from "../../transaction/mod.ts";
import type { Pair } from "../pair/mod.ts";

/** What recovery would do for a resolved pair: `clean` if nothing. */
export async function inspectPair(system: System, pair: Pair): Promise<RecoveryOutlook> {
  return await inspect(system, pair.site);
}
