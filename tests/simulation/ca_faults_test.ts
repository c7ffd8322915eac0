/** Errors of the file system in every command of a CA, and in its recovery. */
import { caScenarios, makeCaCast } from "./scenarios/ca_scenarios.ts";
import type { Fate, Operation } from "./model/simulated_file_system.ts";
import { hasEffect } from "./model/step.ts";
import { trace, walk } from "./model/walk.ts";

const errnos = ["ENOSPC", "EIO", "EROFS", "EACCES", "EMFILE"];

Deno.test("an error at any operation of a CA's command gives the right code and no harm", async (t) => {
  const cast = await makeCaCast();
  for (const scenario of await caScenarios(cast)) {
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

Deno.test("an error at any operation of a recovery of a CA is recovered from", async (t) => {
  const cast = await makeCaCast();
  for (const scenario of await caScenarios(cast)) {
    await t.step(scenario.name, async () => {
      await walk(scenario, { mode: "ordered", recoveryFault: "EIO" });
    });
  }
});

/** A full disk refuses new names and content, a read-only disk every change, a failing disk also fsync. */
const persistent: readonly [string, (operation: Operation) => boolean][] = [
  ["ENOSPC", ({ operation }) => ["create", "write", "link", "mkdir"].includes(operation)],
  ["EROFS", (operation) => writes(operation) && operation.operation !== "fsync"],
  ["EIO", writes],
];

function writes(operation: Operation): boolean {
  return hasEffect(operation) || ["create", "write"].includes(operation.operation);
}

Deno.test("a disk that fails for good during a CA's command leads to the right exit code", async (t) => {
  const cast = await makeCaCast();
  for (const scenario of await caScenarios(cast)) {
    await t.step(scenario.name, async () => {
      const visited = new Set<string>();
      const { operations } = await trace(scenario.initial, scenario.run);
      for (const from of operations.keys()) {
        for (const [errno, concerns] of persistent) {
          const fault = (operation: Operation, index: number): Fate =>
            index >= from && concerns(operation) ? { errno } : "run";
          await walk(scenario, { mode: "ordered", fault, visited });
        }
      }
    });
  }
});
