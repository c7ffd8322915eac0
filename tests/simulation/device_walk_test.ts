import { deviceScenarios, failingSwaps, makeCast } from "./device_scenarios.ts";
import type { Fate, Operation } from "./simulated_file_system.ts";
import { hasEffect } from "./step.ts";
import { trace, walk } from "./walk.ts";

/*
 * After any crashes, recovery leaves the old pair or the new one: complete, matching, with owner and modes,
 * nothing of certswap's beside it but `.certswap/`, nothing of the user's touched, and what was reported stays.
 */

for (const mode of ["ordered", "adversarial"] as const) {
  Deno.test(`the device stands with the old pair or the new one after any crashes (${mode})`, async (t) => {
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

const errnos = ["ENOSPC", "EIO", "EROFS", "EACCES", "EMFILE"];

Deno.test("an error at any operation of a device's command ends with a true exit code and harms nothing", async (t) => {
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
