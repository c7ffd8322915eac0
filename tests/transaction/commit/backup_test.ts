import assert from "node:assert/strict";
import { FileSystemError } from "../../../lib/system/mod.ts";
import { TransactionFailedError } from "../../../lib/transaction/mod.ts";
import { type Disk, plant, visibleFiles } from "../../simulation/model/disk.ts";
import type { Fate, Operation } from "../../simulation/model/simulated_file_system.ts";
import {
  type Change,
  runTransaction,
  siteOf,
} from "../../simulation/scenarios/transaction_scenarios.ts";
import { machineWith, textsOn } from "../crashed.ts";

/*
 * Where a backup cannot be a hard link (another user's file, a file system without them) it is a copy, which
 * is as good: it has the owner and the mode of the file that it may have to bring back.
 */

const attributes = { uid: 7, gid: 8, mode: 0o640 };
const changes: readonly Change[] = [
  { path: "/d/a", old: "old-a", new: "new-a" },
  { path: "/d/b", old: "old-b", new: "new-b" },
];
const initial = plant({
  "/d/a": { content: "old-a", attributes },
  "/d/b": { content: "old-b", attributes },
});
const site = siteOf(changes.map(({ path }) => path), ["/d"]);

/** Runs the transaction and gives every disk that it passed through. */
async function run(fate: (operation: Operation) => Fate): Promise<readonly Disk[]> {
  const { disks, error } = await attempt(fate);
  if (error !== undefined) assert.ok(error instanceof TransactionFailedError && error.undone);
  return disks;
}

/** The same, with the error that it ended with. */
async function attempt(
  fate: (operation: Operation) => Fate,
): Promise<{ readonly disks: readonly Disk[]; readonly error: unknown }> {
  const disks: Disk[] = [];
  const { system } = machineWith(initial, { fate, changed: (disk) => disks.push(disk) });
  try {
    await runTransaction(system, site, changes);
    return { disks, error: undefined };
  } catch (error) {
    return { disks, error };
  }
}

for (const errno of ["EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES", "EEXIST"]) {
  Deno.test(`where link(2) says ${errno} no backup is made, and nothing changes`, async () => {
    const noLinks = ({ operation }: Operation): Fate => operation === "link" ? { errno } : "run";
    const { disks, error } = await attempt(noLinks);
    assert.ok(error instanceof TransactionFailedError && !error.undone, String(error));
    assert.ok(error.cause instanceof FileSystemError && error.cause.errno === errno);
    const { "/d/a": a, "/d/b": b, ...others } = textsOn(disks.at(-1) ?? initial);
    assert.deepEqual([a, b], ["old-a", "old-b"]);
    assert.deepEqual(Object.keys(others).filter((path) => path.includes(".certswap.")), []);
  });
}

for (const errno of ["EPERM", "EMLINK", "ENOSYS", "EOPNOTSUPP", "EXDEV"]) {
  const noLinks = ({ operation }: Operation): Fate => operation === "link" ? { errno } : "run";

  Deno.test(`a backup is a copy if link(2) says ${errno}, never more readable than its target`, async () => {
    const disks = await run(noLinks);
    const seen = disks.map((disk) => visibleFiles(disk).get("/d/.a.certswap.bak"))
      .filter((file) => typeof file === "object");
    assert.ok(seen.some(({ uid, gid, mode }) => uid === 7 && gid === 8 && mode === 0o640));
    // Until it is his, its group is not that of the target.
    for (const { gid, mode } of seen) assert.equal(mode & 0o077 & (gid === 8 ? ~0o040 : ~0), 0);
    assert.deepEqual(textsOn(disks.at(-1) ?? initial), {
      "/d/": "directory",
      "/d/a": "new-a",
      "/d/b": "new-b",
      "/d/.certswap/": "directory",
      "/d/.certswap/a.lock": "",
    });
  });

  Deno.test(`a copy made because link(2) says ${errno} restores content, owner and mode`, async () => {
    const disks = await run((operation) =>
      operation.operation === "rename" && operation.path === "/d/.b.certswap.tmp"
        ? { errno: "EPERM" }
        : noLinks(operation)
    );
    const end = disks.at(-1) ?? initial;
    const stands = visibleFiles(end);
    assert.equal(textsOn(end)["/d/a"], "old-a");
    assert.equal(textsOn(end)["/d/b"], "old-b");
    for (const path of ["/d/a", "/d/b"]) {
      const seen = stands.get(path);
      assert.ok(typeof seen === "object");
      const { uid, gid, mode } = seen;
      assert.deepEqual({ uid, gid, mode }, attributes);
    }
    assert.deepEqual([...stands.keys()].filter((path) => path.includes(".certswap.")), []);
  });
}
