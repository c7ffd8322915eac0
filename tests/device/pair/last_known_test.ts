/** A missing file of a pair may be on a disk that is not mounted: nothing is written or removed. */
import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { exitCodeFor } from "../../../lib/cli/exit_code.ts";
import {
  planRecovery,
  planRollback,
  planStage,
  planSwap,
  readStatus,
  recoverPair,
  rollback,
  stage,
  swap,
} from "../../../lib/device/mod.ts";
import { planRotation, rotatePair } from "../../../lib/device/rotation/mod.ts";
import { plant } from "../../simulation/model/disk.ts";
import { SimulatedFileSystem } from "../../simulation/model/simulated_file_system.ts";
import { configured, day } from "../../support/rotation_world.ts";
import { type MountedWorld, mountedWorld, splitPaths } from "../../support/mounted_world.ts";

const lockTimeout = 0;
const given = { certificate: "/new/cert.pem", key: "/new/key.pem" };
const change = {
  lockTimeout,
  keepPrevious: true,
  allowIdentityChange: false,
  allowOlder: false,
};
const places = [
  { mountPoint: "/keys", gone: splitPaths.key },
  { mountPoint: "/tls", gone: splitPaths.certificate },
] as const;

/** A device with an active, a previous and a pending pair, and another pair to give. */
async function fullWorld(mountPoint: "/keys" | "/tls"): Promise<MountedWorld> {
  const world = await mountedWorld(mountPoint);
  world.configuration = { ...world.configuration, keepPrevious: Infinity };
  world.pass(day);
  await world.rotate({ force: true });
  const copy = await mountedWorld("/keys");
  copy.now = new Date(world.now.getTime() + day);
  await copy.rotate({ force: true });
  const [certificate, key] = [splitPaths.certificate, splitPaths.key].map((path) =>
    copy.read(path) ?? ""
  );
  world.now = new Date(copy.now.getTime() + day);
  const files = { [given.certificate]: certificate ?? "", [given.key]: key ?? "" };
  world.files.disk = plant(files, world.files.disk);
  await stage(world.system, splitPaths, { ...change, newPair: given });
  return world;
}

type Work = (world: MountedWorld, acceptMissing?: boolean) => Promise<unknown>;

/** All commands that change a pair, and their dry runs. */
const commands: Readonly<Record<string, Work>> = {
  recover: ({ system }, acceptMissing) =>
    recoverPair(system, splitPaths, { lockTimeout, acceptMissing }),
  stage: ({ system }, acceptMissing) =>
    stage(system, splitPaths, { ...change, newPair: given, acceptMissing }),
  swap: ({ system }, acceptMissing) => swap(system, splitPaths, { ...change, acceptMissing }),
  "swap of a given pair": ({ system }, acceptMissing) =>
    swap(system, splitPaths, { ...change, newPair: given, acceptMissing }),
  rollback: ({ system }, acceptMissing) =>
    rollback(system, splitPaths, { ...change, acceptMissing }),
  rotate: async (world, acceptMissing) => {
    const { errors } = await world.rotate({ force: true, acceptMissing });
    if (errors.length > 0) throw errors[0];
  },
  "recover --dry-run": ({ system }, acceptMissing) =>
    planRecovery(system, splitPaths, { acceptMissing }),
  "stage --dry-run": ({ system }, acceptMissing) =>
    planStage(system, splitPaths, { ...change, newPair: given, acceptMissing }),
  "swap --dry-run": ({ system }, acceptMissing) =>
    planSwap(system, splitPaths, { ...change, acceptMissing }),
  "rollback --dry-run": ({ system }, acceptMissing) =>
    planRollback(system, splitPaths, { ...change, acceptMissing }),
  "rotate --dry-run": ({ system, configuration }, acceptMissing) =>
    planRotation(system, configuration, { force: true, acceptMissing }),
};

for (const { mountPoint, gone } of places) {
  Deno.test(`without the disk of ${gone} every command exits 1 and changes nothing`, async (t) => {
    const world = await fullWorld(mountPoint);
    world.unmount();
    const before = world.tree;
    for (const [name, run] of Object.entries(commands)) {
      await t.step(name, async () => {
        const error = await run(world).then(() => undefined, (error: unknown) => error);
        assert.equal(exitCodeFor(error), 1);
        const { message, hint } = describe(error);
        assert.match(message, new RegExp(`^${gone} is missing, and ${mountPoint} `));
        assert.match(hint ?? "", /Mount .*--accept-missing/);
        assert.deepEqual(world.tree, before);
      });
    }
  });

  Deno.test(`with the disk of ${gone} mounted again, under another number, everything works`, async () => {
    const world = await fullWorld(mountPoint);
    world.unmount();
    await world.rotate();
    world.mount(99);
    const report = await recoverPair(world.system, splitPaths, { lockTimeout });
    assert.equal(report.outcome, "clean");
    await swap(world.system, splitPaths, change);
    await rollback(world.system, splitPaths, change);
    assert.equal((await world.rotate({ force: true })).outcome, "rotated");
    world.unmount();
    assert.equal((await world.rotate()).outcome, "failed", "the new number has been recorded");
  });

  Deno.test(`a rotation at rest does not take ${gone} for permanently removed`, async () => {
    const world = await mountedWorld(mountPoint);
    for (let days = 1; days <= 120; days++) {
      world.pass(day);
      days % 10 === 5 ? world.unmount() : world.mount(7 + days);
      const { outcome } = await world.rotate();
      if (days % 10 === 5) assert.equal(outcome, "failed", `day ${days}`);
      else assert.notEqual(outcome, "failed", `day ${days}`);
      assert.deepEqual(world.below, []);
    }
  });

  Deno.test(`status warns that ${mountPoint} may not be mounted, and does not fail`, async () => {
    const world = await fullWorld(mountPoint);
    world.unmount();
    const { warnings } = await readStatus(world.system, splitPaths);
    const codes = warnings.map((warning) => (warning as { code?: string }).code);
    assert.ok(codes.includes("not-mounted"), codes.join());
  });
}

for (const [name, run] of Object.entries(commands)) {
  if (name.includes("dry-run") || ["swap", "rollback"].includes(name)) continue;
  Deno.test(`--accept-missing lets ${name} continue without the disk, and later runs too`, async () => {
    const world = await fullWorld("/keys");
    world.unmount();
    await run(world, true);
    const { errors } = await world.rotate({ force: true });
    assert.deepEqual(errors, []);
    assert.equal(world.read(splitPaths.key)?.includes("PRIVATE KEY"), true);
  });
}

Deno.test("no recovery removes half of a pending pair", async () => {
  for (const half of ["/tls/.cert.pem.certswap.pending", "/keys/.key.pem.certswap.pending"]) {
    const world = await fullWorld("/keys");
    world.files.unlink(half);
    const before = world.tree;
    const report = await recoverPair(world.system, splitPaths, { lockTimeout });
    assert.equal(report.outcome, "clean");
    assert.deepEqual(world.tree, before);
  }
});

Deno.test("a key that was removed from an unchanged directory is renewed", async () => {
  const world = await mountedWorld();
  world.files.unlink(splitPaths.key);
  const { outcome, reason } = await world.rotate();
  assert.deepEqual([outcome, reason], ["rotated", "broken"]);
});

Deno.test("a complete pair that was moved to another disk is accepted", async () => {
  const world = await mountedWorld();
  const key = world.read(splitPaths.key) ?? "";
  world.unmount();
  world.write(splitPaths.key, key);
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
});

Deno.test("a key found under the mount point is not taken for the pair's key", async () => {
  const world = await fullWorld("/keys");
  world.unmount();
  world.write(splitPaths.key, world.read(given.key) ?? "");
  const before = world.tree;
  assert.equal((await world.rotate({ force: true })).outcome, "failed");
  assert.deepEqual(world.tree, before);
});

Deno.test("a pair in one directory has no record, a pair on one device none next to the key", async () => {
  const world = await mountedWorld();
  assert.notEqual(world.read("/keys/.key.pem.certswap.known"), undefined);
  const same = await mountedWorld();
  same.configuration = {
    ...configured,
    paths: { certificate: "/tls/cert.pem", key: "/run/key.pem" },
  };
  same.files.disk = plant({ "/run/": {} }, same.files.disk);
  await same.rotate({ force: true });
  assert.equal(same.read("/run/.key.pem.certswap.known"), undefined);
  assert.notEqual(same.state.lastKnown, undefined);
  const one = await mountedWorld();
  one.configuration = { ...configured, paths: { certificate: "/tls/a.pem", key: "/tls/b.pem" } };
  await one.rotate();
  assert.doesNotMatch(one.read("/tls/.certswap/a.pem.state") ?? "", /lastKnown/);
});

Deno.test("the state is not written at every run only to record the disks", async () => {
  const world = await mountedWorld();
  const before = world.tree;
  world.mount(8);
  await world.rotate();
  assert.deepEqual(
    (world.tree as [string, unknown][]).map(([path]) => path),
    (before as [string, unknown][]).map(([path]) => path),
  );
  assert.equal(world.state.lastKnown?.key.device, 7, "the next change records it");
});

Deno.test("requires_mount is checked first, regardless of what is known about the pair", async () => {
  const world = await mountedWorld();
  const paths = { ...splitPaths, requiresMount: ["/keys"] };
  world.configuration = { ...world.configuration, paths };
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
  world.unmount();
  world.write(splitPaths.key, "anything");
  const before = world.tree;
  const { errors: [error] } = await world.rotate({ force: true, acceptMissing: true });
  assert.equal(exitCodeFor(error), 1);
  assert.match(describe(error).message, /^\/keys is not mounted/);
  await assert.rejects(recoverPair(world.system, paths, { lockTimeout }), {
    code: "mount-required",
  });
  await assert.rejects(readStatus(world.system, paths), { code: "mount-required" });
  assert.deepEqual(world.tree, before);
});

Deno.test("requires_mount refuses a first pair if nothing is mounted there", async () => {
  const world = await mountedWorld();
  world.configuration = {
    ...configured,
    paths: { certificate: "/tls/a.pem", key: "/keys/b.pem", requiresMount: ["/keys", "/"] },
  };
  world.unmount();
  assert.equal((await world.rotate()).outcome, "failed");
  assert.deepEqual(world.below, []);
  world.mount();
  assert.equal((await world.rotate()).outcome, "rotated");
});

Deno.test("a required mount point that does not exist counts as not mounted", async () => {
  const world = await mountedWorld();
  const paths = { ...splitPaths, requiresMount: ["/media/keys"] };
  await assert.rejects(recoverPair(world.system, paths, { lockTimeout }), {
    code: "mount-required",
  });
});

Deno.test("a rotation at rest records the time even if the key's disk is read-only", async () => {
  const world = await mountedWorld();
  world.files.unlink("/keys/.key.pem.certswap.known");
  world.pass(2 * day);
  const files = new SimulatedFileSystem(world.files.disk, {
    fate: ({ operation, path }) =>
      operation === "create" && path.startsWith("/keys/") ? { errno: "EROFS" } : "run",
  });
  const system = { ...world.system, files };
  const options = { lockTimeout, force: false, wait: false, onEvent: () => {}, textOf: String };
  const { outcome, errors } = await rotatePair(system, world.configuration, options);
  assert.deepEqual([outcome, errors], ["idle", []]);
  world.files.disk = files.disk;
  assert.deepEqual(world.state.latestTime, world.now);
});
