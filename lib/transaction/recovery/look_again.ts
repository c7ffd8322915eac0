/** Looks at files without a lock, while another run may be changing them. Only reads. */
import type { Clock } from "../../system/mod.ts";

/** How often, and at which interval in milliseconds, to look at what a running change may explain. */
const usualLooks = { count: 3, interval: 50 };

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
  { count: looks, interval } = usualLooks,
): Promise<Seen> {
  for (let count = 1; count < looks; count++) {
    try {
      const seen = await look();
      if (isConclusive(seen)) return seen;
    } catch {
      // The last look throws it again, unless a running change explained it.
    }
    await clock.sleep(interval);
  }
  return await look();
}
