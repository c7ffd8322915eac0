/**
 * A pair on two disks, one of which is missing when a crash is recovered from: nothing is written under its
 * mount point, nothing of the pair is removed, and once it is back, the pair is the old one or the new one.
 */
import { makeCast } from "./scenarios/device_plot.ts";
import { mountScenarios } from "./scenarios/mount_scenarios.ts";
import { walk } from "./model/walk.ts";

/** The others take the same code paths, and are walked by `deno task walk`. */
const walked = /^swap, first pair|^(?:stage|swap, replacing).* \/k$/;

Deno.test("after any crash, a disk that is missing at the next start loses nothing", async (t) => {
  let total = 0;
  for (const scenario of await mountScenarios(await makeCast())) {
    if (!walked.test(scenario.name)) continue;
    await t.step(scenario.name, async () => {
      total += (await walk(scenario, { mode: "ordered", expected: "succeeded" })).states;
    });
  }
  console.log(`walked ${total} crash states with a disk that is missing, no violation`);
});
