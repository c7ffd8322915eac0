/** Months of trouble: no run is silent, the issuer is asked rarely, and the end is noticed immediately. */
import assert from "node:assert/strict";
import { exitCodeOf } from "../../../lib/cli/exit_code.ts";
import { lookForRest } from "../../../lib/device/rotation/mod.ts";
import { hour } from "../../../lib/system/mod.ts";
import { ended, rotatedWorld, RotationWorld, signs } from "../../support/rotation_world.ts";
import { type Operation, SimulatedFileSystem } from "../model/simulated_file_system.ts";

/** A device with a pair of thirty days, and a disk that can be told to refuse. */
async function deviceWithDisk(): Promise<{
  readonly world: RotationWorld;
  readonly disk: { refuses: (operation: Operation) => string | undefined };
}> {
  const rotated = await rotatedWorld();
  const disk: { refuses: (operation: Operation) => string | undefined } = {
    refuses: () => undefined,
  };
  const files = new SimulatedFileSystem(rotated.files.disk, {
    fate: (operation) => {
      const errno = disk.refuses(operation);
      return errno === undefined ? "run" : { errno };
    },
  });
  const world = new RotationWorld(rotated.signer, files);
  world.now = rotated.now;
  world.life = 30 * 24 * hour;
  await world.rotate({ force: true });
  world.runs.length = 0;
  return { world, disk };
}

/** Whether a run, started as by cron, prints something and fails. */
async function speaks(world: RotationWorld): Promise<boolean> {
  const look = async (): Promise<unknown> => {
    try {
      return await lookForRest(world.system, world.configuration, { force: false });
    } catch {
      return undefined;
    }
  };
  if (await look() !== undefined) return false;
  const result = await world.rotate();
  assert.equal(exitCodeOf(result) !== 0, result.attention !== undefined);
  return result.attention !== undefined;
}

const writing = ["create", "write", "mkdir", "rename", "unlink", "link"];

const troubles = {
  "an issuer that is dead": (world: RotationWorld) => {
    world.issuer = () => ended(1);
    return () => void (world.issuer = signs);
  },
  "an issuer that never decides": (world: RotationWorld) => {
    world.issuer = () => ended(75);
    return () => void (world.issuer = signs);
  },
  "a disk that is mounted read-only": (_: RotationWorld, disk: Disk) => {
    disk.refuses = ({ operation, path }) =>
      writing.includes(operation) || operation === "open" && path.endsWith(".lock")
        ? "EROFS"
        : undefined;
    return () => void (disk.refuses = () => undefined);
  },
  "a disk that is full": (_: RotationWorld, disk: Disk) => {
    disk.refuses = ({ operation }) =>
      ["create", "write", "mkdir"].includes(operation) ? "ENOSPC" : undefined;
    return () => void (disk.refuses = () => undefined);
  },
};

type Disk = Awaited<ReturnType<typeof deviceWithDisk>>["disk"];

for (const [trouble, begin] of Object.entries(troubles)) {
  Deno.test(`months with ${trouble}: every run from the first overdue one on says so`, async () => {
    const { world, disk } = await deviceWithDisk();
    const end = begin(world, disk);
    const begun = world.now.getTime();
    let first: number | undefined;
    // Every hour while the pair is due and expires, then four times a day.
    for (let hours = 19 * 24; hours < 75 * 24; hours += hours < 32 * 24 ? 1 : 6) {
      world.now = new Date(begun + hours * hour);
      const isSpeaking = await speaks(world);
      assert.ok(isSpeaking || first === undefined, `silent after ${hours} hours`);
      if (isSpeaking) first ??= hours;
    }
    // Due after 20 to 22.5 days, and overdue a day later at the latest.
    assert.ok(first !== undefined && first <= 23.5 * 24, `silent for ${first} hours`);
    assert.ok(world.count("issuer") <= 12 * 24 + 43 * 4, "asked at most once a run");
    end();
    world.pass(hour);
    const { outcome, attention } = await world.rotate();
    assert.deepEqual([outcome, attention], ["rotated", undefined]);
  });
}
