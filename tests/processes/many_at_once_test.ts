import assert from "node:assert/strict";
import { fleet, withDevice } from "../support/device.ts";
import { activePair, combinedOf } from "./active_pair.ts";
import { startSwapProcess } from "./swap_process.ts";

const processes = 20;
const swapsEach = 5;

Deno.test(`${processes} processes that swap the same pair concurrently all succeed`, async () => {
  const { first, second, third } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    Deno.writeTextFileSync(device.withCombined.combined, combinedOf(first), { mode: 0o600 });
    const [a, b] = [device.give("second", second), device.give("third", third)];
    const paths = device.withCombined;
    const racers = Array.from({ length: processes }, (_, index) =>
      startSwapProcess({
        paths,
        newPairs: index % 2 === 0 ? [a, b] : [b, a],
        times: swapsEach,
        waits: true,
      }));
    await Promise.all(racers.map((racer) => racer.ready));
    await Promise.all(racers.map((racer) => racer.start()));
    for (const { exit, lines, stderr } of await Promise.all(racers.map((racer) => racer.ended))) {
      assert.equal(stderr, "");
      // The last line of a failed process is the code of its error.
      const swaps = lines.filter((line) => line.startsWith("swapped")).length;
      assert.deepEqual({ exit, swaps }, { exit: 0, swaps: swapsEach }, lines.at(-1));
    }
    // Without recovery: the last process left nothing to recover.
    assert.ok(activePair(device, [first, second, third], true) > 0);
  });
});
