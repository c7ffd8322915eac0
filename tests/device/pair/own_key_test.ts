/** A key is replaced, and kept, only if it is the pair's own file. */
import assert from "node:assert/strict";
import { rollback } from "../../../lib/device/change/rollback.ts";
import { planStage, stage } from "../../../lib/device/change/stage.ts";
import { planSwap, swap } from "../../../lib/device/change/swap.ts";
import { KeyNotOwnError } from "../../../lib/device/errors.ts";
import { readStatus } from "../../../lib/device/mod.ts";
import { join } from "../../../lib/system/mod.ts";
import { SimulatedFileSystem } from "../../simulation/model/simulated_file_system.ts";
import { simulatedSystem } from "../../simulation/model/simulated_system.ts";
import { trace } from "../../simulation/model/walk.ts";
import { makeCast } from "../../simulation/scenarios/device_plot.ts";
import { deviceScenarios } from "../../simulation/scenarios/device_scenarios.ts";
import { fleet, swapDefaults, withDevice } from "../../support/device.ts";
import { plant } from "../../simulation/model/disk.ts";
import {
  commonSigner,
  configured,
  emptyDevice,
  RotationWorld,
} from "../../support/rotation_world.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { testSystem } from "../../support/test_world.ts";

const system = testSystem();

/** Asserts that the key is not the pair's own, and why. */
function refused(path: string, reason: KeyNotOwnError["reason"]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof KeyNotOwnError, String(error));
    assert.deepEqual({ path: error.path, reason: error.reason }, { path, reason });
    return true;
  };
}

Deno.test("stage, swap and rollback refuse a key with a second name, and change nothing", async () => {
  const { first, second, third } = await fleet();
  await withDevice(async (device) => {
    const { paths, tls } = device;
    device.activate(first);
    const newPair = device.give("second", second);
    await swap(system, paths, { ...swapDefaults, newPair, keepPrevious: true });
    Deno.linkSync(paths.key, join(device.root, "copied with cp -l"));
    const before = readTree(tls);
    const options = { ...swapDefaults, newPair: device.give("third", third) };
    const isRefused = refused(paths.key, "hard-links");
    await assert.rejects(swap(system, paths, options), isRefused);
    await assert.rejects(planSwap(system, paths, options), isRefused);
    await assert.rejects(stage(system, paths, options), isRefused);
    await assert.rejects(planStage(system, paths, options), isRefused);
    await assert.rejects(rollback(system, paths, swapDefaults), isRefused);
    assert.deepEqual(readTree(tls), before);
    assert.equal((await readStatus(system, paths)).active.condition, "valid", "reading is allowed");

    Deno.removeSync(join(device.root, "copied with cp -l"));
    await swap(system, paths, options);
    assert.equal(device.read("key.pem"), third.keyPem);
  });
});

Deno.test("the backup that a crash left does not count as a second name of the key", async () => {
  const scenarios = deviceScenarios(await makeCast());
  const scenario = scenarios.find(({ name }) => name === "swap, replacing, in one go");
  assert.ok(scenario !== undefined);
  const { disks } = await trace(scenario.initial, scenario.run);
  const paths = { certificate: "/d/cert.pem", key: "/d/key.pem" };
  const newPair = { certificate: "/later/cert.pem", key: "/later/key.pem" };
  let backups = 0;
  for (const disk of disks) {
    const killed = (): ReturnType<typeof simulatedSystem> =>
      simulatedSystem(new SimulatedFileSystem(disk));
    if (killed().files.stat(paths.key).links > 1) backups++;
    await planSwap(killed(), paths, { ...swapDefaults, newPair });
    await swap(killed(), paths, { ...swapDefaults, newPair });
  }
  assert.ok(backups > 3, "no crash left a backup");
});

/** A device whose key is a link to a file elsewhere. */
async function linkedKeyWorld(): Promise<RotationWorld> {
  const signer = await commonSigner();
  const world = new RotationWorld(signer);
  assert.equal((await world.rotate()).outcome, "rotated");
  const certificate = world.read("/tls/cert.pem") ?? "";
  const key = world.read("/tls/key.pem") ?? "";
  const disk = plant({
    "/tls/cert.pem": certificate,
    "/tls/key.pem": { link: "/secret/vpn.key" },
    "/secret/vpn.key": { content: key, attributes: { mode: 0o600 } },
  }, emptyDevice(signer));
  return new RotationWorld(signer, new SimulatedFileSystem(disk));
}

Deno.test("a renewal does not keep a key behind a symbolic link, and asks no issuer", async () => {
  const world = await linkedKeyWorld();
  world.configuration = { ...configured, keyPolicy: "keep" };
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "failed");
  assert.ok(refused("/tls/key.pem", "symbolic-link")(result.errors[0]));
  assert.deepEqual(world.runs, []);
});

Deno.test("a renewal with a new key follows the link to the old one, and keeps the link", async () => {
  const world = await linkedKeyWorld();
  const key = world.read("/secret/vpn.key");
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
  assert.notEqual(world.read("/secret/vpn.key"), key);
  assert.equal(world.files.stat("/tls/key.pem").kind, "link");
});

Deno.test("a renewal asks no issuer while the key has a second name", async () => {
  const world = new RotationWorld(await commonSigner());
  assert.equal((await world.rotate()).outcome, "rotated");
  world.runs.length = 0;
  world.files.link("/tls/key.pem", "/tls/key.pem.old");
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "failed");
  assert.ok(refused("/tls/key.pem", "hard-links")(result.errors[0]));
  assert.deepEqual(world.runs, []);
});

Deno.test("status warns of a file that every user can read only if it holds a key", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    Deno.chmodSync(device.root, 0o755);
    Deno.chmodSync(device.tls, 0o755);
    const combined = join(device.tls, "hosts");
    for (
      const [content, codes] of [
        ["127.0.0.1 localhost\n", ["unrelated-file"]],
        [first.keyPem + first.chainPem, ["key-exposed"]],
      ] as const
    ) {
      Deno.writeTextFileSync(combined, content);
      Deno.chmodSync(combined, 0o644);
      const { warnings } = await readStatus(system, { ...device.paths, combined });
      assert.deepEqual(warnings.map((warning) => (warning as { code: string }).code), codes);
    }
  });
});
