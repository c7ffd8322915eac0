import assert from "node:assert/strict";
import { type Disk, keyOf } from "./model/disk.ts";
import { powerCuts } from "./model/power_cut.ts";
import {
  makeRotationCast,
  type RotationScenario,
  rotationScenarios,
} from "./scenarios/rotation_scenarios.ts";
import { trace, walk } from "./model/walk.ts";

/*
 * After any crashes of a rotation the old pair or a new one is active, and a pending hook or probe is
 * recorded; two runs later everything is done.
 */

const both = ["ordered", "adversarial"] as const;

Deno.test("a rotation forgets nothing in any crash", async (t) => {
  const cast = await makeRotationCast();
  let total = 0;
  for (const scenario of rotationScenarios(cast)) {
    await t.step(scenario.name, async () => {
      const { expected, adversarial } = scenario;
      const modes = adversarial === "seconds" ? both : [both[0]];
      for (const mode of modes) {
        const { states } = await walk(scenario, { mode, expected });
        assert.ok(states > 40, `only ${states} states`);
        total += states;
      }
    });
    const { nextFrom } = scenario;
    if (nextFrom === undefined) continue;
    await t.step(`${scenario.name}, and the run after it`, async () => {
      total += await walkNext(scenario, nextFrom);
    });
  }
  console.log(`walked ${total} crash states of rotations, no violation`);
});

/** Walks the second run from every disk that a crash of the first run may leave. */
async function walkNext(
  first: RotationScenario,
  nextFrom: NonNullable<RotationScenario["nextFrom"]>,
): Promise<number> {
  const { disks } = await trace(first.initial, first.run);
  const crashed = new Map<string, Disk>();
  for (const disk of disks) {
    for (const left of [disk, ...powerCuts(disk, "ordered")]) crashed.set(keyOf(left), left);
  }
  // States that they share are walked only once.
  const visited = new Set<string>();
  for (const disk of crashed.values()) await walk(nextFrom(disk), { mode: "ordered", visited });
  assert.ok(visited.size > 1000, `only ${visited.size} states`);
  return visited.size;
}
