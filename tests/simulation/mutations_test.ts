import assert from "node:assert/strict";
import { visibleFiles } from "./model/disk.ts";
import { isNamedBy, type MutationRow, mutations, toMutation } from "./scenarios/mutations.ts";
import { hasEffect, stepNamer } from "./model/step.ts";
import type { Operation } from "./model/simulated_file_system.ts";
import {
  type FailingScenario,
  refusedScenarios,
  transactionScenarios,
} from "./scenarios/transaction_scenarios.ts";
import { type Scenario, trace, Violation, walk } from "./model/walk.ts";

interface Run {
  readonly scenario: Scenario;
  readonly fault?: FailingScenario["fault"];
}

/** The small ones first: they catch most mutations. */
const runs: readonly Run[] = [
  ...transactionScenarios.map((scenario) => ({ scenario })),
  ...refusedScenarios,
].sort((a, b) => sizeOf(a) - sizeOf(b));

function sizeOf({ scenario }: Run): number {
  return visibleFiles(scenario.initial).size;
}

for (const row of mutations) {
  Deno.test(`the walk catches a protocol without ${row.without}: ${row.breaks}`, async () => {
    assert.ok(await isCaught(row), "no scenario noticed");
  });
}

async function isCaught(row: MutationRow): Promise<boolean> {
  const mutation = toMutation(row);
  for (const run of runs) {
    const expected = run.fault === undefined ? "succeeded" : "failed";
    try {
      await walk(run.scenario, { ...run, mode: "adversarial", expected, mutation });
    } catch (error) {
      if (error instanceof Violation) return true;
      throw error;
    }
  }
  return false;
}

Deno.test("every step of the protocol that has an effect has its mutation", async () => {
  const unnamed = new Set<string>();
  const note = (operations: readonly Operation[]): void => {
    const nameStep = stepNamer();
    for (const operation of operations) {
      const step = nameStep(operation);
      if (hasEffect(operation) && !mutations.some((row) => isNamedBy(row, step))) {
        unnamed.add(`${step.what}, after ${step.after}`);
      }
    }
  };
  for (const { scenario, ...options } of runs) {
    const { operations, disks } = await trace(scenario.initial, scenario.run, options);
    note(operations);
    for (const disk of disks) note((await trace(disk, scenario.recover)).operations);
  }
  assert.deepEqual([...unnamed], []);
});
