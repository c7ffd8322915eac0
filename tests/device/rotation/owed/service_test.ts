/** Pending hooks and probes, and rolling back if the service refuses the new pair. */
import assert from "node:assert/strict";
import { exitCodeOf } from "../../../../lib/cli/exit_code.ts";
import { SimulatedFileSystem } from "../../../simulation/model/simulated_file_system.ts";
import { describe } from "../../../../lib/cli/messages/mod.ts";
import {
  commonSigner,
  configured,
  day,
  ended,
  reloads,
  rotatedWorld,
  RotationWorld,
} from "../../../support/rotation_world.ts";

const hour = day / 24;

const previousKey = "/tls/.key.pem.certswap.previous";

/** A world whose service refuses new pairs and continues to use the one it has. */
async function stubbornWorld(): Promise<RotationWorld> {
  const world = await rotatedWorld();
  world.hook = () => ended(0);
  return world;
}

Deno.test("a hook that fails is pending, and run at every run until it succeeds", async () => {
  const world = await rotatedWorld();
  world.configuration = { ...configured, probes: [] };
  world.hook = () => ended(1, { errorOutput: "nginx: [emerg] bind() failed\n" });
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "rotated");
  assert.deepEqual(result.owed, { hook: true, probe: false });
  assert.equal(exitCodeOf(result), 5);
  const told = describe(result.errors[0]);
  assert.match(told.message, /the hook \/bin\/hook failed with exit code 1/);
  assert.match(told.details?.join() ?? "", /bind\(\) failed/);
  for (const run of [2, 3]) {
    const again = await world.rotate();
    assert.equal(again.outcome, "owed");
    assert.equal(exitCodeOf(again), 5);
    assert.equal(world.count("hook"), run);
  }
  assert.equal(world.count("issuer"), 1);
  assert.deepEqual(world.state.totals, { attempts: 2, failures: 3 }, "each run has failed");
  world.hook = reloads;
  const paid = await world.rotate();
  assert.equal(paid.outcome, "settled");
  assert.equal(exitCodeOf(paid), 0);
  assert.deepEqual(world.served, world.active);
  assert.equal(world.state.owed, undefined);
  await world.rotate();
  assert.equal(world.count("hook"), 4, "and never again");
});

for (
  const [what, hook, message] of [
    [
      "is missing",
      [{ name: undefined, command: ["/bin/missing"], timeLimit: 1000 }],
      /^cannot start the hook \/bin\/missing: no such program/,
    ],
    ["hangs", undefined, /^the hook \/bin\/hook did not finish within its time limit of 1s and/],
  ] as const
) {
  Deno.test(`a hook that ${what} is pending`, async () => {
    const world = await rotatedWorld();
    world.configuration = { ...configured, probes: [], hooks: hook ?? configured.hooks };
    world.hook = () => ended({ kind: "time-limit" });
    const result = await world.rotate({ force: true });
    assert.deepEqual(result.owed, { hook: true, probe: false });
    assert.match(describe(result.errors[0]).message, message);
  });
}

Deno.test("excess standard output of a hook is dropped, and does not stop the hook", async () => {
  const world = await rotatedWorld();
  await world.rotate({ force: true });
  const hook = world.runs.find(({ program }) => program === "/bin/hook");
  assert.equal(hook?.options.onExcess, "drop");
});

Deno.test("the last lines of a failed hook are shown, from both its outputs", async () => {
  const world = await rotatedWorld();
  world.configuration = { ...configured, probes: [] };
  const output = `${"a line\n".repeat(50)}duplicate listen options\n${"x".repeat(8000)}\n`;
  world.hook = () => ended(1, { output, errorOutput: "see the log\n" });
  const { details = [] } = describe((await world.rotate({ force: true })).errors[0]);
  assert.equal(details[0], "see the log");
  assert.ok(details.includes("duplicate listen options"));
  assert.ok(details.length <= 20 && details.every((line) => line.length < 600), "not bounded");
});

Deno.test("the output of a hook that succeeds is not shown", async () => {
  const world = await rotatedWorld();
  world.hook = (options) => {
    reloads(options, world);
    return ended(0, { output: "reloaded\n", errorOutput: "some warning\n" });
  };
  const result = await world.rotate({ force: true });
  assert.deepEqual([result.errors, result.warnings], [[], []]);
});

Deno.test("a hook that fails stays pending, and the pair stays if the service uses it", async () => {
  const world = await rotatedWorld();
  world.hook = () => {
    world.served = world.active;
    return ended(1);
  };
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "rotated");
  assert.deepEqual(result.owed, { hook: true, probe: false });
  assert.notEqual(world.read(previousKey), undefined, "the rotation is not complete");
});

Deno.test("a service may take some seconds to reload", async () => {
  const world = await stubbornWorld();
  const start = world.now.getTime();
  world.probed = () => {
    if (world.now.getTime() - start > 4000) world.served = world.active;
  };
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
  assert.equal(world.count("hook"), 1);
});

for (const [where, days] of [["ahead", 40], ["back", -40]] as const) {
  Deno.test(`a clock that is set ${where} during the probe does not end it`, async () => {
    const world = await stubbornWorld();
    world.pass(1000);
    let handshakes = 0;
    world.probed = () => {
      // Do not count the look before the change.
      if (world.count("hook") === 0) return;
      handshakes++;
      if (handshakes === 1) world.pass(days * day);
      if (handshakes === 4) world.served = world.active;
    };
    assert.equal((await world.rotate({ force: true })).outcome, "rotated");
  });
}

Deno.test("a service that keeps the old certificate causes a rollback and another hook run", async () => {
  const world = await stubbornWorld();
  const { active, served } = world;
  const key = world.read("/tls/key.pem");
  world.pass(day);
  const start = world.now.getTime();
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "restored");
  assert.equal(exitCodeOf(result), 1);
  assert.ok(world.now.getTime() - start < 12_000, "only until the deadline");
  assert.deepEqual(world.active, active);
  assert.equal(world.read("/tls/key.pem"), key);
  assert.deepEqual(world.served, served);
  assert.equal(world.count("hook"), 2);
  assert.equal(world.read(previousKey), undefined);
  assert.equal(world.state.lastChange?.by, "rollback");
  assert.equal(world.state.owed, undefined);
  assert.ok(world.state.lastSuccess !== undefined && world.state.lastSuccess.getTime() < start);
  assert.equal(world.state.lastFailure?.code, "pair-restored");
  const told = describe(result.errors[0]);
  assert.match(told.message, /rolled back to the previous pair: .*did not serve/);
  assert.match(told.details?.join("\n") ?? "", /it served: SHA256:(?:[0-9A-F]{2}:){31}[0-9A-F]{2}/);
  assert.equal(
    world.state.renewal,
    undefined,
    "no run continues it, because the old pair is not due",
  );
});

Deno.test("a service that refuses connections after the hook gets the old pair back", async () => {
  const world = await stubbornWorld();
  const { active } = world;
  let broken = true;
  world.hook = () => {
    world.served = broken ? undefined : world.active;
    broken = false;
    return ended(0);
  };
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "restored");
  assert.deepEqual(world.active, active);
  assert.deepEqual(world.served, active);
  assert.match(describe(result.errors[0]).message, /connection refused/);
});

Deno.test("the error of a hook that refuses the new pair is reported with the restored pair", async () => {
  const world = await rotatedWorld();
  const { served } = world;
  let isFirst = true;
  world.hook = () => {
    const end = isFirst ? ended(1, { errorOutput: "cannot load certificate\n" }) : ended(0);
    isFirst = false;
    return end;
  };
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "restored");
  assert.equal(exitCodeOf(result), 1);
  assert.deepEqual(world.served, served);
  assert.match(describe(result.errors[0]).details?.join("\n") ?? "", /cannot load certificate/);
});

Deno.test("after a rollback the pair is tried again later", async () => {
  const world = await stubbornWorld();
  world.pass(85 * day);
  assert.equal((await world.rotate()).outcome, "restored");
  const next = world.state.renewal?.nextAttempt;
  assert.ok(next !== undefined);
  assert.equal((await world.rotate()).outcome, "waiting");
  assert.equal(world.count("hook"), 2);
  world.hook = reloads;
  world.now = next;
  assert.equal((await world.rotate()).outcome, "rotated");
});

Deno.test("a service that is down before and after the change has not refused the pair", async () => {
  const world = await rotatedWorld();
  const { active } = world;
  world.served = undefined;
  world.hook = () => ended(1);
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "rotated");
  assert.deepEqual(result.owed, { hook: true, probe: true });
  assert.equal(exitCodeOf(result), 5);
  assert.notDeepEqual(world.active, active);
  world.hook = reloads;
  const paid = await world.rotate();
  assert.equal(paid.outcome, "settled");
  assert.deepEqual(world.served, world.active);
});

Deno.test("a hook that cannot be recorded as done stays pending, and the next run retries it", async () => {
  const rotated = await rotatedWorld();
  let isFull = false;
  const files = new SimulatedFileSystem(rotated.files.disk, {
    fate: ({ operation }) => isFull && operation === "write" ? { errno: "ENOSPC" } : "run",
  });
  const world = new RotationWorld(rotated.signer, files);
  world.hook = (options) => {
    isFull = true;
    return reloads(options, world);
  };
  world.pass(1000);
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "rotated");
  assert.deepEqual(result.owed, { hook: true, probe: true });
  assert.equal(exitCodeOf(result), 5);
  assert.match(describe(result.errors[0]).message, /no space left/);
  isFull = false;
  world.hook = reloads;
  assert.equal((await world.rotate()).outcome, "settled");
});

Deno.test("a first pair cannot be rolled back: the probe is pending until the service shows it", async () => {
  const world = new RotationWorld(await commonSigner());
  world.hook = () => ended(0);
  const result = await world.rotate();
  assert.equal(result.outcome, "rotated");
  assert.deepEqual(result.owed, { hook: false, probe: true });
  assert.equal(exitCodeOf(result), 5);
  assert.equal((await world.rotate()).outcome, "owed");
  world.pass(hour);
  assert.equal((await world.rotate()).outcome, "owed");
  assert.equal(
    world.count("hook"),
    1,
    "a probe that sees nothing does not prove that the hook had no effect",
  );
  world.served = world.active;
  assert.equal((await world.rotate()).outcome, "settled");
  assert.equal(world.count("hook"), 1);
});

Deno.test("a hook that succeeded without effect is run again once the service can reload", async () => {
  const world = await stubbornWorld();
  world.pass(200 * day);
  await world.rotate();
  world.hook = reloads;
  world.pass(hour);
  assert.equal((await world.rotate()).outcome, "settled");
  assert.deepEqual(world.served, world.active);
});

Deno.test("a pair that has expired meanwhile is not restored", async () => {
  const world = await stubbornWorld();
  world.pass(200 * day);
  const { active } = world;
  const result = await world.rotate();
  assert.equal(result.outcome, "rotated");
  assert.deepEqual(result.owed, { hook: false, probe: true });
  assert.notDeepEqual(world.active, active);
});

Deno.test("a pair that a person has installed meanwhile is not rolled back", async () => {
  const world = await stubbornWorld();
  const other = await rotatedWorld();
  world.hook = () => {
    world.write("/tls/cert.pem", other.read("/tls/cert.pem") ?? "");
    world.write("/tls/key.pem", other.read("/tls/key.pem") ?? "");
    return ended({ kind: "interrupted", signal: "SIGTERM" });
  };
  await world.rotate({ force: true });
  world.hook = () => ended(0);
  const result = await world.rotate();
  assert.equal(result.outcome, "owed");
  assert.deepEqual(world.active, other.active);
  assert.equal(world.state.lastChange?.by, "swap");
});

Deno.test("a run stopped in its hook leaves it pending, does not probe, and then ends", async () => {
  const world = await rotatedWorld();
  const start = world.now;
  world.hook = () => ended({ kind: "interrupted", signal: "SIGTERM" });
  const result = await world.rotate({ force: true });
  assert.equal(result.isInterrupted, true);
  assert.deepEqual(result.owed, { hook: true, probe: true });
  assert.deepEqual(world.now, start, "it did not wait");
  world.hook = reloads;
  assert.equal((await world.rotate()).outcome, "settled");
});

for (const moment of ["handshake", "pause"] as const) {
  Deno.test(`a run stopped in the ${moment} of its probe leaves it pending, and then ends`, async () => {
    const world = await stubbornWorld();
    const first = world.active;
    const stop = () => world.count("hook") > 0 && world.signal("SIGTERM");
    world[moment === "handshake" ? "probed" : "slept"] = stop;
    const result = await world.rotate({ force: true });
    assert.equal(result.isInterrupted, true);
    assert.deepEqual(result.owed, { hook: false, probe: true });
    assert.equal(exitCodeOf(result), 5);
    assert.notDeepEqual(
      world.active,
      first,
      "it is not proven yet that the service refuses it",
    );
    assert.match(describe(result.errors[0]).message, /probe stopped by SIGTERM/);
    world.probed = world.slept = () => {};
    world.hook = reloads;
    assert.equal((await world.rotate()).outcome, "settled");
  });
}

Deno.test("a run stopped while it checks the service again leaves the probe pending", async () => {
  const world = new RotationWorld(await commonSigner());
  world.hook = () => ended(0);
  await world.rotate();
  world.probed = () => world.signal("SIGINT");
  const result = await world.rotate();
  assert.equal(result.isInterrupted, true);
  assert.deepEqual(result.owed, { hook: false, probe: true });
  assert.equal(exitCodeOf(result), 5);
  assert.equal(world.count("hook"), 1);
});

Deno.test("a run stopped while it asks the issuer changes nothing, and starts no other pair", async () => {
  const world = await rotatedWorld();
  const { active } = world;
  world.issuer = () => ended({ kind: "interrupted", signal: "SIGINT" });
  const result = await world.rotate({ force: true });
  assert.equal(result.isInterrupted, true);
  assert.equal(result.outcome, "failed");
  assert.deepEqual(world.active, active);
  assert.equal(world.state.lastFailure, undefined);
});

Deno.test("a pair that becomes due is renewed although the hook of its last change is pending", async () => {
  const world = await rotatedWorld();
  world.configuration = { ...configured, probes: [] };
  world.hook = () => ended(1);
  world.pass(85 * day);
  await world.rotate();
  world.pass(85 * day);
  const result = await world.rotate();
  assert.equal(result.outcome, "rotated");
  assert.deepEqual(result.owed, { hook: true, probe: false });
});

Deno.test("a hook that is no longer configured is no longer pending", async () => {
  const world = await rotatedWorld();
  world.configuration = { ...configured, probes: [] };
  world.hook = () => ended(1);
  await world.rotate({ force: true });
  world.configuration = { ...configured, probes: [], hooks: [] };
  assert.equal((await world.rotate()).outcome, "settled");
});
