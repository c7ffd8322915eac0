/** A real `certswap ca rollover` that is killed: the same command completes the step. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { denoSystem, join } from "../../../lib/system/mod.ts";
import { runDeno } from "../../support/run_deno.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { runCli } from "../../support/test_world.ts";
import type { CommandOrder } from "./enrol_child.ts";

const child = fileURLToPath(new URL("enrol_child.ts", import.meta.url));

for (const store of ["directory", "sqlite"]) {
  Deno.test(`${store}: steps of a rollover that are killed are completed by the same command`, async () => {
    await withTemporaryDirectory(async (root) => {
      const [old, next] = [join(root, "old"), join(root, "next")];
      const run = async (words: readonly string[], directory = old): Promise<string> => {
        const all = ["ca", ...words, "--data-dir", directory];
        const { exit, stdout, stderr } = await runCli(all, { system: denoSystem });
        assert.equal(exit, 0, `${words.join(" ")}: ${stderr}`);
        return stdout;
      };
      await run(["init", "--subject", "CN=Old", "--store", store]);
      await run(["token", "create"]);
      // The changes of the disk before which the process is killed: few, and in different parts of a step.
      const steps: readonly (readonly [readonly string[], readonly number[]])[] = [
        [["start", "--next", next, "--subject", "CN=New"], [9, 21]],
        [["switch"], [3, 6]],
        [["finish"], [2, 5]],
      ];
      for (const [step, kills] of steps) {
        const words = ["rollover", ...step];
        for (const killBefore of kills) {
          const order: CommandOrder = {
            words: ["ca", ...words, "--data-dir", old],
            killBefore,
          };
          const { signal, stderr } = await runDeno([child, JSON.stringify(order)]);
          assert.equal(signal, "SIGKILL", `${words.join(" ")} before ${killBefore}: ${stderr}`);
        }
        await run(words);
        for (const ca of [old, next]) assert.match(await run(["check"], ca), /^CA check: OK/);
      }
      assert.equal(JSON.parse(await run(["rollover", "status", "--json"])).phase, "finished");
      assert.equal(JSON.parse(await run(["token", "list", "--json"], next)).tokens.length, 1);
    });
  });
}
