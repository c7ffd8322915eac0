/** Tests every crash state of the commands that make and renew intermediates and roots. */
import assert from "node:assert/strict";
import {
  failingHierarchyChanges,
  hierarchyScenarios,
  makeHierarchyCast,
} from "./scenarios/hierarchy_scenarios.ts";
import type { Fate, Operation } from "./model/simulated_file_system.ts";
import { hasEffect } from "./model/step.ts";
import { trace, walk } from "./model/walk.ts";

/*
 * After any crashes, recovery leaves the old or the new CAs, or what the same command continues: a CA that
 * waits for its certificate, whether it was signed or not.
 */

/** In an adversarial order, the others are left to `deno task walk`, where they take minutes. */
const inAnyOrder = ["ca init --request", "ca activate", "ca root renew"];

/** Left to `deno task walk` as well: it changes the same files as `ca sign`. */
const leftOut = "ca cross-certify";

for (const mode of ["ordered", "adversarial"] as const) {
  Deno.test(`a root and its intermediate are in a known state after any crashes (${mode})`, async (t) => {
    const cast = await makeHierarchyCast();
    let total = 0;
    for (const scenario of await hierarchyScenarios(cast)) {
      if (scenario.name === leftOut) continue;
      if (mode === "adversarial" && !inAnyOrder.includes(scenario.name)) continue;
      await t.step(scenario.name, async () => {
        total += (await walk(scenario, { mode, expected: "succeeded" })).states;
      });
    }
    const failing = mode === "ordered" ? await failingHierarchyChanges(cast) : [];
    for (const { scenario, fault, expected } of failing) {
      await t.step(scenario.name, async () => {
        total += (await walk(scenario, { mode, fault, expected })).states;
      });
    }
    console.log(
      `walked ${total} crash states of a root and its intermediate (${mode}), no violation`,
    );
  });
}

/** The others are left to `deno task walk`: they change the same files. */
const encrypted = ["ca init --signed-by", "ca activate"];

Deno.test("CAs with encrypted keys are in a known state after any crashes, never plain", async (t) => {
  const cast = await makeHierarchyCast("encrypted");
  let total = 0;
  for (const scenario of await hierarchyScenarios(cast)) {
    if (!encrypted.some((name) => scenario.name === `${name} (encrypted keys)`)) continue;
    await t.step(scenario.name, async () => {
      total += (await walk(scenario, { mode: "ordered", expected: "succeeded" })).states;
    });
  }
  assert.ok(total > 100, `only ${total} states`);
  console.log(`walked ${total} crash states of CAs with encrypted keys, no violation`);
});

/** Those with changes of their own; the others share theirs with a root. */
const faulty = ["ca init --signed-by", "ca activate, a newer certificate", "ca root renew"];

Deno.test("an error at any operation on a root and its intermediate gives the right exit code", async (t) => {
  const cast = await makeHierarchyCast();
  for (const scenario of await hierarchyScenarios(cast)) {
    if (!faulty.includes(scenario.name)) continue;
    await t.step(scenario.name, async () => {
      const visited = new Set<string>();
      const { operations } = await trace(scenario.initial, scenario.run);
      for (const [failing, operation] of operations.entries()) {
        const isWrite = hasEffect(operation) || ["create", "write"].includes(operation.operation);
        const errno = isWrite ? "ENOSPC" : "EIO";
        const fault = (_: Operation, index: number): Fate => index === failing ? { errno } : "run";
        await walk(scenario, { mode: "ordered", fault, visited });
      }
    });
  }
});

Deno.test("a disk that fills up while an intermediate is made gives the right exit code", async () => {
  const scenarios = await hierarchyScenarios(await makeHierarchyCast());
  const scenario = scenarios.find(({ name }) => name === "ca init --signed-by");
  if (scenario === undefined) throw new Error("no such scenario");
  const visited = new Set<string>();
  const { operations } = await trace(scenario.initial, scenario.run);
  for (const from of operations.keys()) {
    const fault = ({ operation }: Operation, index: number): Fate =>
      index >= from && ["create", "write", "link", "mkdir"].includes(operation)
        ? { errno: "ENOSPC" }
        : "run";
    await walk(scenario, { mode: "ordered", fault, visited });
  }
});
