import assert from "node:assert/strict";
import { trustScenarios } from "./scenarios/trust_scenarios.ts";
import { walk } from "./model/walk.ts";

Deno.test("a change of a trust bundle is whole after any crash, and no hook is forgotten", async (t) => {
  for (const scenario of await trustScenarios()) {
    await t.step(scenario.name, async () => {
      const { states } = await walk(scenario, { mode: "ordered", expected: "succeeded" });
      assert.ok(states > 20, `only ${states} states`);
    });
  }
});
