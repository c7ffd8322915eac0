import assert from "node:assert/strict";
import { type Disk, visibleFiles } from "./model/disk.ts";
import { powerCuts } from "./model/power_cut.ts";
import { trace, walk } from "./model/walk.ts";
import { refusedScenarios, transactionScenarios } from "./scenarios/transaction_scenarios.ts";

for (const mode of ["ordered", "adversarial"] as const) {
  for (const scenario of transactionScenarios) {
    Deno.test(`a transaction of ${scenario.name} is all or nothing after any crashes (${mode})`, async () => {
      const { states } = await walk(scenario, { mode, expected: "succeeded" });
      assert.ok(states > 10, `only ${states} states`);
    });
  }
  for (const { scenario, fault } of refusedScenarios) {
    Deno.test(`a transaction of ${scenario.name} is undone after any crashes (${mode})`, async () => {
      const { states } = await walk(scenario, { mode, fault, expected: "failed" });
      assert.ok(states > 10, `only ${states} states`);
    });
  }
}

const runs = [...transactionScenarios.map((scenario) => ({ scenario })), ...refusedScenarios];

for (const { scenario, ...options } of runs) {
  const old = visibleFiles(scenario.initial).get("/d/current");
  if (old === undefined) continue;
  Deno.test(`a reader meets the old or the new link at every moment of ${scenario.name}`, async () => {
    const seen = new Set<unknown>();
    const look = (disks: readonly Disk[]): void => {
      for (const disk of disks) {
        for (const left of [disk, ...powerCuts(disk, "adversarial")]) {
          seen.add(visibleFiles(left).get("/d/current"));
        }
      }
    };
    const { disks } = await trace(scenario.initial, scenario.run, options);
    look(disks);
    for (const disk of disks) look((await trace(disk, scenario.recover)).disks);
    assert.deepEqual([...seen].sort(), ["link to versions/1", "link to versions/2"]);
  });
}
