/** What counts as a mount point: by the kernel's table, and by device numbers if that is not known. */
import assert from "node:assert/strict";
import type { Mount, System, Volumes } from "../../../lib/system/mod.ts";
import { MountedFileError } from "../../../lib/device/errors.ts";
import { mountedFilesOf } from "../../../lib/device/pair/mod.ts";
import { requireMountPoints } from "../../../lib/device/pair/last_known/mod.ts";
import { readStatus } from "../../../lib/device/status/mod.ts";
import { SimulatedFileSystem } from "../../simulation/model/simulated_file_system.ts";
import { unknownVolumes } from "../../simulation/model/unknown_volumes.ts";
import { mountedWorld } from "../../support/mounted_world.ts";
import { configured, rotatedWorld } from "../../support/rotation_world.ts";

const tableOf = (points: readonly string[]): readonly Mount[] =>
  points.map((point) => ({ point, isReadOnly: false }));

const volumesOf = (...points: readonly string[]): Volumes => ({
  ...unknownVolumes,
  mounts: () => Promise.resolve(tableOf(points)),
});

/** Like overlayfs, which shows a file with the device number of its layer, and a directory with its own. */
function onOverlay({ disk }: SimulatedFileSystem): SimulatedFileSystem {
  const nodes = [...disk.nodes].map(([inode, node]) =>
    [inode, node.kind === "file" ? { ...node, device: 9 } : node] as const
  );
  return new SimulatedFileSystem({ ...disk, nodes: new Map(nodes) });
}

Deno.test("a file is mounted by itself if the table says so, whichever its device", async () => {
  const { files: plain, configuration: { paths } } = await rotatedWorld();
  const files = onOverlay(plain);
  const found = (points: readonly string[]): readonly unknown[] =>
    mountedFilesOf(files, paths, tableOf(points)).map(({ path }) => path);
  assert.deepEqual(found(["/", "/tls"]), []);
  assert.deepEqual(found(["/", "/tls/cert.pem"]), ["/tls/cert.pem"]);
});

Deno.test("without the table, a file on another device than its directory is a mount point", async () => {
  const { files, configuration: { paths } } = await rotatedWorld();
  const found = mountedFilesOf(onOverlay(files), paths, undefined);
  assert.deepEqual(found.map(({ path }) => path), ["/tls/cert.pem", "/tls/key.pem"]);
  assert.deepEqual(mountedFilesOf(files, paths, undefined), []);
});

Deno.test("status does not take an ordinary file on overlayfs for a mount point", async () => {
  const world = await rotatedWorld();
  const { paths } = world.configuration;
  const system: System = { ...world.system, files: onOverlay(world.files) };
  const warnings = async (volumes: Volumes): Promise<readonly unknown[]> =>
    (await readStatus({ ...system, volumes }, paths)).warnings;
  assert.deepEqual(await warnings(volumesOf("/", "/tls")), []);
  const [warning, ...others] = await warnings(volumesOf("/", "/tls/key.pem"));
  assert.deepEqual(others, []);
  assert.ok(warning instanceof MountedFileError);
  assert.equal(warning.path, "/tls/key.pem");
});

/** The result of `requires_mount = ["/tls"]` with these mounts. */
async function required(volumes: Volumes): Promise<string> {
  const world = await rotatedWorld();
  world.volumes = volumes;
  world.configuration = { ...configured, paths: { ...configured.paths, requiresMount: ["/tls"] } };
  const { outcome, errors } = await world.rotate();
  return [outcome, ...errors.map((error) => (error as { code: string }).code)].join(" ");
}

Deno.test("requires_mount accepts a bind mount from the same file system that is in the table", async () => {
  assert.equal(await required(volumesOf("/", "/tls")), "idle");
  assert.equal(await required(volumesOf("/")), "failed mount-required");
});

Deno.test("status accepts a required bind mount that was seen before programs were given up", async () => {
  const { system } = await rotatedWorld();
  const paths = { ...configured.paths, requiresMount: ["/tls"] };
  const mounts = (): never => assert.fail("a program was run");
  const volumes = { ...unknownVolumes, mounts };
  const around = { mounts: tableOf(["/", "/tls"]), rooms: new Map() };
  const { active } = await readStatus({ ...system, volumes }, paths, { around });
  assert.equal(active.condition, "valid");
  const hidden = { ...around, mounts: tableOf(["/"]) };
  await assert.rejects(readStatus({ ...system, volumes }, paths, { around: hidden }), {
    code: "mount-required",
  });
});

Deno.test("requires_mount uses the device number if the table is not known", async () => {
  assert.equal(await required(unknownVolumes), "failed mount-required");
});

Deno.test("requires_mount does not accept a mount point that a later mount above it hides", async () => {
  const { system } = await rotatedWorld();
  const check = async (...points: readonly string[]): Promise<void> =>
    await requireMountPoints({ ...system, volumes: volumesOf(...points) }, ["/tls"]);
  await check("/", "/tls", "/tls/below");
  await assert.rejects(check("/tls", "/"), { code: "mount-required" });
});

Deno.test("requires_mount does not read the table for a directory with its own device number", async () => {
  const { system } = await mountedWorld();
  const mounts = (): never => assert.fail("the table was read");
  await requireMountPoints({ ...system, volumes: { ...unknownVolumes, mounts } }, ["/keys", "/"]);
});
