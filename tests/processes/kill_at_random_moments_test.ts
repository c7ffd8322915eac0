import assert from "node:assert/strict";
import { denoClock } from "../../lib/system/mod.ts";
import { fleet, withDevice } from "../support/device.ts";
import type { TestPair } from "../support/pairs.ts";
import { SeededRandom } from "../support/random.ts";
import { inParallel } from "./in_parallel.ts";
import { activeAfterRecovery } from "./active_pair.ts";
import { startSwapProcess } from "./swap_process.ts";

const kills = 240;

/**
 * A process is killed after at most this many reported swaps, at a random moment of a swap.
 */
const latest = 2;

Deno.test(`${kills} kills at random moments leave an old or new pair and lose no reported swap`, async () => {
  const { first, second, third } = await fleet();
  const pairs = [first, second, third];
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  console.log(`seed ${seed}`);
  const random = new SeededRandom(seed);
  // Counted in swaps, not in milliseconds: on a busy machine a swap takes ten times as long.
  const moments = Array.from({ length: kills }, () => ({
    swaps: random.below(latest + 1),
    share: random.below(1000) / 1000,
  }));
  const firstSwap = await timeOfFirstSwap(first, second);
  const reported = await inParallel(kills, async (index) => {
    let swaps = 0;
    await withDevice(async (device) => {
      device.activate(first);
      const newPairs = [device.give("second", second), device.give("third", third)] as const;
      const process = startSwapProcess({ paths: device.paths, newPairs, times: 1_000_000 });
      await process.start();
      const { swaps: earlier = 0, share = 0 } = moments[index] ?? {};
      await process.ready;
      const begin = performance.now();
      await process.hasSwapped(earlier);
      const pace = earlier === 0 ? firstSwap : (performance.now() - begin) / earlier;
      await denoClock.sleep(share * pace);
      process.kill("SIGKILL");
      const { signal, lines, stderr } = await process.ended;
      assert.equal(stderr, "");
      assert.equal(signal, "SIGKILL");
      swaps = lines.filter((line) => line.startsWith("swapped")).length;
      const active = await activeAfterRecovery(device, pairs, false);
      const allowed = [activeAfter(swaps), activeAfter(swaps + 1)];
      assert.ok(
        allowed.includes(active),
        `seed ${seed}, kill ${index}: pair ${active} is active after ${swaps} reported swaps`,
      );
    });
    return swaps;
  });
  assert.ok(reported.some((swaps) => swaps === 0), "some are killed during their first swap");
  assert.ok(reported.some((swaps) => swaps > 0), "some are killed during a later one");
});

/** Milliseconds from when a process is ready to its first report, measured on this machine. */
async function timeOfFirstSwap(active: TestPair, next: TestPair): Promise<number> {
  let taken = 0;
  await withDevice(async (device) => {
    device.activate(active);
    const process = startSwapProcess({
      paths: device.paths,
      newPairs: [device.give("next", next)],
    });
    await process.start();
    await process.ready;
    const begin = performance.now();
    await process.hasSwapped(1);
    taken = performance.now() - begin;
    await process.ended;
  });
  return taken;
}

/** Which pair is active after this many swaps: the first, then the second and the third in turn. */
function activeAfter(swaps: number): number {
  return swaps === 0 ? 0 : 1 + (swaps + 1) % 2;
}
