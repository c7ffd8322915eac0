/** A disk with hardly any room: each certificate that was asked for is used, and no run is silent. */
import assert from "node:assert/strict";
import { FileSystemError, hour } from "../../lib/system/mod.ts";
import { rotatedWorld, RotationWorld, signs } from "../support/rotation_world.ts";
import { bytesOf } from "./model/contents.ts";
import { type Disk, type Inode, type Node, withNode } from "./model/disk.ts";
import { type Observer, SimulatedFileSystem } from "./model/simulated_file_system.ts";

const blockSize = 4096;

/** How many blocks the files and directories of a disk take. A file that was written over takes no more. */
function blocksOf({ nodes }: Disk): number {
  const linked = new Set<Inode>();
  for (const node of nodes.values()) {
    if (node.kind === "directory") { for (const inode of node.names.values()) linked.add(inode); }
  }
  return [...linked].reduce((count, inode) => {
    const node = nodes.get(inode);
    return count +
      (node?.kind === "file" ? Math.ceil(bytesOf(node.content).length / blockSize) : 1);
  }, 0);
}

/** A disk of so many blocks. */
class SmallFileSystem extends SimulatedFileSystem {
  capacity = Infinity;

  constructor(disk: Disk, observer: Observer = {}) {
    super(disk, observer);
  }

  /** Another process takes all but so many of the free blocks, or gives some of them back. */
  leave(free: number): void {
    this.capacity = blocksOf(this.disk) + free;
  }

  override replace(inode: Inode, node: Node): void {
    const [before, after] = [this.disk, withNode(this.disk, inode, node)].map(blocksOf);
    if (after !== undefined && before !== undefined && after > before && after > this.capacity) {
      throw new FileSystemError("ENOSPC", "write", `inode ${inode}`);
    }
    super.replace(inode, node);
  }
}

/** A device whose pair of thirty days expires in a day and a half, so that it is tried at every hour. */
async function urgentDevice(observer?: Observer): Promise<{
  readonly world: RotationWorld;
  readonly disk: SmallFileSystem;
}> {
  const rotated = await rotatedWorld();
  const disk = new SmallFileSystem(rotated.files.disk, observer);
  const world = new RotationWorld(rotated.signer, disk);
  world.now = rotated.now;
  world.life = 30 * 24 * hour;
  await world.rotate({ force: true });
  world.pass((28 * 24 + 12) * hour);
  world.runs.length = 0;
  return { world, disk };
}

/** Blocks that are enough for everything. */
const plenty = 100;

Deno.test("a disk with few free blocks costs one certificate at most", async () => {
  const enough: number[] = [];
  for (let free = 0; free <= 40; free++) {
    const { world, disk } = await urgentDevice();
    disk.leave(free);
    for (let hours = 0; hours < 6; hours++) {
      const { outcome, attention } = await world.rotate();
      if (outcome === "rotated") break;
      assert.notEqual(attention, undefined, `silent with ${free} blocks`);
      world.pass(hour);
    }
    const asked = world.count("issuer");
    assert.ok(asked <= 1, `${asked} certificates with ${free} blocks`);
    if (asked === 1) enough.push(free);
    disk.leave(plenty);
    const { outcome } = await world.rotate();
    assert.ok(["rotated", "idle"].includes(outcome), `${outcome} with ${free} blocks`);
    assert.equal(world.count("issuer"), 1, `with ${free} blocks`);
    assert.deepEqual(world.served, world.active);
    assert.equal(world.read(answer), undefined);
  }
  assert.ok((enough[0] ?? 0) > 8, "with too little room the issuer is not asked at all");
  assert.equal(enough.at(-1), 40);
});

const answer = "/tls/.cert.pem.certswap.answer";

Deno.test("a disk that is full when the issuer has answered costs no second certificate", async () => {
  const { world, disk } = await urgentDevice();
  world.issuer = async (options, world) => {
    const signed = await signs(options, world);
    disk.leave(0);
    return signed;
  };
  for (let hours = 0; hours < 24; hours++) {
    const { outcome, attention } = await world.rotate();
    assert.equal(outcome, "failed");
    assert.equal(attention?.urgency, "critical");
    world.pass(hour);
  }
  assert.equal(world.count("issuer"), 1);
  disk.leave(plenty);
  assert.equal((await world.rotate()).outcome, "rotated");
  assert.equal(world.count("issuer"), 1);
});

Deno.test("a disk that fills up at any operation of every run costs one certificate at most", async () => {
  /** Counts down to the operation before which another process takes every free block. */
  const filler: { left: number; disk?: SmallFileSystem } = { left: -1 };
  const observer: Observer = {
    fate() {
      if (filler.left-- === 0) filler.disk?.leave(0);
      return "run";
    },
  };
  let isFilled = true;
  for (let index = 0; isFilled; index += 7) {
    const { world, disk } = await urgentDevice(observer);
    filler.disk = disk;
    isFilled = false;
    for (let run = 0; run < 3; run++) {
      disk.leave(plenty);
      filler.left = index;
      await world.rotate();
      isFilled ||= filler.left < 0;
      filler.left = -1;
      world.pass(hour);
    }
    assert.ok(world.count("issuer") <= 1, `full at operation ${index}`);
    disk.leave(plenty);
    await world.rotate();
    assert.equal(world.count("issuer"), 1, `full at operation ${index}`);
    assert.deepEqual(world.served, world.active);
  }
});

Deno.test("an answer of which a power cut has left a part is not used", async () => {
  const { world, disk } = await urgentDevice();
  world.issuer = async (options, world) => {
    const signed = await signs(options, world);
    disk.leave(0);
    return signed;
  };
  await world.rotate();
  const kept = world.read(answer) ?? "";
  assert.match(kept, /^sha256 [0-9a-f]{64} \d+\n-----BEGIN CERTIFICATE-----\n/);
  disk.leave(plenty);
  world.issuer = signs;
  for (const torn of [kept.slice(0, 300), kept.replace(/[A-Z]{3}/, "AAA"), kept.slice(1), ""]) {
    world.write(answer, torn);
    const before = world.count("issuer");
    world.pass(hour);
    assert.equal((await world.rotate({ force: true })).outcome, "rotated");
    assert.equal(world.count("issuer"), before + 1);
    assert.equal(world.read(answer), undefined);
  }
});
