/** Tests every crash state of every command of a CA. */
import { caScenarios, failingCaChanges, makeCaCast } from "./scenarios/ca_scenarios.ts";
import type { Mode } from "./model/power_cut.ts";
import { type Scenario, walk, type WalkOptions } from "./model/walk.ts";

/*
 * After any crashes, recovery leaves the old or the new CA, and all seven invariants hold: no number is used
 * twice, index and certificates agree, no revocation is undone, CRL numbers increase.
 */

/*
 * Left to `deno task walk`, where they take minutes each: three certificates that are staged at one time, and
 * most commands with an encrypted key, which change the same files.
 */
const isWalked = {
  "ordered, plain": (name: string) => !name.startsWith("ca sign, three requests"),
  "adversarial, plain": (name: string) => !name.startsWith("ca sign, three requests"),
  "ordered, encrypted": (name: string) =>
    /^ca (?:init, in a new directory|sign, one request|crl, another|check --repair|import)/
      .test(name),
} as const;

/** A sample of those with tens of thousands of states. */
function howFar({ name }: Scenario, mode: Mode): Pick<WalkOptions, "mode" | "oneIn"> {
  if (name.startsWith("ca serve")) return { mode, oneIn: mode === "ordered" ? 20 : 100 };
  if (mode === "ordered") return { mode };
  if (/^ca (?:sign, two requests|import)/.test(name)) return { mode, oneIn: 20 };
  return /^ca check --repair| refused$/.test(name) ? { mode, oneIn: 5 } : { mode };
}

const walks = [
  ["ordered", "plain"],
  ["adversarial", "plain"],
  ["ordered", "encrypted"],
] as const;

for (const [mode, key] of walks) {
  Deno.test(`a CA with a key that is ${key} is old or new after any crashes (${mode})`, async (t) => {
    const cast = await makeCaCast(key);
    const isWanted = isWalked[`${mode}, ${key}` as keyof typeof isWalked];
    let total = 0;
    for (const scenario of await caScenarios(cast)) {
      if (!isWanted(scenario.name)) continue;
      await t.step(scenario.name, async () => {
        total +=
          (await walk(scenario, { ...howFar(scenario, mode), expected: "succeeded" })).states;
      });
    }
    for (const { scenario, fault } of await failingCaChanges(cast)) {
      if (!isWanted(scenario.name)) continue;
      await t.step(scenario.name, async () => {
        total +=
          (await walk(scenario, { ...howFar(scenario, mode), fault, expected: "failed" })).states;
      });
    }
    console.log(
      `walked ${total} crash states of the CA's commands (${mode}, ${key} key), no violation`,
    );
  });
}
