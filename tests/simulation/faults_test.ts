import assert from "node:assert/strict";
import type { Fate, Operation } from "./model/simulated_file_system.ts";
import { hasEffect, stepNamer } from "./model/step.ts";
import { transactionScenarios } from "./scenarios/transaction_scenarios.ts";
import { type Report, type Scenario, trace, walk } from "./model/walk.ts";

const errnos = ["ENOSPC", "EIO", "EROFS", "EACCES", "EMFILE"];

for (const scenario of transactionScenarios) {
  Deno.test(`an error at any operation of ${scenario.name} ends as documented, without harm`, async () => {
    const visited = new Set<string>();
    const expected = await expectedReports(scenario);
    for (const [faulty, report] of expected.entries()) {
      for (const errno of errnos) {
        const fault = (_: Operation, index: number): Fate => index === faulty ? { errno } : "run";
        await walk(scenario, { mode: "ordered", fault, expected: report, visited });
      }
    }
    assert.ok(expected.length > 20, "too few operations to be a transaction");
  });

  Deno.test(`a disk that fails for good during ${scenario.name} leads to a true report`, async () => {
    const visited = new Set<string>();
    const { operations } = await trace(scenario.initial, scenario.run);
    for (const from of operations.keys()) {
      for (const [errno, concerns] of persistent) {
        const fault = (operation: Operation, index: number): Fate =>
          index >= from && concerns(operation) ? { errno } : "run";
        await walk(scenario, { mode: "ordered", fault, visited });
      }
    }
    assert.ok(visited.size > 0);
  });

  Deno.test(`an error at any operation of a recovery from ${scenario.name} is recovered from`, async () => {
    const { states } = await walk(scenario, { mode: "ordered", recoveryFault: "EIO" });
    assert.ok(states > 10, `only ${states} states`);
  });
}

/**
 * A full disk refuses new names and content, a read-only disk every change, a failing disk also fsync.
 */
const persistent: readonly [string, (operation: Operation) => boolean][] = [
  ["ENOSPC", ({ operation }) => ["create", "write", "link", "mkdir"].includes(operation)],
  ["EROFS", (operation) => writes(operation) && operation.operation !== "fsync"],
  ["EIO", writes],
];

function writes(operation: Operation): boolean {
  return hasEffect(operation) || ["create", "write"].includes(operation.operation);
}

/** How the transaction has to end when one operation fails once: an entry for each operation. */
async function expectedReports(scenario: Scenario): Promise<readonly Report[]> {
  const { operations } = await trace(scenario.initial, scenario.run);
  const nameStep = stepNamer();
  const isOneFile = !operations.some(({ path }) => path.endsWith(".journal"));
  let stage: "before" | "after" | "finishing" = "before";
  const lock = operations.findIndex((operation) => operation.operation === "lock");
  return operations.map((operation, index) => {
    const { what } = nameStep(operation);
    // The note about the holder of the lock is only informative.
    if (index > lock && operation.path.endsWith(".lock")) return "succeeded";
    if (what === "unlink journal") stage = "finishing";
    const report = reportOf(operation, stage);
    if (what === "rename journal draft" || (isOneFile && what === "rename staged file")) {
      stage = "after";
    }
    return report;
  });
}

function reportOf(operation: Operation, stage: "before" | "after" | "finishing"): Report {
  switch (stage) {
    case "before":
      return "failed";
    case "after":
      return operation.operation === "fsync" ? "unknown" : "failed";
    case "finishing":
      return "warned";
  }
}
