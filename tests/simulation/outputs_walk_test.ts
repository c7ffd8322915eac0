import assert from "node:assert/strict";
import { walkAdversary } from "./model/adversary.ts";
import type { Fate, Operation } from "./model/simulated_file_system.ts";
import { hasEffect } from "./model/step.ts";
import { type Scenario, trace, Violation, walk } from "./model/walk.ts";
import { attackedOutputs } from "./scenarios/attacked_scenarios.ts";
import { makeCast } from "./scenarios/device_plot.ts";
import { failingFlips, flipScenarios } from "./scenarios/flip_scenarios.ts";
import { makeOutputCast, outputScenarios } from "./scenarios/output_scenarios.ts";
import { repairScenarios } from "./scenarios/repair_scenarios.ts";
import { makeRotationCast } from "./scenarios/rotation_scenarios.ts";

/*
 * Everything that is made from a pair, and the flip. `deno task walk` walks all of it; these tests what takes
 * seconds.
 */

Deno.test("what is made from a pair is of one pair after any crashes", async (t) => {
  let total = 0;
  for (const { scenario, inTests } of outputScenarios(await makeOutputCast())) {
    for (const mode of inTests) {
      await t.step(`${scenario.name} (${mode})`, async () => {
        total += (await walk(scenario, { mode, expected: "succeeded" })).states;
      });
    }
  }
  assert.ok(total > 10_000, `only ${total} states`);
});

Deno.test("the link of a flip leads to a whole pair at every moment", async (t) => {
  const cast = await makeCast();
  let total = 0;
  for (const scenario of flipScenarios(cast)) {
    const isSmall = ["flip, first pair", "flip, replacing"].includes(scenario.name);
    for (const mode of isSmall ? ["ordered", "adversarial"] as const : ["ordered"] as const) {
      await t.step(`${scenario.name} (${mode})`, async () => {
        total += (await walk(scenario, { mode, expected: "succeeded" })).states;
      });
    }
  }
  for (const { scenario, fault } of failingFlips(cast)) {
    await t.step(scenario.name, async () => {
      total += (await walk(scenario, { mode: "ordered", fault, expected: "failed" })).states;
    });
  }
  assert.ok(total > 10_000, `only ${total} states`);
});

Deno.test("a repair is whole after any crashes and errors, and the service hears of it", async (t) => {
  for (const scenario of repairScenarios(await makeCast(), await makeRotationCast())) {
    await t.step(scenario.name, async () => {
      for (const mode of ["ordered", "adversarial"] as const) {
        const { states } = await walk(scenario, { mode, expected: "succeeded" });
        assert.ok(states > 100, `only ${states} states`);
      }
      await walkErrors(scenario);
    });
  }
});

for (
  const [what, path, kind] of [
    ["a file of a version", /\/versions\/\d+\/key\.pem$/, "file"],
    ["the directory of a version", /\/versions\/\d+$/, "directory"],
    ["the directory of all versions", /\/versions$/, "directory"],
  ] as const
) {
  Deno.test(`the walk catches a flip without the fsync of ${what}`, async () => {
    const scenario = flipScenarios(await makeCast()).find(({ name }) => name === "flip, replacing");
    assert.ok(scenario !== undefined);
    const isLeftOut = (operation: Operation): boolean =>
      operation.operation === "fsync" && operation.kind === kind && path.test(operation.path);
    const mutation = () => isLeftOut;
    await assert.rejects(walk(scenario, { mode: "ordered", mutation }), Violation);
  });
}

/** The other scenarios take the same code paths with more files. */
const faulty = [
  "flip, first pair",
  "flip, replacing",
  "swap, first pair, in a combined file only",
  "swap, replacing, in a combined file only",
  "swap, of the same pair, to other owners and modes",
  "swap, with one output that only it is told",
];

/** `CERTSWAP_TEST_FAULTS=all`: every scenario, and an error at every operation. Takes eight minutes. */
const isWhole = Deno.env.get("CERTSWAP_TEST_FAULTS") === "all";

/** Reads fail in the same way: one in this many. A prime, so that each kind is met. */
const oneReadIn = isWhole ? 1 : 13;

Deno.test("an error while outputs are written, or a flip is made, does no harm", async (t) => {
  const cast = await makeOutputCast();
  const outputs = outputScenarios(cast).map(({ scenario }) => scenario);
  const scenarios = [...flipScenarios(cast), ...outputs];
  for (const scenario of scenarios.filter(({ name }) => isWhole || faulty.includes(name))) {
    await t.step(scenario.name, () => walkErrors(scenario));
  }
});

async function walkErrors(scenario: Scenario): Promise<void> {
  const visited = new Set<string>();
  const { operations } = await trace(scenario.initial, scenario.run);
  for (const [index, operation] of operations.entries()) {
    const isWrite = hasEffect(operation) || ["create", "write"].includes(operation.operation);
    if (!isWrite && index % oneReadIn !== 0) continue;
    const errno = isWrite ? "ENOSPC" : "EIO";
    const fault = (_: Operation, at: number): Fate => at === index ? { errno } : "run";
    await walk(scenario, { mode: "ordered", fault, visited });
  }
}

Deno.test("outputs and a flip touch and await nothing outside when any name is exchanged", async (t) => {
  for (const { scenario, options } of attackedOutputs(await makeOutputCast())) {
    await t.step(scenario.name, async () => {
      const count = await walkAdversary(scenario, { ...options, oneIn: 101 });
      assert.ok(count > 1, `only ${count} attacks`);
    });
  }
});
