/** Looking at a pair that another run may be changing at this moment. Reads only. */
import type { Clock, System } from "../../system/mod.ts";
import { inspect, type RecoveryOutlook } from "../../transaction/mod.ts";
import type { Pair } from "../pair/layout.ts";
import { looksAgain } from "../retry.ts";

/** What recovery would do for a pair that has been resolved: `clean` if it has nothing to do. */
export async function inspectPair(system: System, pair: Pair): Promise<RecoveryOutlook> {
  return await inspect(system, pair.site);
}

/**
 * Looks at what another run may be changing just now: its journal looks like a crash's, between two of its
 * renames new and old stand together, and what was seen may be gone when it is opened. So what looks broken
 * or unfinished is looked at again before it is said.
 *
 * @param look reads only.
 * @param isConclusive whether a running change cannot explain what was seen.
 * @returns what was seen once it was conclusive, or in the end.
 * @throws what `look` throws in the end.
 */
export async function lookAgain<Seen>(
  clock: Clock,
  look: () => Promise<Seen>,
  isConclusive: (seen: Seen) => boolean,
): Promise<Seen> {
  for (let count = 1; count < looksAgain.count; count++) {
    try {
      const seen = await look();
      if (isConclusive(seen)) return seen;
    } catch {
      // Thrown again by the last look, unless a running change explained it.
    }
    await clock.sleep(looksAgain.interval);
  }
  return await look();
}
