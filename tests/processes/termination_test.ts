import assert from "node:assert/strict";
import { fleet, withDevice } from "../support/device.ts";
import { inParallel } from "./in_parallel.ts";
import { activePair } from "./active_pair.ts";
import { type Ended, runSwapProcess } from "./swap_process.ts";

const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** The possible results of a swap that receives a signal. */
const endings = ["finished", "interrupted", "died"] as const;

Deno.test("SIGTERM, SIGINT or SIGHUP anywhere in a swap leaves one pair and nothing to recover", async () => {
  const { ended } = await swapSignalledBefore(Infinity);
  const operations = Number(/^swapped (\d+)$/.exec(ended.lines[1] ?? "")?.[1]);
  assert.ok(operations > 100, `a swap has more than ${operations} operations`);
  const results = await inParallel(operations, (index) => swapSignalledBefore(index + 1));
  const counts = endings.map((ending) => results.filter((result) => result.how === ending).length);
  console.log(endings.map((ending, index) => `${counts[index]} ${ending}`).join(", "));
  // A busy machine may deliver the signal late, even after the commit. That is allowed.
  const [finished = 0, interrupted = 0] = counts;
  assert.ok(finished > 0 && interrupted > 10, "some come before the commit, some after it");
});

/** Swaps in a process that gets a signal at an operation. */
async function swapSignalledBefore(
  operation: number,
): Promise<{ ended: Ended; how: typeof endings[number] }> {
  const { first, second } = await fleet();
  const signal = signals[operation % signals.length] ?? "SIGTERM";
  let ended: Ended | undefined;
  await withDevice(async (device) => {
    device.activate(first);
    const newPairs = [device.give("new", second)] as const;
    const told = Number.isFinite(operation) ? { signalBefore: { operation, signal } } : {};
    ended = await runSwapProcess({ paths: device.paths, newPairs, ...told });
    assert.equal(ended.stderr, "");
    // Without recovery: the process has already undone or finished its change.
    const active = activePair(device, [first, second], false);
    const allowed = allowedAfter(ended, signal);
    assert.ok(allowed.includes(active), `pair ${active}: ${JSON.stringify(ended)}`);
  });
  assert.ok(ended);
  const how = ended.signal !== null ? "died" : ended.exit === 0 ? "finished" : "interrupted";
  return { ended, how };
}

function allowedAfter({ exit, signal, lines }: Ended, sent: Deno.Signal): readonly number[] {
  if (signal !== null) {
    // Before it takes the lock, and after it releases it, the signal simply ends it.
    assert.equal(signal, sent);
    return [0, 1];
  }
  if (exit === 0) return [1];
  assert.equal(lines[1], "interrupted");
  return [0];
}
