import { makeCast } from "./scenarios/device_plot.ts";
import { deviceScenarios } from "./scenarios/device_scenarios.ts";
import type { Fate, Operation } from "./model/simulated_file_system.ts";
import { hasEffect } from "./model/step.ts";
import { trace, walk } from "./model/walk.ts";

/** Other errnos take the same code paths, which `faults_test.ts` walks for transactions alone. */
const errnos = ["ENOSPC", "EIO"];

Deno.test("an error anywhere in a device's command exits with the right code and does no harm", async (t) => {
  const cast = await makeCast();
  for (const scenario of deviceScenarios(cast)) {
    await t.step(scenario.name, async () => {
      const visited = new Set<string>();
      const { operations } = await trace(scenario.initial, scenario.run);
      for (const [faulty, operation] of operations.entries()) {
        // Every error of a read has the same effect. Writes fail for other reasons.
        const isWrite = hasEffect(operation) || ["create", "write"].includes(operation.operation);
        for (const errno of isWrite ? errnos : ["EIO"]) {
          const fault = (_: Operation, index: number): Fate => index === faulty ? { errno } : "run";
          await walk(scenario, { mode: "ordered", fault, visited });
        }
      }
    });
  }
});
