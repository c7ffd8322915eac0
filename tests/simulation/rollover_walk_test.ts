/** Tests every crash state of the steps of a rollover: the same command, run again, ends each of them. */
import assert from "node:assert/strict";
import { walk } from "./model/walk.ts";
import { rolloverScenarios } from "./scenarios/rollover_scenarios.ts";

/** The walks of all states are left to `deno task walk`. */
const oneIn: Readonly<Record<string, number>> = {
  "ca rollover start": 16,
  "ca rollover cancel": 4,
};

Deno.test("a step of a rollover that crashed anywhere is ended by the same command", async (t) => {
  let total = 0;
  for (const scenario of await rolloverScenarios()) {
    await t.step(scenario.name, async () => {
      const sample = { oneIn: oneIn[scenario.name] ?? 1 };
      total += (await walk(scenario, { mode: "ordered", expected: "succeeded", ...sample })).states;
    });
  }
  assert.ok(total > 300, `only ${total} states`);
  console.log(`walked ${total} crash states of rollovers, no violation`);
});
