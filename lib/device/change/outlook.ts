import type { Clock, System } from "../../system/mod.ts";
import { inspect, type RecoveryOutlook } from "../../transaction/mod.ts";
import type { Pair } from "../pair/layout.ts";

/** What recovery would do for a pair that has been resolved: `clean` where it has nothing to do. Reads only. */
export async function outlookOf(system: System, pair: Pair): Promise<RecoveryOutlook> {
  return await inspect(system, pair.site);
}

/** How often, and how far apart in milliseconds, one looks again at what a running change may explain. */
const looks = { count: 3, interval: 50 };

/**
 * Looks at what another run may be changing just now: its journal looks like a crash's, between two of its
 * renames new and old stand together, and what was seen may be gone when it is opened. So what looks broken
 * or unfinished is looked at again before it is said.
 *
 * @param look reads only.
 * @returns what was seen once it was settled, or in the end.
 * @throws what `look` throws in the end.
 */
export async function lookAgain<Seen>(
  clock: Clock,
  look: () => Promise<Seen>,
  isSettled: (seen: Seen) => boolean,
): Promise<Seen> {
  for (let count = 1; count < looks.count; count++) {
    try {
      const seen = await look();
      if (isSettled(seen)) return seen;
    } catch {
      // Thrown again by the last look, unless a running change explained it.
    }
    await clock.sleep(looks.interval);
  }
  return await look();
}
