/** Months in which a probe cannot see, or a service is down: what they cost, and how they end. */
import assert from "node:assert/strict";
import { exitCodeOf } from "../../../lib/cli/exit_code.ts";
import { TlsConnectionError } from "../../../lib/system/mod.ts";
import {
  configured,
  day,
  ended,
  looksAtService,
  reloads,
  rotatedWorld,
  type RotationWorld,
} from "../../support/rotation_world.ts";

const hour = day / 24;

/** In days. Of a certificate of 90 days, two renewals come due within this. */
const months = 140;

/** What the runs have come to. */
interface Months {
  /** The exit codes, one for each run from the first that was not 0. */
  readonly codes: readonly number[];
  /** How many runs after that had nothing to tell. */
  readonly silent: number;
}

/** @param interval hours between two runs: what takes months is not looked at every hour. */
async function live(world: RotationWorld, days: number, interval: number): Promise<Months> {
  const codes: number[] = [];
  let silent = 0;
  for (let passed = 0; passed < days * 24; passed += interval) {
    world.pass(interval * hour);
    const result = await world.rotate();
    const code = exitCodeOf(result);
    if (codes.length > 0 || code !== 0) codes.push(code);
    if (codes.length > 0 && code === 0 && result.attention === undefined) silent++;
  }
  return { codes, silent };
}

async function fastWorld(): Promise<RotationWorld> {
  const world = await rotatedWorld();
  world.configuration = { ...configured, keyAlgorithm: "ed25519" };
  return world;
}

/** The next run of cron finds all well, and no other is needed. */
async function requireRecovery(world: RotationWorld): Promise<void> {
  const [hooks, asked] = [world.count("hook"), world.count("issuer")];
  world.pass(hour);
  assert.equal((await world.rotate()).outcome, "settled");
  assert.deepEqual(world.served, world.active);
  world.pass(hour);
  assert.equal((await world.rotate()).outcome, "idle");
  assert.deepEqual([world.count("hook"), world.count("issuer")], [hooks, asked]);
}

Deno.test("a probe that cannot see for months costs one restart for each renewal", async () => {
  const world = await fastWorld();
  world.look = (endpoint) => ({
    stage: "handshake",
    error: new TlsConnectionError(endpoint, "handshake"),
  });
  const { codes } = await live(world, months, 6);
  assert.deepEqual([world.count("issuer"), world.count("hook")], [2, 2]);
  assert.ok(codes.length > 60 * 4 && codes.every((code) => code === 5), "a run was silent");
  world.look = looksAtService;
  await requireRecovery(world);
});

Deno.test("a service that is down for months costs a certificate and a hook for each renewal", async () => {
  const world = await fastWorld();
  world.served = undefined;
  // As 'systemctl try-reload-or-restart' of a unit that is not active.
  world.hook = () => ended(0);
  const { codes } = await live(world, months, 6);
  assert.deepEqual([world.count("issuer"), world.count("hook")], [2, 2]);
  assert.ok(codes.length > 60 * 4 && codes.every((code) => code === 5), "a run was silent");
  // A person starts it: it reads the pair that is there.
  world.served = world.active;
  await requireRecovery(world);
});

Deno.test("a service that stops over each new pair costs two certificates", async () => {
  const world = await fastWorld();
  world.pass(58 * day);
  const first = world.active?.toHex();
  world.hook = () => {
    world.served = world.active?.toHex() === first ? world.active : undefined;
    return ended(0);
  };
  const { codes, silent } = await live(world, 30, 1);
  assert.ok(codes.length > 20 * 24);
  assert.equal(silent, 0);
  assert.equal(world.count("issuer"), 2);
  // Three times a day at most, each time for the new pair and for the way back.
  assert.ok(world.count("hook") <= 2 * (3 * 30 + 6), `${world.count("hook")} hooks`);
  assert.equal(world.active?.toHex(), first);
  assert.deepEqual(world.served, world.active, "the service was left without a pair");
  world.hook = reloads;
  for (let run = 0; run < 9 && world.active?.toHex() === first; run++) {
    await live(world, 1 / 24, 1);
  }
  assert.notEqual(world.active?.toHex(), first);
  assert.deepEqual(world.served, world.active);
  assert.equal(world.count("issuer"), 2);
});
