/** Copies of a pair whose change was cut short. */
import assert from "node:assert/strict";
import { prepareCopy } from "../../../lib/device/output/mod.ts";
import { RecoveryDueError } from "../../../lib/device/errors.ts";
import { swap } from "../../../lib/device/mod.ts";
import { denoFileSystem, join } from "../../../lib/system/mod.ts";
import { fleet, swapDefaults, withDevice } from "../../support/device.ts";
import type { TestPair } from "../../support/pairs.ts";
import { testSystem } from "../../support/test_world.ts";
import { watchedFileSystem } from "../../support/watched_file_system.ts";

/** Simulates the end of a process: nothing on the disk is done after it. */
class Cut extends Error {}

/** A real file system on which no operation is done from the one of this number on. */
function cutBefore(number: number) {
  let count = 0;
  const files = watchedFileSystem(denoFileSystem, (operation) => {
    // A process that ends closes its files.
    if (operation !== "close" && ++count >= number) throw new Cut();
  });
  return { files, isCut: () => count >= number };
}

const textOf = ({ keyPem, chainPem }: TestPair): string => keyPem + chainPem;

Deno.test("wherever a swap is cut short, a copy is of the old or the new pair, or refused", async () => {
  const { first, second } = await fleet();
  const seen = new Set<string>();
  let isDone = false;
  for (let number = 1; !isDone; number++) {
    await withDevice(async (device) => {
      device.activate(first);
      const newPair = device.give("new", second);
      const { files, isCut } = cutBefore(number);
      const cut = testSystem({ files });
      try {
        await swap(cut, device.paths, { ...swapDefaults, newPair });
      } catch (error) {
        assert.ok(error instanceof Error);
      }
      isDone = !isCut();
      try {
        const { content } = await prepareCopy(testSystem(), device.paths, {
          format: "pem",
          contains: ["key", "chain"],
          out: join(device.root, "copy"),
          profile: "modern",
        });
        const text = new TextDecoder().decode(content);
        assert.ok([textOf(first), textOf(second)].includes(text), `cut before ${number}`);
        seen.add(text === textOf(first) ? "old" : "new");
      } catch (error) {
        assert.ok(error instanceof RecoveryDueError, String(error));
        seen.add("refused");
      }
    });
  }
  assert.deepEqual([...seen].sort(), ["new", "old", "refused"]);
});
