import assert from "node:assert/strict";
import { type Disk, keyOf } from "./model/disk.ts";
import { type Mode, powerCuts } from "./model/power_cut.ts";
import { refusedScenarios, transactionScenarios } from "./scenarios/transaction_scenarios.ts";
import { trace } from "./model/walk.ts";

/**
 * What power cuts may leave of these disks, of each but the first without what they leave
 * of the one before.
 */
function cutsInSteps(disks: readonly Disk[], mode: Mode): Disk[] {
  return disks.flatMap((disk, index) => [...powerCuts(disk, mode, disks[index - 1])]);
}

const keysOf = (disks: readonly Disk[]): Set<string> => new Set(disks.map(keyOf));

for (const mode of ["ordered", "adversarial"] as const) {
  Deno.test(`powerCuts() step by step omits nothing and spares what was seen before (${mode})`, async () => {
    let all = 0;
    let spared = 0;
    const runs = [
      ...transactionScenarios.map((scenario) => ({ scenario })),
      ...refusedScenarios,
    ];
    for (const { scenario, ...options } of runs) {
      const { disks } = await trace(scenario.initial, scenario.run, options);
      const recoveries = disks.map(async (disk) => (await trace(disk, scenario.recover)).disks);
      for (const steps of [disks, ...await Promise.all(recoveries)]) {
        const atOnce = steps.flatMap((disk) => [...powerCuts(disk, mode)]);
        const inSteps = cutsInSteps(steps, mode);
        assert.deepEqual(keysOf(inSteps), keysOf(atOnce));
        all += atOnce.length;
        spared += atOnce.length - inSteps.length;
      }
    }
    assert.ok(spared > all / 3, `only ${spared} of ${all}`);
  });
}
