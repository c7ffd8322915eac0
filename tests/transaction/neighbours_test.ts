import assert from "node:assert/strict";
import {
  inspect,
  LockedError,
  NeighbourUnfinishedError,
  recover,
  type Site,
  takeSnapshot,
  TransactionFailedError,
  withSession,
} from "../../lib/transaction/mod.ts";
import { type Disk, plant, type Planted, visibleFiles } from "../simulation/model/disk.ts";
import {
  type Change,
  runTransaction,
  siteOf,
} from "../simulation/scenarios/transaction_scenarios.ts";
import { SimulatedFileSystem } from "../simulation/model/simulated_file_system.ts";
import { trace } from "../simulation/model/walk.ts";
import { crashedDisk, machineWith, recoverOn, replacing, site, textsOn } from "./crashed.ts";

/*
 * Foreign files beside a site's files are left alone, even if their names look like certswap's own.
 */

/** Files of other people, beside the targets `/d/a`, `/d/b` and `/d/c`. */
const usersFiles: Readonly<Record<string, Planted | string>> = Object.fromEntries(
  [
    "a.bak",
    "a.tmp",
    ".a.bak",
    "a.certswap.tmp",
    ".a.certswap.tmp.txt",
    ".a.certswap.tmp~",
    ".a.certswap.bak.1",
    ".a.certswap.BAK",
    ".a.certswap.old",
    ".a.certswap.",
    ".certswap.tmp",
    "..certswap.tmp",
    ".A.certswap.tmp",
    ".other.certswap.tmp",
    ".other.certswap.bak",
    "..a.certswap.tmp.certswap.tmp",
    ".a.certswap.tmp.certswap.bak",
    "sub/.a.certswap.tmp",
    ".certswap/a.journal.bak",
    ".certswap/a.journal.old",
    ".certswap/.b.journal.certswap.tmp",
    ".certswap/.a.lock.certswap.tmp",
    ".certswap/.a.certswap.tmp",
    ".certswap/notes",
  ].map((name) => [`/d/${name}`, { content: `the user's ${name}`, attributes: { uid: 1000 } }]),
);

/** What is there of the user's files, with inodes. */
function usersFilesOn(disk: Disk): unknown[] {
  const seen = visibleFiles(disk);
  return Object.keys(usersFiles).map((path) => [path, seen.get(path)]);
}

const changes: readonly Change[] = [
  { path: "/d/a", old: "old-a", new: "new-a" },
  { path: "/d/b", old: undefined, new: "new-b" },
];
const attributes = { uid: 7, gid: 8, mode: 0o640 };

Deno.test("a transaction touches no file of the user, whichever name it has", async () => {
  const initial = plant({ ...usersFiles, "/d/a": { content: "old-a", attributes } });
  const { files, system } = machineWith(initial);
  await runTransaction(system, siteOf(["/d/a", "/d/b"], ["/d"]), changes);
  assert.deepEqual(usersFilesOn(files.disk), usersFilesOn(initial));
  assert.equal(textsOn(files.disk)["/d/a"], "new-a");
});

Deno.test("a transaction that fails touches no file of the user", async () => {
  const initial = plant({ ...usersFiles, "/d/a": { content: "old-a", attributes } });
  for (const refused of ["/d/.a.certswap.tmp", "/d/.b.certswap.tmp"]) {
    const { files, system } = machineWith(initial, {
      fate: ({ operation, path }) =>
        operation === "rename" && path === refused ? { errno: "EPERM" } : "run",
    });
    await assert.rejects(runTransaction(system, siteOf(["/d/a", "/d/b"], ["/d"]), changes));
    assert.deepEqual(usersFilesOn(files.disk), usersFilesOn(initial));
    assert.equal(textsOn(files.disk)["/d/a"], "old-a");
  }
});

Deno.test("recovery removes only certswap's own leftovers, not files with similar names", async () => {
  const own = {
    "/d/.a.certswap.tmp": "torn",
    "/d/.a.certswap.bak": "old-a",
    "/d/.c.certswap.bak": "old-c",
    "/d/.certswap/.a.journal.certswap.tmp": "torn",
  };
  const disk = crashedDisk({ ...usersFiles, "/d/a": "old-a", "/d/b": "old-b", ...own });
  const machine = machineWith(disk);
  const report = await recoverOn(machine);
  assert.equal(report.outcome, "cleaned");
  assert.deepEqual([...report.removed].sort(), Object.keys(own).sort());
  assert.deepEqual(usersFilesOn(machine.files.disk), usersFilesOn(disk));
  assert.deepEqual(
    Object.keys(textsOn(disk)).filter((path) => !(path in own)),
    Object.keys(textsOn(machine.files.disk)),
  );
});

Deno.test("recovery with a journal removes no file of the user", async () => {
  const journal = { "/d/.certswap/a.journal": await replacing("/d/a", "/d/b") };
  const disk = crashedDisk({
    ...usersFiles,
    ...journal,
    "/d/a": "new-a",
    "/d/.a.certswap.bak": "old-a",
    "/d/b": "old-b",
    "/d/.b.certswap.bak": "old-b",
  });
  const machine = machineWith(disk);
  assert.equal((await recoverOn(machine)).outcome, "rolled-back");
  assert.deepEqual(usersFilesOn(machine.files.disk), usersFilesOn(disk));
});

/** A second site, whose files lie in the same directories and whose state lies in the same place. */
const neighbour: Site = { ...siteOf(["/d/x", "/d/y"], ["/d"]), name: "x" };
const neighboursChanges: readonly Change[] = [
  { path: "/d/x", old: "old-x", new: "new-x" },
  { path: "/d/y", old: "old-y", new: "new-y" },
];
const ownChanges: readonly Change[] = [
  { path: "/d/a", old: "old-a", new: "new-a" },
  { path: "/d/b", old: "old-b", new: "new-b" },
];

/** The files of a site, by path. */
function filesOf(disk: Disk, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    [...visibleFiles(disk)].filter(([path]) =>
      names.some((name) => path === `/d/${name}` || path.includes(`/.${name}.`)) ||
      path.startsWith(`/d/.certswap/${names[0]}.`) ||
      path.startsWith(`/d/.certswap/.${names[0]}.`)
    ),
  );
}

Deno.test("two sites share a directory: a crash of one does not affect the other", async () => {
  const initial = plant(Object.fromEntries(
    [...ownChanges, ...neighboursChanges].map(({ path, old = "" }) => [
      path,
      { content: old, attributes },
    ]),
  ));
  const ours = ["a", "b"];
  const theirs = ["x", "y"];
  const { disks } = await trace(initial, async (system) => {
    await runTransaction(system, neighbour, neighboursChanges);
  });
  assert.ok(disks.length > 20);
  for (const disk of disks) {
    const { files, system } = machineWith(disk);
    const outlook = await inspect(system, neighbour);
    assert.equal((await recover(system, site, { lockTimeout: 0 })).outcome, "clean");
    await runTransaction(system, site, ownChanges);
    assert.deepEqual(filesOf(files.disk, theirs), filesOf(disk, theirs), "the neighbour's files");
    assert.equal(textsOn(files.disk)["/d/a"], "new-a");
    assert.equal(textsOn(files.disk)["/d/b"], "new-b");

    const before = filesOf(files.disk, ours);
    const report = await recover(system, neighbour, { lockTimeout: 0 });
    assert.equal(report.outcome, outlook.outcome);
    assert.deepEqual(filesOf(files.disk, ours), before, "our files");
    const texts = textsOn(files.disk);
    assert.equal(texts["/d/x"]?.slice(0, 3), texts["/d/y"]?.slice(0, 3));
    assert.deepEqual(Object.keys(texts).filter((path) => path.includes(".certswap.")), []);
  }
});

/** Two sites that share a key, `/d/k`: each has a certificate and a lock of its own. */
const [left, right] = ["a", "x"].map((name): Site => ({
  ...siteOf([`/d/${name}`, "/d/k"], ["/d"]),
  name,
  sharesTarget: (target) => target === "/d/k",
})) as [Site, Site];
const shared = plant(Object.fromEntries(
  ["a", "x", "k"].map((name) => [`/d/${name}`, { content: `old-${name}`, attributes }]),
));
const changesWith = (name: string): readonly Change[] =>
  ["k", name].map((file) => ({ path: `/d/${file}`, old: `old-${file}`, new: `new-${file}` }));

/** Every disk that a transaction of `right` goes through, and what of it lies beside the key. */
async function disksOfRight(): Promise<readonly Disk[]> {
  const { disks } = await trace(shared, async (system) => {
    await runTransaction(system, right, changesWith("x"));
  });
  return disks;
}

const besideKey = (disk: Disk): unknown =>
  Object.entries(textsOn(disk)).filter(([path]) => path.startsWith("/d/.k.certswap."));

Deno.test("two sites share a key: neither removes files of the other while that is in use", async () => {
  let refused = 0;
  for (const disk of await disksOfRight()) {
    const { files, system } = machineWith(disk);
    const lock = "/d/.certswap/x.lock";
    if (textsOn(disk)[lock] === undefined) continue;
    assert.ok(files.openFile(lock).tryLock());
    try {
      await runTransaction(system, left, changesWith("a"));
      assert.deepEqual(besideKey(disk), [], "it went on beside the other's files");
    } catch (error) {
      if (error instanceof LockedError) refused++;
      assert.deepEqual(besideKey(files.disk), besideKey(disk));
    }
  }
  assert.ok(refused > 5, `refused only ${refused} times`);
});

Deno.test("two sites share a key: each leaves a crash of the other to its recovery", async () => {
  let unfinished = 0;
  for (const disk of await disksOfRight()) {
    const machine = machineWith(disk);
    try {
      await recover(machine.system, left, { lockTimeout: 0 });
    } catch (error) {
      assert.ok(error instanceof NeighbourUnfinishedError, String(error));
      assert.deepEqual(besideKey(machine.files.disk), besideKey(disk));
      assert.equal(error.certificate, "/d/x");
      unfinished++;
    }
    // What the hint says.
    await recover(machine.system, right, { lockTimeout: 0 });
    const { "/d/x": x, "/d/k": k } = textsOn(machine.files.disk);
    assert.equal(x?.slice(0, 3), k?.slice(0, 3));
    await recover(machine.system, left, { lockTimeout: 0 });
    assert.deepEqual(besideKey(machine.files.disk), []);
  }
  assert.ok(unfinished > 3, `only ${unfinished} were left`);
});

Deno.test("a transaction that finds a foreign file in its way removes only its own files", async () => {
  for (const name of [".k.certswap.tmp", ".k.certswap.bak", ".a.certswap.tmp"]) {
    const { files, system } = machineWith(shared);
    await assert.rejects(
      withSession(system, left, {
        lockTimeout: 0,
        work: async (session) => {
          const others = { [`/d/${name}`]: "another's", "/d/.k.certswap.bak": "another's backup" };
          files.disk = plant(others, files.disk);
          const before = besideKey(files.disk);
          const entries = await Promise.all(
            changesWith("a").map(async ({ path }) => {
              const old = (await takeSnapshot(files, path, 100))?.snapshot;
              assert.ok(old !== undefined);
              const content = new TextEncoder().encode("new");
              return { kind: "replace", target: path, content, attributes, old } as const;
            }),
          );
          try {
            return await session.commit(entries);
          } finally {
            assert.deepEqual(besideKey(files.disk), before);
          }
        },
      }),
      TransactionFailedError,
    );
  }
});

Deno.test("two sites in different directories share a key: neither removes a file in use", async () => {
  const far: Site = {
    ...siteOf(["/e/x", "/d/k"], ["/e", "/d"]),
    stateDirectory: "/e/.certswap",
    name: "x",
    sharesTarget: (target) => target === "/d/k",
  };
  const initial = plant({ "/e/x": { content: "old-x", attributes } }, shared);
  let refused = 0;
  const files = new SimulatedFileSystem(initial);
  const { system } = machineWith(initial);
  const meddling = {
    ...system,
    files,
    processes: {
      ...system.processes,
      // Right before the commit: everything is staged.
      async deliverSignals() {
        const before = besideKey(files.disk);
        await assert.rejects(
          recover({ ...system, files }, left, { lockTimeout: 0 }),
          (error) => error instanceof LockedError,
        );
        assert.deepEqual(besideKey(files.disk), before);
        refused++;
      },
    },
  };
  await runTransaction(
    { ...system, files },
    left,
    [{ path: "/d/a", old: "old-a", new: "old-a" }, { path: "/d/k", old: "old-k", new: "old-k" }],
  );
  await runTransaction(meddling, far, [
    { path: "/d/k", old: "old-k", new: "new-k" },
    { path: "/e/x", old: "old-x", new: "new-x" },
  ]);
  assert.equal(refused, 1);
  assert.equal(textsOn(files.disk)["/d/k"], "new-k");
  assert.equal((await recover({ ...system, files }, left, { lockTimeout: 0 })).outcome, "clean");
});
