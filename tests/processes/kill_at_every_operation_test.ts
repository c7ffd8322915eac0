import assert from "node:assert/strict";
import { fleet, withDevice } from "../support/device.ts";
import type { TestPair } from "../support/pairs.ts";
import { inParallel } from "./in_parallel.ts";
import { activeAfterRecovery, combinedOf } from "./active_pair.ts";
import { type Ended, runSwapProcess } from "./swap_process.ts";

Deno.test("SIGKILL before any file operation of a swap leaves the old pair or the new one", async () => {
  const { first, second } = await fleet();
  const pairs = [first, second];
  const whole = await swapKilledBefore(Infinity, pairs);
  assert.equal(whole.active, 1);
  const operations = Number(/^swapped (\d+)$/.exec(whole.ended.lines[1] ?? "")?.[1]);
  assert.ok(operations > 100, `a swap has more than ${operations} operations`);

  const outcomes = await inParallel(operations, async (index) => {
    const { ended, active } = await swapKilledBefore(index + 1, pairs);
    assert.equal(ended.signal, "SIGKILL", `it should have died before operation ${index + 1}`);
    assert.deepEqual(ended.lines, ["ready"]);
    return active;
  });
  const commit = outcomes.indexOf(1);
  assert.ok(commit > 0, "no kill came after the commit");
  assert.deepEqual(
    outcomes,
    outcomes.map((_, index) => index < commit ? 0 : 1),
    "from the commit on, and only from there, the new pair stands",
  );
  console.log(`killed at each of ${operations} operations, committed before number ${commit + 1}`);
});

/** Replaces `first` with `second` in a process that dies at an operation, and recovers. */
async function swapKilledBefore(
  killBefore: number,
  pairs: readonly TestPair[],
): Promise<{ ended: Ended; active: number }> {
  const [first, second] = pairs;
  assert.ok(first && second);
  let result: { ended: Ended; active: number } | undefined;
  await withDevice(async (device) => {
    device.activate(first);
    Deno.writeTextFileSync(device.withCombined.combined, combinedOf(first), { mode: 0o600 });
    const newPairs = [device.give("new", second)] as const;
    const kill = Number.isFinite(killBefore) ? { killBefore } : {};
    const ended = await runSwapProcess({ paths: device.withCombined, newPairs, ...kill });
    assert.equal(ended.stderr, "");
    result = { ended, active: await activeAfterRecovery(device, pairs, true) };
  });
  assert.ok(result);
  return result;
}
