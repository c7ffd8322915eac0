/** `--force` for a pair that is not due, if it fails while a hook or a probe is pending. */
import assert from "node:assert/strict";
import { describe } from "../../../../lib/cli/messages/mod.ts";
import { readStatus } from "../../../../lib/device/mod.ts";
import { swap } from "../../../../lib/device/change/swap.ts";
import { judgeBy } from "../../../../lib/device/rotation/mod.ts";
import { swapDefaults } from "../../../support/device.ts";
import {
  blind,
  configured,
  day,
  ended,
  looksAtService,
  rotatedWorld,
  type RotationWorld,
} from "../../../support/rotation_world.ts";

/** Asserts that no renewal is in progress: in the state, and in the status with and without configuration. */
async function claimsNoRenewal(world: RotationWorld): Promise<void> {
  assert.equal(world.state.renewal, undefined);
  for (const judge of [undefined, judgeBy(configured)]) {
    const { state } = await readStatus(world.system, configured.paths, { judge });
    assert.equal(state.renewal, undefined);
  }
}

/** A device whose probe is blind, and whose service dies with each new pair. */
async function refusingBlindly(): Promise<RotationWorld> {
  const world = await rotatedWorld();
  world.look = blind;
  let isDead = false;
  world.hook = () => {
    isDead = !isDead;
    world.served = undefined;
    world.look = isDead ? looksAtService : blind;
    return ended(0);
  };
  return world;
}

Deno.test("after a rollback of --force no renewal is in progress while a probe is pending", async () => {
  const world = await refusingBlindly();
  const { nextAttempt: due } = await world.rotate();
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "restored");
  assert.deepEqual(result.owed, { hook: false, probe: true });
  assert.deepEqual(result.nextAttempt, due, "the pair is kept, and tried again when it is due");
  await claimsNoRenewal(world);
  world.pass(day);
  const next = await world.rotate();
  assert.equal(next.outcome, "owed");
  assert.equal(next.attention?.failure?.code, "probe-blind");
  await claimsNoRenewal(world);
});

Deno.test("a pending probe names the active pair, which is the restored one after a rollback", async () => {
  const world = await refusingBlindly();
  const { errors } = await world.rotate({ force: true });
  const [, { message, details }] = errors.map((error) => describe(error)) as [
    unknown,
    ReturnType<typeof describe>,
  ];
  assert.match(message, /^cannot tell whether the service uses the restored pair: /);
  assert.match(
    details?.join("\n") ?? "",
    /same result before the change, so the restored pair stays active/,
  );
});

Deno.test("a failed --force leaves a pending probe as the failure, and no renewal in progress", async () => {
  const world = await rotatedWorld();
  world.look = blind;
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
  world.pass(day);
  world.issuer = () => ended(1);
  const { attention, outcome, owed } = await world.rotate({ force: true });
  assert.deepEqual([outcome, owed], ["failed", { hook: false, probe: true }]);
  assert.equal(
    attention?.failure?.code,
    "probe-blind",
    "no run repeats what --force tried",
  );
  assert.equal(world.state.lastFailure?.code, "probe-blind");
  await claimsNoRenewal(world);
});

Deno.test("a pair that is due stays in renewal after a rollback, with or without --force", async () => {
  const world = await refusingBlindly();
  world.pass(85 * day);
  const { nextAttempt } = await world.rotate({ force: true });
  assert.deepEqual(world.state.renewal?.nextAttempt, nextAttempt);
  assert.notEqual(nextAttempt, undefined);
});

Deno.test("a row of failures does not start with a --force that was rolled back weeks before", async () => {
  const world = await rotatedWorld();
  world.hook = () => ended(0);
  world.pass(30 * day);
  await world.rotate({ force: true });
  world.pass(40 * day);
  const due = world.now;
  const { attention } = await world.rotate();
  assert.equal(attention?.failure?.code, "pair-restored");
  assert.equal(world.count("issuer"), 1, "the kept pair is tried");
  assert.equal(attention?.failure?.count, 1);
  assert.ok((attention?.failure?.since ?? due) >= due);
});

Deno.test("after a failed --force it is tried when it is due, also if the clock went back", async () => {
  const world = await rotatedWorld();
  const { nextAttempt: due } = await world.rotate();
  world.issuer = () => ended(7);
  // A run by a clock that is ahead leaves a renewal in progress.
  world.pass(70 * day);
  await world.rotate();
  world.pass(-60 * day);
  const result = await world.rotate({ force: true });
  assert.deepEqual([result.outcome, result.nextAttempt], ["failed", due]);
  const { state } = await readStatus(world.system, configured.paths, {
    judge: judgeBy(configured),
  });
  assert.equal(state.renewal, undefined, "the pair is not due: nothing is in progress");
  world.issuer = () => ended(75, { output: "Retry-After: 7200\n" });
  const waiting = await world.rotate({ force: true });
  assert.deepEqual([waiting.outcome, waiting.nextAttempt], ["waiting", due]);
});

Deno.test("a pair swapped by hand does not continue the row of failures of the old one", async () => {
  const world = await rotatedWorld();
  world.pass(70 * day);
  world.issuer = () => ended(7);
  await world.rotate();
  assert.equal(world.state.lastFailure?.count, 1);
  const other = await rotatedWorld();
  other.now = world.now;
  await other.rotate({ force: true });
  world.write("/new/cert.pem", other.read("/tls/cert.pem") ?? "");
  world.write("/new/key.pem", other.read("/tls/key.pem") ?? "");
  const newPair = { certificate: "/new/cert.pem", key: "/new/key.pem" };
  world.pass(60_000);
  await swap(world.system, configured.paths, { ...swapDefaults, newPair });
  assert.equal(world.state.renewal, undefined);
  world.write("/tls/key.pem", "hello");
  world.pass(1000);
  const { reason, attention } = await world.rotate();
  assert.equal(reason, "broken", "renewed now, not after the delay of the old failure");
  assert.equal(attention?.failure?.count, 1);
});

Deno.test("a run counts once as a failure, even if the probe fails before and after --force", async () => {
  const world = await rotatedWorld();
  world.look = blind;
  await world.rotate({ force: true });
  assert.equal(world.state.lastFailure?.count, 1);
  world.pass(day);
  assert.equal((await world.rotate({ force: true })).errors.length, 1);
  assert.equal(world.state.lastFailure?.count, 2);
  world.pass(day);
  world.issuer = () => ended(1);
  world.pass(85 * day);
  await world.rotate();
  assert.deepEqual(
    [world.state.lastFailure?.count, world.state.lastFailure?.code, world.state.totals?.failures],
    [3, "issuer-failed", 3],
  );
});
