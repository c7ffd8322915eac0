/** Clocks that start in 1970, go back or jump ahead: nothing is destroyed, and the device recovers. */
import assert from "node:assert/strict";
import { describe } from "../../../../lib/cli/messages/mod.ts";
import { judgeClock, withNow } from "../../../../lib/device/rotation/decide/clock_rules.ts";
import {
  beginning,
  commonSigner,
  configured,
  day,
  ended,
  reloads,
  rotatedWorld,
  RotationWorld,
} from "../../../support/rotation_world.ts";

const epoch = new Date("1970-01-01T00:10:00Z");
const at = (days: number): Date => new Date(beginning.getTime() + days * day);
const pendingCertificate = "/tls/.cert.pem.certswap.pending";

/** An issuer whose own clock is right, regardless of the device's. */
function signsAt(world: RotationWorld, time: Date): void {
  world.issuer = async ({ input }) => {
    const notAfter = new Date(time.getTime() + world.life);
    return ended(0, { output: await world.signer.sign(input, { notBefore: time, notAfter }) });
  };
}

Deno.test("judgeClock() believes a clock that advances, even after a month without power", () => {
  const state = { latestTime: at(0), other: {} };
  assert.equal(judgeClock(at(0), state), "plausible");
  assert.equal(judgeClock(at(30), state), "plausible");
  assert.equal(judgeClock(at(-0.5), state), "plausible", "it was corrected");
  assert.equal(judgeClock(at(0), { other: {} }), "plausible", "no time recorded yet");
});

Deno.test("judgeClock() does not believe a time before the latest seen, or before the build", () => {
  assert.equal(judgeClock(at(-2), { latestTime: at(0), other: {} }), "behind");
  assert.equal(judgeClock(epoch, { other: {} }), "behind");
  assert.equal(judgeClock(epoch, { other: {} }, { built: new Date(0) }), "behind");
  assert.equal(judgeClock(at(0), { other: {} }, { built: at(1) }), "behind");
  assert.equal(judgeClock(at(1), { other: {} }, { built: at(1) }), "plausible");
});

Deno.test("judgeClock() believes a jump ahead once a later run confirms it, but not one that is over", () => {
  const first = withNow({ latestTime: at(0), other: {} }, at(100));
  assert.deepEqual(first.latestTime, at(0));
  assert.equal(judgeClock(at(100), { latestTime: at(0), other: {} }), "ahead");
  assert.equal(judgeClock(at(101), first), "plausible");
  assert.equal(judgeClock(at(1), first), "plausible");
  const minutes = (count: number): Date => new Date(at(100).getTime() + count * 60_000);
  assert.equal(judgeClock(minutes(9), first), "ahead", "it may still be corrected");
  assert.equal(withNow(first, minutes(9)), first, "seeing it again does not restart the wait");
  assert.equal(judgeClock(minutes(10), first), "plausible");
  const over = withNow(first, at(1));
  assert.equal(over.suspectTime, undefined);
  assert.deepEqual(over.latestTime, at(1));
  assert.equal(judgeClock(at(300), first), "ahead", "another jump");
});

Deno.test("a device that starts in 1970 with a valid pair does nothing", async () => {
  const world = await rotatedWorld();
  const before = world.tree;
  world.now = epoch;
  assert.equal((await world.rotate()).outcome, "idle");
  assert.deepEqual(world.tree, before);
  assert.deepEqual(world.runs, []);
});

Deno.test("a new device in 1970 keeps its first pair pending until its clock is right", async () => {
  const world = new RotationWorld(await commonSigner());
  world.now = epoch;
  signsAt(world, beginning);
  const result = await world.rotate();
  assert.equal(result.outcome, "waiting");
  assert.deepEqual(result.nextAttempt, beginning);
  assert.equal(world.active, undefined);
  assert.notEqual(world.read(pendingCertificate), undefined);
  assert.equal((result.warnings[0] as { code?: string }).code, "certificate-not-yet-valid");
  world.pass(3_600_000);
  const again = await world.rotate();
  assert.equal(again.outcome, "waiting");
  assert.deepEqual(again.nextAttempt, beginning);
  assert.equal(world.count("issuer"), 1, "the issuer is not asked again for a pending pair");
  world.now = new Date(beginning.getTime() + 1000);
  assert.equal((await world.rotate()).outcome, "rotated");
  assert.equal(world.count("issuer"), 1);
  assert.deepEqual(world.served, world.active);
  assert.equal(world.read(pendingCertificate), undefined);
});

Deno.test("a certificate that is not yet valid is kept, and the active pair stays", async () => {
  const world = await rotatedWorld();
  world.now = at(85);
  signsAt(world, at(86));
  assert.equal((await world.rotate()).outcome, "waiting");
  assert.equal(world.count("hook"), 0);
  world.now = at(85.5);
  assert.equal((await world.rotate()).outcome, "waiting");
  assert.equal(world.count("issuer"), 1);
  world.now = at(86);
  assert.equal((await world.rotate()).outcome, "rotated");
  assert.equal(world.count("issuer"), 1);
});

Deno.test("a certificate valid decades from now counts as a failure, and is not waited for", async () => {
  const world = await rotatedWorld();
  world.now = at(85);
  signsAt(world, at(7000));
  const refused = await world.rotate();
  assert.equal(refused.outcome, "failed");
  const { message } = describe(refused.errors[0]);
  assert.match(message, /cannot use the issued certificate: .* is not valid before 2049-/);
  assert.equal(world.read(pendingCertificate), undefined);
  assert.equal((await world.rotate()).outcome, "waiting");
  assert.equal(world.count("issuer"), 1, "not at every run");
  world.now = at(86);
  signsAt(world, at(86));
  assert.equal((await world.rotate()).outcome, "rotated");
});

Deno.test("a device that has believed a jump does not wait for a certificate decades ahead", async () => {
  const world = await rotatedWorld();
  world.issuer = () => ended(1);
  world.now = at(9000);
  await world.rotate();
  world.pass(day);
  await world.rotate();
  assert.deepEqual(world.state.latestTime, world.now);
  world.now = at(85);
  signsAt(world, at(8000));
  await world.rotate();
  world.now = at(86);
  signsAt(world, at(86));
  assert.equal((await world.rotate()).outcome, "rotated");
});

Deno.test("without a valid pair no later pair is waited for, unless the clock went back", async () => {
  const world = await rotatedWorld();
  world.now = at(91);
  signsAt(world, at(95));
  assert.equal((await world.rotate()).outcome, "failed");
  world.now = at(92);
  signsAt(world, at(92));
  assert.deepEqual((await world.rotate()).reason, "expired");
  assert.deepEqual(world.served, world.active);
});

Deno.test("a certificate refused because the clock jumped ahead is requested again later", async () => {
  const world = await rotatedWorld();
  const { active } = world;
  signsAt(world, at(1));
  world.now = at(20 * 365);
  const result = await world.rotate();
  assert.equal(result.outcome, "failed");
  assert.deepEqual(world.active, active);
  assert.equal(world.count("hook"), 0);
  world.now = at(2);
  assert.equal((await world.rotate()).outcome, "idle");
  world.now = at(85);
  signsAt(world, at(85));
  assert.equal((await world.rotate()).outcome, "rotated", "the next attempt is not in 2050");
});

Deno.test("a run that sees a jump does not believe it, however often it writes", async () => {
  const world = await rotatedWorld();
  world.issuer = () => ended(1);
  world.now = at(20 * 365);
  assert.equal((await world.rotate()).outcome, "failed");
  assert.deepEqual(world.state.latestTime, beginning);
  assert.deepEqual(world.state.suspectTime, world.now);
});

Deno.test("a run that settles a pending hook does not believe a jump for a local CA", async () => {
  const world = await rotatedWorld();
  world.configuration = {
    ...configured,
    probes: [],
    issuer: { kind: "local", dataDirectory: "/ca", validity: 90 * day },
  };
  world.write("/tls/.certswap/cert.pem.state", owing(world));
  world.now = at(3 * 365);
  const result = await world.rotate();
  assert.equal(world.count("hook"), 1);
  assert.deepEqual(result.errors, [], "asked the CA, which does not exist");
  assert.equal(world.state.owed, undefined);
});

/** The state file with a pending hook. */
function owing(world: RotationWorld): string {
  const { other: _, ...state } = world.state;
  const fingerprint = state.lastChange?.fingerprint;
  const owed = { hook: true, probe: false, since: world.now, fingerprint };
  return JSON.stringify({ version: 1, ...state, owed });
}

Deno.test("a clock that went back since the last attempt does not delay the next one", async () => {
  const world = await rotatedWorld();
  world.issuer = () => ended(1);
  world.now = at(85);
  for (let run = 0; run < 6; run++) {
    await world.rotate();
    world.pass(day);
  }
  world.now = at(84);
  signsAt(world, at(84));
  assert.equal((await world.rotate()).outcome, "rotated");
});

Deno.test("a device that was off for years renews immediately if its issuer has its own clock", async () => {
  const world = await rotatedWorld();
  world.now = at(3 * 365);
  signsAt(world, at(3 * 365));
  const result = await world.rotate();
  assert.deepEqual([result.outcome, result.reason], ["rotated", "expired"]);
});

Deno.test("with a local CA, which uses the same clock, a jump is believed at a later run", async () => {
  const world = await rotatedWorld();
  const { active } = world;
  world.configuration = {
    ...configured,
    issuer: { kind: "local", dataDirectory: "/ca", validity: 90 * day },
  };
  world.now = at(3 * 365);
  const held = await world.rotate();
  assert.deepEqual([held.outcome, held.reason], ["waiting", "expired"]);
  assert.deepEqual(world.active, active);
  world.pass(3_600_000);
  // There is no CA in /ca. What matters is that it is asked.
  const asked = await world.rotate();
  assert.equal((asked.errors[0] as { code?: string }).code, "ca-not-initialized");
});

Deno.test("a clock that cannot be trusted does not remove the previous pair", async () => {
  const world = await rotatedWorld();
  world.configuration = { ...configured, keepPrevious: 7 * day };
  world.pass(1000);
  await world.rotate({ force: true });
  world.configuration = { ...world.configuration, issuer: undefined };
  const kept = world.read("/tls/.key.pem.certswap.previous");
  assert.notEqual(kept, undefined);
  world.now = at(5 * 365);
  await world.rotate();
  assert.equal(world.read("/tls/.key.pem.certswap.previous"), kept);
});

Deno.test("--force replaces a pair that is not yet valid because the clock was ahead", async () => {
  const world = await rotatedWorld();
  world.now = at(100);
  world.hook = reloads;
  await world.rotate();
  world.now = at(2);
  assert.equal((await world.rotate()).outcome, "idle");
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
});

Deno.test("the time is recorded on each day that a pending pair waits", async () => {
  const world = await rotatedWorld();
  world.now = at(85);
  signsAt(world, at(89));
  await world.rotate();
  for (let days = 86; days < 89; days++) {
    world.now = at(days);
    assert.equal((await world.rotate()).outcome, "waiting");
    assert.deepEqual(world.state.latestTime, at(days));
  }
});
