/** Outputs of a pair on a disk of their own, which may not be mounted. */
import assert from "node:assert/strict";
import { recoverPair } from "../../../lib/device/change/recover.ts";
import { NotMountedError } from "../../../lib/device/errors.ts";
import type { PairPaths } from "../../../lib/device/mod.ts";
import { mountedFilesOf } from "../../../lib/device/pair/mod.ts";
import { readStatus } from "../../../lib/device/status/mod.ts";
import type { Volumes } from "../../../lib/system/mod.ts";
import { withFileSystem } from "../../simulation/model/mounts.ts";
import { SimulatedFileSystem } from "../../simulation/model/simulated_file_system.ts";
import { unknownVolumes } from "../../simulation/model/unknown_volumes.ts";
import { MountedWorld } from "../../support/mounted_world.ts";
import { commonSigner, configured, day, emptyDevice } from "../../support/rotation_world.ts";

const output = {
  path: "/keys/copy.pem",
  contains: ["key", "chain"],
  format: "pem",
  rights: {},
  profile: "modern",
} as const;

/** A pair, of each shape, with an output on a disk of its own. */
async function worldWith(paths: PairPaths): Promise<MountedWorld> {
  const signer = await commonSigner();
  const disk = withFileSystem(emptyDevice(signer, { "/keys/": {} }), "/keys", 7);
  const world = new MountedWorld(signer, new SimulatedFileSystem(disk));
  world.configuration = { ...configured, probes: [], paths: { ...paths, outputs: [output] } };
  const { outcome, errors } = await world.rotate();
  assert.equal(outcome, "rotated", String(errors[0]));
  world.runs.length = 0;
  return world;
}

const shapes: readonly PairPaths[] = [
  { certificate: "/tls/cert.pem", key: "/tls/key.pem" },
  { certificate: "/tls/web.pem", key: "/tls/web.pem", shape: "combined" },
  { certificate: "/tls/current/cert.pem", key: "/tls/current/key.pem", shape: "flip" },
];

for (const paths of shapes) {
  const { shape = "files" } = paths;
  Deno.test(`an output on a disk that is not mounted stops every change of a pair (${shape})`, async () => {
    const world = await worldWith(paths);
    assert.equal((await world.rotate()).outcome, "idle");
    world.pass(80 * day);
    world.unmount();
    const before = world.tree;
    for (const force of [false, true]) {
      const { outcome, errors } = await world.rotate({ force });
      assert.equal(outcome, "failed");
      const [error] = errors;
      assert.ok(error instanceof NotMountedError, String(error));
      assert.equal(error.path, "/keys/copy.pem");
    }
    await assert.rejects(
      recoverPair(world.system, world.configuration.paths, { lockTimeout: 0 }),
      NotMountedError,
    );
    assert.deepEqual(world.below, [], "nothing under the mount point");
    assert.deepEqual(world.tree, before);
    assert.equal(world.runs.length, 0);
    const { warnings } = await readStatus(world.system, world.configuration.paths);
    assert.ok(warnings.some((warning) => warning instanceof NotMountedError));
    world.mount();
    assert.equal((await world.rotate()).outcome, "rotated");
  });
}

Deno.test("an output that is gone while its disk is mounted is repaired", async () => {
  const [paths] = shapes;
  assert.ok(paths !== undefined);
  const world = await worldWith(paths);
  world.files.unlink("/keys/copy.pem");
  assert.equal((await world.rotate()).outcome, "repaired");
  assert.equal(
    world.read("/keys/copy.pem"),
    `${world.read("/tls/key.pem")}${world.read("/tls/cert.pem")}`,
  );
});

Deno.test("an output that is a mount point itself is warned of", async () => {
  const [paths] = shapes;
  assert.ok(paths !== undefined);
  const world = await worldWith(paths);
  const mounts = ["/", "/keys", "/keys/copy.pem"].map((point) => ({ point, isReadOnly: false }));
  const found = mountedFilesOf(world.files, world.configuration.paths, mounts);
  assert.deepEqual(found.map(({ path }) => path), ["/keys/copy.pem"]);
  const volumes: Volumes = { ...unknownVolumes, mounts: () => Promise.resolve(mounts) };
  const { warnings } = await readStatus({ ...world.system, volumes }, world.configuration.paths);
  assert.deepEqual(
    warnings.map((warning) => (warning as { code: string }).code),
    ["mounted-file"],
  );
});
