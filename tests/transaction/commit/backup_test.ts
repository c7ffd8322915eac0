import assert from "node:assert/strict";
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
  const disks: Disk[] = [];
  const { system } = machineWith(initial, { fate, changed: (disk) => disks.push(disk) });
  await runTransaction(system, site, changes).catch((error) => {
    assert.ok(error instanceof TransactionFailedError && error.undone, String(error));
  });
  return disks;
}

for (const errno of ["EPERM", "EMLINK", "EOPNOTSUPP", "EXDEV", "ENOSYS"]) {
  const noLinks = ({ operation }: Operation): Fate => operation === "link" ? { errno } : "run";

  Deno.test(`a backup is a copy where link(2) says ${errno}, and never readable for more than its target`, async () => {
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

  Deno.test(`a copy that was made where link(2) says ${errno} brings back content, owner and mode`, async () => {
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
