/** An unreadable state never means that nothing is pending: the service is told again. */
import assert from "node:assert/strict";
import { exitCodeOf } from "../../../../lib/cli/exit_code.ts";
import { describe } from "../../../../lib/cli/messages/mod.ts";
import { planRotation } from "../../../../lib/device/rotation/mod.ts";
import { lookForRest } from "../../../../lib/device/rotation/look.ts";
import { swap } from "../../../../lib/device/change/swap.ts";
import { readStatus } from "../../../../lib/device/status/status.ts";
import { swapDefaults } from "../../../support/device.ts";
import { plant } from "../../../simulation/model/disk.ts";
import {
  configured,
  ended,
  reloads,
  rotatedWorld,
  type RotationWorld,
} from "../../../support/rotation_world.ts";

const statePath = "/tls/.certswap/cert.pem.state";

/** Ways to damage a state file. */
const damages: Readonly<Record<string, (world: RotationWorld) => void>> = {
  "is truncated": (world) => world.write(statePath, world.read(statePath)?.slice(0, -9) ?? ""),
  "is empty": (world) => world.write(statePath, ""),
  "is not UTF-8": (world) => {
    const bytes = new Uint8Array([0x7b, 0xff, 0x7d]);
    world.files.disk = plant({ [statePath]: { content: bytes } }, world.files.disk);
  },
  "has an invalid version": (world) => world.write(statePath, '{"version":"2","debts":[]}'),
  "has an unreadable field owed": (world) => world.write(statePath, '{"version":1,"owed":"yes"}'),
};

const blockages: Readonly<Record<string, (world: RotationWorld) => void>> = {
  "is too large": (world) => world.write(statePath, " ".repeat(1024 * 1024 + 1)),
  "is a directory": (world) => {
    world.files.unlink(statePath);
    world.files.makeDirectory(statePath, 0o700);
  },
};

/** A world whose hook has failed and is pending. */
async function owingWorld(): Promise<RotationWorld> {
  const world = await rotatedWorld();
  world.hook = () => ended(1);
  world.configuration = { ...configured, probes: [] };
  assert.equal((await world.rotate({ force: true })).owed?.hook, true);
  world.runs.length = 0;
  world.hook = reloads;
  return world;
}

for (const [what, damage] of Object.entries(damages)) {
  Deno.test(`if a state file ${what} the hook is run, once, with a warning`, async () => {
    const world = await owingWorld();
    damage(world);
    const { configuration, system } = world;
    const rest = await lookForRest(system, configuration, { force: false });
    assert.equal(rest, undefined, "taken for a pair with nothing to do");
    assert.equal((await planRotation(system, configuration, { force: false })).owed?.hook, true);
    const status = await readStatus(system, configuration.paths);
    assert.equal(describe(status.warnings[0]).code, "unreadable-state");
    assert.equal(status.state.owed?.hook, true);

    const told = await world.rotate();
    assert.equal(told.outcome, "settled");
    assert.deepEqual(told.warnings.map((warning) => describe(warning).code), ["unreadable-state"]);
    assert.equal(exitCodeOf(told), 0);
    assert.equal(world.count("hook"), 1);
    assert.equal(world.count("issuer"), 0);
    assert.deepEqual(world.served, world.active);

    const after = await world.rotate();
    assert.deepEqual([after.outcome, after.warnings], ["idle", []]);
    assert.equal(world.count("hook"), 1);
  });

  Deno.test(`if a state file ${what} the hook stays pending for as long as it fails`, async () => {
    const world = await owingWorld();
    damage(world);
    world.hook = () => ended(1);
    for (const run of [1, 2]) {
      const result = await world.rotate();
      assert.equal(result.outcome, "owed");
      assert.equal(exitCodeOf(result), 5);
      assert.equal(world.count("hook"), run);
    }
  });

  Deno.test(`if a state file ${what} a swap by hand leaves the hook pending`, async () => {
    const world = await owingWorld();
    const { system, configuration: { paths } } = world;
    const newPair = { certificate: "/new.pem", key: "/new.key" };
    world.write(newPair.certificate, world.read(paths.certificate) ?? "");
    world.write(newPair.key, world.read(paths.key) ?? "");
    world.files.unlink(paths.key);
    damage(world);
    const { warnings } = await swap(system, paths, { ...swapDefaults, newPair });
    assert.ok(warnings.some((warning) => describe(warning).code === "unreadable-state"));
    assert.equal((await world.rotate()).outcome, "settled");
    assert.equal(world.count("hook"), 1);
  });
}

for (const [what, block] of Object.entries(blockages)) {
  Deno.test(`if a state file ${what} the hook is run until the file is moved away`, async () => {
    const world = await owingWorld();
    block(world);
    for (const run of [1, 2]) {
      const result = await world.rotate();
      assert.deepEqual([result.outcome, result.owed], ["owed", { hook: true, probe: false }]);
      assert.equal(exitCodeOf(result), 5);
      assert.match(describe(result.errors[0]).message, /cert\.pem\.state/);
      assert.match(describe(result.warnings[0]).hint ?? "", /^Move .*cert\.pem\.state away/);
      assert.equal(world.count("hook"), run);
    }
    assert.equal(world.count("issuer"), 0);
  });
}

Deno.test("an unreadable state requires nothing for a pair without hooks and probes", async () => {
  const world = await rotatedWorld();
  world.configuration = { ...configured, probes: [], hooks: [] };
  world.write(statePath, "{");
  const result = await world.rotate();
  assert.deepEqual([result.outcome, result.owed, result.errors], ["idle", undefined, []]);
  assert.deepEqual(result.warnings.map((warning) => describe(warning).code), ["unreadable-state"]);
  assert.deepEqual((await world.rotate()).warnings, []);
  assert.deepEqual(world.runs, []);
});

Deno.test("an unreadable field affects only that field, and causes a warning", async () => {
  const world = await owingWorld();
  const state = JSON.parse(world.read(statePath) ?? "");
  world.write(statePath, JSON.stringify({ ...state, lastFailure: { at: "yesterday", code: "x" } }));
  const status = await readStatus(world.system, world.configuration.paths);
  assert.match(describe(status.warnings[0]).message, /cannot read lastFailure/);
  assert.equal(status.state.owed?.fingerprint, state.owed.fingerprint);
  const result = await world.rotate();
  assert.equal(result.outcome, "settled");
  assert.match(describe(result.warnings[0]).message, /cannot read lastFailure/);
  assert.deepEqual(result.warnings.length, 1);
});

Deno.test("a pair at rest warns once about an unreadable field, and keeps the others", async () => {
  const world = await rotatedWorld();
  const state = JSON.parse(world.read(statePath) ?? "");
  world.write(statePath, JSON.stringify({ ...state, totals: "many" }));
  const result = await world.rotate();
  assert.equal(result.outcome, "idle");
  assert.match(describe(result.warnings[0]).message, /cannot read totals/);
  const { totals: _, ...others } = state;
  assert.deepEqual(JSON.parse(world.read(statePath) ?? ""), others);
  assert.deepEqual((await world.rotate()).warnings, []);
});

Deno.test("a count at its limit does not prevent a renewal", async () => {
  const world = await rotatedWorld();
  const state = JSON.parse(world.read(statePath) ?? "");
  const most = Number.MAX_SAFE_INTEGER;
  const totals = { attempts: most, failures: most };
  const renewal = { attempts: most, lastAttempt: state.latestTime, nextAttempt: state.latestTime };
  world.write(statePath, JSON.stringify({ ...state, totals, renewal }));
  world.issuer = () => ended(1);
  assert.equal((await world.rotate({ force: true })).outcome, "failed");
  assert.deepEqual(world.state.totals, totals);
});

Deno.test("the hook runs although the replaced certificate has a negative serial number", async () => {
  const world = await owingWorld();
  const state = JSON.parse(world.read(statePath) ?? "");
  state.owed.replacedSerial = "-05";
  world.write(statePath, JSON.stringify(state));
  assert.equal((await world.rotate()).outcome, "settled");
  const [hook] = world.runs;
  assert.equal(hook?.options.environment?.["CERTSWAP_OLD_SERIAL"], "-05");
});

Deno.test("if the state file vanishes after the swap the hook is still run", async () => {
  const world = await rotatedWorld();
  const { outcome, owed } = await world.rotate({
    force: true,
    onEvent: ({ event }) => {
      if (event === "swapped") world.files.unlink("/tls/.certswap/cert.pem.state");
    },
  });
  assert.deepEqual([outcome, owed], ["rotated", undefined]);
  assert.equal(world.count("hook"), 1);
  assert.deepEqual(world.served, world.active);
});
