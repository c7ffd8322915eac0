import assert from "node:assert/strict";
import { refusedScenarios, transactionScenarios } from "./scenarios/transaction_scenarios.ts";
import { walk } from "./model/walk.ts";

for (const mode of ["ordered", "adversarial"] as const) {
  for (const scenario of transactionScenarios) {
    Deno.test(`a transaction of ${scenario.name} is all or nothing after any crashes (${mode})`, async () => {
      const { states } = await walk(scenario, { mode, expected: "succeeded" });
      assert.ok(states > 40, `only ${states} states`);
    });
  }
  for (const { scenario, fault } of refusedScenarios) {
    Deno.test(`a transaction of ${scenario.name} is undone after any crashes (${mode})`, async () => {
      const { states } = await walk(scenario, { mode, fault, expected: "failed" });
      assert.ok(states > 40, `only ${states} states`);
    });
  }
}
