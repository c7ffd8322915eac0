/** Errors of the file system in every command of a CA, and in its recovery. */
import { type CaCast, caScenarios, makeCaCast } from "./scenarios/ca_scenarios.ts";
import type { Fate, Operation } from "./model/simulated_file_system.ts";
import { hasEffect } from "./model/step.ts";
import { type Scenario, trace, walk, type WalkOptions } from "./model/walk.ts";

/** Without three certificates that are staged at the same time, which takes minutes: two show the same. */
async function shortScenarios(cast: CaCast): Promise<readonly Scenario[]> {
  return (await caScenarios(cast)).filter(({ name }) =>
    name !== "ca sign, three requests" && !name.startsWith("ca serve")
  );
}

/**
 * Of those with the most operations, recovery is walked from a sample of the states that an error may leave.
 * What the command itself reports is checked for every error.
 */
function sampleOf({ name }: Scenario): Pick<WalkOptions, "oneIn"> {
  return /^ca (?:sign, two|sign --renew|import|check --repair, after)/.test(name)
    ? { oneIn: 10 }
    : {};
}

const errnos = ["ENOSPC", "EIO", "EROFS", "EACCES", "EMFILE"];

Deno.test("an error at any operation of a CA command gives the right exit code and no damage", async (t) => {
  const cast = await makeCaCast();
  for (const scenario of await shortScenarios(cast)) {
    await t.step(scenario.name, async () => {
      const visited = new Set<string>();
      const { operations } = await trace(scenario.initial, scenario.run);
      for (const [faulty, operation] of operations.entries()) {
        // All errors of reading are handled alike; those of writing are not.
        const isWrite = hasEffect(operation) || ["create", "write"].includes(operation.operation);
        for (const errno of isWrite ? errnos : ["EIO"]) {
          const fault = (_: Operation, index: number): Fate => index === faulty ? { errno } : "run";
          await walk(scenario, { mode: "ordered", fault, visited, ...sampleOf(scenario) });
        }
      }
    });
  }
});

Deno.test("a CA recovers after an error at any operation of recovery", async (t) => {
  const cast = await makeCaCast();
  for (const scenario of await shortScenarios(cast)) {
    await t.step(scenario.name, async () => {
      await walk(scenario, { mode: "ordered", recoveryFault: "EIO", ...sampleOf(scenario) });
    });
  }
});

/** A full disk accepts no names and no content, a read-only one nothing, and a failing one no fsync. */
const persistent: readonly [string, (operation: Operation) => boolean][] = [
  ["ENOSPC", ({ operation }) => ["create", "write", "link", "mkdir"].includes(operation)],
  ["EROFS", (operation) => writes(operation) && operation.operation !== "fsync"],
  ["EIO", writes],
];

function writes(operation: Operation): boolean {
  return hasEffect(operation) || ["create", "write"].includes(operation.operation);
}

Deno.test("a disk that starts to fail during a command gives the right exit code", async (t) => {
  const cast = await makeCaCast();
  for (const scenario of await shortScenarios(cast)) {
    await t.step(scenario.name, async () => {
      const visited = new Set<string>();
      const { operations } = await trace(scenario.initial, scenario.run);
      for (const from of operations.keys()) {
        for (const [errno, concerns] of persistent) {
          const fault = (operation: Operation, index: number): Fate =>
            index >= from && concerns(operation) ? { errno } : "run";
          await walk(scenario, { mode: "ordered", fault, visited, ...sampleOf(scenario) });
        }
      }
    });
  }
});
