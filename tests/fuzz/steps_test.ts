import assert from "node:assert/strict";
import { denoRunArguments } from "../support/run_deno.ts";
import { v8Flags } from "./steps.ts";

/** One line of what count_steps.ts prints. */
interface Counted {
  readonly name: string;
  /** For an input of some size, and for the same input again. */
  readonly once: number;
  readonly again: number;
  /** For an input twice as long. */
  readonly twice: number;
}

/** The number of steps that do not depend on the input. */
const constant = 300;

async function countSteps(): Promise<readonly Counted[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...denoRunArguments, `--v8-flags=${v8Flags.join(",")}`, "tests/fuzz/count_steps.ts"],
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("every parser takes at most twice the steps for twice the input", async (test) => {
  const counted = await countSteps();
  assert.ok(counted.length > 120, `${counted.length}`);
  for (const { name, once, again, twice } of counted) {
    await test.step(name, () => {
      assert.equal(again, once, "the same input takes the same steps");
      if (name === "sorting") {
        assert.ok(twice > 2 * once + constant, `${once} steps, then ${twice}: not more than twice`);
      } else assert.ok(twice <= 2 * once + constant, `${once} steps, then ${twice}`);
    });
  }
});
