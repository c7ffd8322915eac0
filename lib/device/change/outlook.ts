/** Looks at a pair that another run may be changing at this moment. Only reads. */
import type { Clock, System } from "../../system/mod.ts";
import { inspect, type RecoveryOutlook } from "../../transaction/mod.ts";
import type { Pair } from "../pair/mod.ts";
import { looksAgain } from "../retry.ts";

/** What recovery would do for a resolved pair: `clean` if nothing. */
export async function inspectPair(system: System, pair: Pair): Promise<RecoveryOutlook> {
  return await inspect(system, pair.site);
}

/**
 * Looks at files that another run may be changing: its journal looks like that of a crash, between two
 * renames new and old files are mixed, and a file may be gone when it is opened. So anything that looks
 * broken or unfinished is checked again before it is reported.
 *
 * @param look only reads.
 * @param isConclusive whether a running change cannot explain what was seen.
 * @returns the first conclusive result, or the last one.
 * @throws what the last `look` throws.
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
      // The last look throws it again, unless a running change explained it.
    }
    await clock.sleep(looksAgain.interval);
  }
  return await look();
}
