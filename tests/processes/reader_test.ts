import assert from "node:assert/strict";
import { denoFileSystem } from "../../lib/system/mod.ts";
import { fleet, withDevice } from "../support/device.ts";
import { combinedOf } from "./active_pair.ts";
import { startSwapProcess } from "./swap_process.ts";

const swaps = 1000;

Deno.test(`a reader of the combined file never sees a mix during ${swaps} swaps`, async () => {
  const { first, second, third } = await fleet();
  await withDevice(async (device) => {
    const paths = device.withCombined;
    device.activate(first);
    Deno.writeTextFileSync(paths.combined, combinedOf(first), { mode: 0o600 });
    const names = new Map([first, second, third].map((pair, index) => [combinedOf(pair), index]));
    const newPairs = [device.give("second", second), device.give("third", third)] as const;
    const process = startSwapProcess({ paths, newPairs, times: swaps });
    await process.start();
    await process.ready;

    let hasEnded = false;
    const ended = process.ended.finally(() => hasEnded = true);
    let reads = 0;
    let changes = 0;
    let last = 0;
    while (!hasEnded) {
      const text = readInParts(paths.combined, reads % 2 === 0 ? 16 * 1024 : 100);
      const seen = names.get(text);
      assert.ok(seen !== undefined, `neither pair: ${JSON.stringify(text)}`);
      if (seen !== last) changes++;
      last = seen;
      // Occasionally, so that the end of the process is noticed.
      if (++reads % 50 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    const { exit, lines, stderr } = await ended;
    assert.deepEqual({ exit, stderr, swaps: lines.length - 1 }, { exit: 0, stderr: "", swaps });
    assert.ok(changes > swaps / 10, `it saw only ${changes} changes in ${reads} reads`);
    console.log(`${reads} reads during ${swaps} swaps saw ${changes} changes and no mix`);
  });
});

/** Reads a file to its end in small pieces, as a slow reader does. */
function readInParts(path: string, size: number): string {
  const handle = denoFileSystem.openFile(path);
  try {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(size);
    let text = "";
    for (let count = handle.read(buffer); count > 0; count = handle.read(buffer)) {
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    return text;
  } finally {
    handle.close();
  }
}
