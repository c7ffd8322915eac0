import { deviceScenarios, makeCast } from "./scenarios/device_scenarios.ts";
import type { Fate, Operation } from "./model/simulated_file_system.ts";
import { hasEffect } from "./model/step.ts";
import { trace, walk } from "./model/walk.ts";

/** Every other errno takes the same ways, which `faults_test.ts` walks for transactions by themselves. */
const errnos = ["ENOSPC", "EIO"];

Deno.test("an error anywhere in a device's command has a true exit code and does no harm", async (t) => {
  const cast = await makeCast();
  for (const scenario of deviceScenarios(cast)) {
    await t.step(scenario.name, async () => {
      const visited = new Set<string>();
      const { operations } = await trace(scenario.initial, scenario.run);
      for (const [faulty, operation] of operations.entries()) {
        // Reading fails alike whatever the reason; writing has reasons of its own.
        const isWrite = hasEffect(operation) || ["create", "write"].includes(operation.operation);
        for (const errno of isWrite ? errnos : ["EIO"]) {
          const fault = (_: Operation, index: number): Fate => index === faulty ? { errno } : "run";
          await walk(scenario, { mode: "ordered", fault, visited });
        }
      }
    });
  }
});
