import assert from "node:assert/strict";
import { isErrno, type System } from "../../lib/system/mod.ts";
import {
  makeDirectoryDurably,
  recover,
  type RecoveryReport,
  UntrustedStateError,
  withSession,
} from "../../lib/transaction/mod.ts";
import { directory, keyOf, plant, type Planted } from "../simulation/model/disk.ts";
import { hasEffect } from "../simulation/model/step.ts";
import type { Fate, Operation } from "../simulation/model/simulated_file_system.ts";
import { crashedDisk, journalPath, machineWith, recoverOn, replacing, site } from "./crashed.ts";

const nothing: RecoveryReport = { outcome: "clean", targets: [], removed: [], foreign: [] };

Deno.test("recover() creates nothing if certswap never ran there", async () => {
  const disk = plant({ "/d/a": "old-a" });
  const machine = machineWith(disk);
  assert.deepEqual(await recoverOn(machine), nothing);
  assert.equal(keyOf(machine.files.disk), keyOf(disk));
});

Deno.test("withSession() creates the state directory for its owner only, with a lock in it", async () => {
  const machine = machineWith(plant({ "/d/a": "old-a" }));
  await withSession(machine.system, site, { lockTimeout: 0, work: () => Promise.resolve() });
  const { files } = machine;
  assert.equal(files.stat("/d/.certswap").mode, 0o700);
  assert.equal(files.stat("/d/.certswap/a.lock").mode, 0o600);
  assert.deepEqual(files.readDirectory("/d/.certswap"), ["a.lock"]);
});

const untrusted: readonly [string, UntrustedStateError["reason"], Record<string, Planted>][] = [
  ["is someone else's", "owner", { "/d/.certswap/": { attributes: { uid: 1000, mode: 0o700 } } }],
  ["its group can write", "writable-by-others", {
    "/d/.certswap/": { attributes: { mode: 0o770 } },
  }],
  ["everybody can write", "writable-by-others", {
    "/d/.certswap/": { attributes: { mode: 0o1777 } },
  }],
  ["is a file", "not-a-directory", { "/d/.certswap": { content: "" } }],
  ["is a link, even to a good one", "not-a-directory", {
    "/e/": { attributes: { mode: 0o700 } },
    "/d/.certswap": { link: "/e" },
  }],
  ["is a dangling link", "not-a-directory", { "/d/.certswap": { link: "/nowhere" } }],
];

for (const [what, reason, planted] of untrusted) {
  Deno.test(`a state directory that ${what} is refused, and nothing touched`, async () => {
    const disk = plant({ "/d/a": "old-a", ...planted });
    const work = (): never => assert.fail("it began to work");
    const runs: readonly ((system: System) => Promise<unknown>)[] = [
      (system) => recover(system, site, { lockTimeout: 0 }),
      (system) => withSession(system, site, { lockTimeout: 0, work }),
    ];
    for (const run of runs) {
      const machine = machineWith(disk);
      await assert.rejects(run(machine.system), (error) => {
        assert.ok(error instanceof UntrustedStateError, String(error));
        assert.deepEqual({ path: error.path, reason: error.reason }, {
          path: "/d/.certswap",
          reason,
        });
        return true;
      });
      assert.equal(keyOf(machine.files.disk), keyOf(disk));
    }
  });
}

/**
 * A file system that was mounted to be read. The lock is opened for writing, which the simulated door does
 * not tell from reading.
 */
function readOnly(operation: Operation): Fate {
  const writes = (hasEffect(operation) && operation.operation !== "fsync") ||
    operation.operation === "create" || operation.path.endsWith(".lock");
  return writes ? { errno: "EROFS" } : "run";
}

Deno.test("recover() succeeds on a read-only file system if there is nothing to do", async () => {
  const withoutLock = plant({ "/d/.certswap/": { attributes: { mode: 0o700 } } });
  for (const disk of [withoutLock, crashedDisk({})]) {
    const machine = machineWith(disk, { fate: readOnly });
    assert.deepEqual(await recoverOn(machine), nothing);
    assert.equal(keyOf(machine.files.disk), keyOf(disk));
  }
});

Deno.test("recover() fails on a read-only file system if there is something to do", async () => {
  const leftovers = crashedDisk({ "/d/.a.certswap.tmp": "torn" });
  const journal = crashedDisk({
    [journalPath]: await replacing("/d/a"),
    "/d/a": "old-a",
    "/d/.a.certswap.tmp": "new-a",
  });
  for (const disk of [leftovers, journal]) {
    const machine = machineWith(disk, { fate: readOnly });
    await assert.rejects(recoverOn(machine), (error) => isErrno(error, "EROFS"));
    assert.equal(keyOf(machine.files.disk), keyOf(disk));
  }
});

Deno.test("makeDirectoryDurably() makes each directory durable before it creates the next", () => {
  const operations: string[] = [];
  const machine = machineWith(plant({ "/d/": {} }), {
    fate({ operation, path }) {
      if (["mkdir", "fsync"].includes(operation)) operations.push(`${operation} ${path}`);
      return "run";
    },
  });
  makeDirectoryDurably(machine.files, "/d/ca/certs", 0o700);
  assert.deepEqual(operations, [
    "fsync /",
    "mkdir /d/ca",
    "fsync /d",
    "mkdir /d/ca/certs",
    "fsync /d/ca",
  ]);
  assert.equal(machine.files.stat("/d/ca/certs").mode, 0o700);
  for (const node of machine.files.disk.nodes.keys()) {
    assert.deepEqual(directory(machine.files.disk, node).pending, []);
  }
});

Deno.test("makeDirectoryDurably() also makes an existing directory durable", () => {
  const machine = machineWith(plant({ "/d/": {} }));
  machine.files.makeDirectory("/d/ca", 0o700);
  makeDirectoryDurably(machine.files, "/d/ca", 0o700);
  for (const node of machine.files.disk.nodes.keys()) {
    assert.deepEqual(directory(machine.files.disk, node).pending, []);
  }
});
