/** A new pair that the service refused: it is kept, and reported until it is tried again. */
import assert from "node:assert/strict";
import { exitCodeOf } from "../../../../lib/cli/exit_code.ts";
import { attentionLine } from "../../../../lib/cli/print/mod.ts";
import { checkPair } from "../../../../lib/device/status/check.ts";
import { lookAround } from "../../../../lib/device/status/surroundings.ts";
import { lookForRest } from "../../../../lib/device/rotation/look.ts";
import { judgeBy } from "../../../../lib/device/rotation/mod.ts";
import {
  configured,
  day,
  ended,
  reloads,
  rotatedWorld,
  type RotationWorld,
} from "../../../support/rotation_world.ts";

/** A device whose service refused what --force brought, long before the pair is due. */
async function refusedWorld(): Promise<RotationWorld> {
  const world = await rotatedWorld();
  world.hook = () => ended(0);
  world.pass(day);
  assert.equal((await world.rotate({ force: true })).outcome, "restored");
  world.pass(day);
  return world;
}

async function checkState({ system }: RotationWorld): Promise<string> {
  const { paths, renewBefore } = configured;
  const around = await lookAround(system, [paths]);
  const options = { around, renewBefore, judge: judgeBy(configured) };
  return (await checkPair(system, paths, options)).state;
}

Deno.test("a kept pair that the service refused is reported by every run and by the check", async () => {
  const world = await refusedWorld();
  for (let run = 0; run < 3; run++) {
    const rest = await lookForRest(world.system, configured, { force: false });
    assert.equal(rest, undefined, "not taken for a healthy pair");
    const result = await world.rotate();
    assert.deepEqual([result.outcome, exitCodeOf(result)], ["idle", 1]);
    const { attention } = result;
    assert.deepEqual([attention?.urgency, attention?.isRefusedKept], ["notice", true]);
    assert.deepEqual(attention?.next, {
      kind: "attempt",
      at: result.nextAttempt,
      setBy: undefined,
    });
    assert.match(
      attentionLine("web", attention ?? assert.fail()),
      /^NOTICE: pair web: FAILING since .*: rolled back .*\. The new pair is kept; next attempt: the first /,
    );
    assert.equal(await checkState(world), "warning");
    world.pass(day);
  }
  assert.equal(world.count("issuer"), 1);
});

Deno.test("a kept pair that the service takes at the next attempt is not reported any more", async () => {
  const world = await refusedWorld();
  world.hook = reloads;
  const result = await world.rotate({ force: true });
  assert.deepEqual([result.outcome, result.attention], ["rotated", undefined]);
  world.pass(day);
  assert.equal((await world.rotate()).attention, undefined);
  assert.equal(await checkState(world), "ok");
});

Deno.test("a refused pair that is no longer pending is not reported", async () => {
  const world = await refusedWorld();
  world.files.unlink("/tls/.cert.pem.certswap.pending");
  world.files.unlink("/tls/.key.pem.certswap.pending");
  assert.equal((await world.rotate()).attention, undefined);
  assert.equal(await checkState(world), "ok");
});
