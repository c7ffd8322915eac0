import { makeCast } from "./scenarios/device_plot.ts";
import { deviceScenarios, failingSwaps } from "./scenarios/device_scenarios.ts";
import { walk } from "./model/walk.ts";

/*
 * After any crashes, recovery leaves the old pair or the new one: complete, matching, with the right owner
 * and modes. Of certswap's files only `.certswap/` is left, no file of the user's is touched, and what was
 * reported remains true.
 */

for (const mode of ["ordered", "adversarial"] as const) {
  Deno.test(`the device has the old pair or the new one after any crashes (${mode})`, async (t) => {
    const cast = await makeCast();
    let total = 0;
    for (const scenario of deviceScenarios(cast)) {
      await t.step(scenario.name, async () => {
        total += (await walk(scenario, { mode, expected: "succeeded" })).states;
      });
    }
    for (const { scenario, fault } of failingSwaps(cast)) {
      await t.step(scenario.name, async () => {
        total += (await walk(scenario, { mode, fault, expected: "failed" })).states;
      });
    }
    console.log(`walked ${total} crash states of the device's commands (${mode}), no violation`);
  });
}
