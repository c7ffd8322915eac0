/**
 * A pair on two disks, of which one is missing when a crash is recovered from: nothing is written under its mount
 * point, nothing of the pair is removed, and once it is back recovery leaves the old pair or the new one.
 */
import { makeCast } from "./scenarios/device_scenarios.ts";
import { mountScenarios } from "./scenarios/mount_scenarios.ts";
import { walk } from "./model/walk.ts";

for (const mode of ["ordered", "adversarial"] as const) {
  Deno.test(`a disk that is missing at the next start costs nothing, whatever crashed (${mode})`, async (t) => {
    let total = 0;
    for (const scenario of await mountScenarios(await makeCast())) {
      await t.step(scenario.name, async () => {
        total += (await walk(scenario, { mode, expected: "succeeded" })).states;
      });
    }
    console.log(`walked ${total} crash states with a disk that is missing (${mode}), no violation`);
  });
}
