import assert from "node:assert/strict";
import { inspect, recover, type Site } from "../../lib/transaction/mod.ts";
import { type Disk, plant, type Planted, visibleFiles } from "../simulation/model/disk.ts";
import {
  type Change,
  runTransaction,
  siteOf,
} from "../simulation/scenarios/transaction_scenarios.ts";
import { trace } from "../simulation/model/walk.ts";
import { crashedDisk, machineWith, recoverOn, replacing, site, textsOn } from "./crashed.ts";

/*
 * What stands beside a site's files and is not its own is left alone, however much it looks like its own.
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

Deno.test("a transaction touches no file of the user's, whatever it is called", async () => {
  const initial = plant({ ...usersFiles, "/d/a": { content: "old-a", attributes } });
  const { files, system } = machineWith(initial);
  await runTransaction(system, siteOf(["/d/a", "/d/b"], ["/d"]), changes);
  assert.deepEqual(usersFilesOn(files.disk), usersFilesOn(initial));
  assert.equal(textsOn(files.disk)["/d/a"], "new-a");
});

Deno.test("a transaction that fails touches no file of the user's either", async () => {
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

Deno.test("recovery removes certswap's own leftovers, and nothing that is called like them", async () => {
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

Deno.test("recovery with a journal removes nothing of the user's", async () => {
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

Deno.test("two sites share a directory: a crash of one, at any moment, leaves the other alone", async () => {
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
