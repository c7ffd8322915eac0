import type { Fate, Operation } from "./model/simulated_file_system.ts";
import { makeRotationCast, rotationScenarios } from "./scenarios/rotation_scenarios.ts";
import { trace, walk } from "./model/walk.ts";

/** Other errnos take the same code paths, which `faults_test.ts` walks for transactions alone. */
const errnoOf = ({ operation }: Operation): string =>
  ["create", "write", "link", "mkdir"].includes(operation) ? "ENOSPC" : "EIO";

/**
 * Scenarios with more files, another reason, or a third kind of failing service. Otherwise they take the
 * same code paths as the others.
 */
const passedOver = ["with a combined file", "another name", "breaks the service"];

Deno.test("an error at any operation of a rotation gives the right code and forgets nothing", async (t) => {
  const cast = await makeRotationCast();
  for (const scenario of rotationScenarios(cast)) {
    if (passedOver.some((part) => scenario.name.includes(part))) continue;
    await t.step(scenario.name, async () => {
      const visited = new Set<string>();
      const { operations } = await trace(scenario.initial, scenario.run);
      for (const [faulty, operation] of operations.entries()) {
        const errno = errnoOf(operation);
        const fault = (_: Operation, index: number): Fate => index === faulty ? { errno } : "run";
        await walk(scenario, { mode: "ordered", fault, visited });
      }
    });
  }
});
