import assert from "node:assert/strict";
import { trustScenarios } from "./scenarios/trust_scenarios.ts";
import { replayAttack } from "./model/adversary.ts";
import { trace, walk } from "./model/walk.ts";

/** In an adversarial order, `deno task walk` walks all of them, and this test one state in N. */
const oneIn = { ordered: 1, adversarial: 5 };

for (const mode of ["ordered", "adversarial"] as const) {
  const name =
    `a change of a trust bundle is whole after any crash, and no hook is forgotten (${mode})`;
  Deno.test(name, async (t) => {
    for (const scenario of await trustScenarios()) {
      await t.step(scenario.name, async () => {
        const options = { mode, expected: "succeeded", oneIn: oneIn[mode] } as const;
        const { states } = await walk(scenario, options);
        assert.ok(states > 20, `only ${states} states`);
      });
    }
  });
}

Deno.test("a run that fails after it has changed a trust bundle still reports the change", async () => {
  const [scenario] = await trustScenarios();
  assert.ok(scenario !== undefined);
  const { operations } = await trace(scenario.initial, scenario.run);
  // When the run records that the hook has succeeded.
  const recorded = operations.findLastIndex(({ operation, path }) =>
    operation === "create" && path.endsWith(".cert.pem.state.certswap.tmp")
  );
  const path = `run,${recorded},Infinity,a FIFO,/tls/.certswap`;
  assert.equal(scenario.outcome(await replayAttack(scenario, path, {})), "new");
});
