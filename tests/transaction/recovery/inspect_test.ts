import assert from "node:assert/strict";
import { inspect, recover } from "../../../lib/transaction/mod.ts";
import { type Disk, keyOf } from "../../simulation/model/disk.ts";
import { powerCuts } from "../../simulation/model/power_cut.ts";
import { hasEffect } from "../../simulation/model/step.ts";
import {
  type Change,
  runTransaction,
  siteOf,
} from "../../simulation/scenarios/transaction_scenarios.ts";
import { trace } from "../../simulation/model/walk.ts";
import { crashedDisk, machineWith, replacing } from "../crashed.ts";

/*
 * inspect() says what recovery would do, and does nothing itself: so that `status` works on a read-only file
 * system and beside a running swap.
 */

const changes: readonly Change[] = [
  { path: "/d/b", old: undefined, new: "new-b" },
  { path: "/d/a", old: "old-a", new: "new-a" },
  { path: "/d/c", old: "old-c", new: undefined },
];
const site = siteOf(changes.map(({ path }) => path), ["/d"]);
const attributes = { uid: 7, gid: 8, mode: 0o640 };
const initial = crashedDisk({
  "/d/a": { content: "old-a", attributes },
  "/d/c": { content: "old-c", attributes },
});

/** Every state in which a crash may leave a transaction: by a kill, or by a power cut. */
async function crashes(refused?: string): Promise<readonly Disk[]> {
  const { disks } = await trace(
    initial,
    (system) => runTransaction(system, site, changes).catch(() => {}),
    refused === undefined ? {} : {
      fault: ({ operation, path }) =>
        ["rename", "unlink"].includes(operation) && path === refused ? { errno: "EPERM" } : "run",
    },
  );
  return disks.flatMap((disk) => [disk, ...powerCuts(disk, "adversarial")]);
}

for (
  const [what, refused] of [["is finished", undefined], ["is undone", "/d/c"]] as const
) {
  Deno.test(`inspect() predicts recover() read-only in any crash of a transaction that ${what}`, async () => {
    const outcomes = new Set<string>();
    for (const disk of await crashes(refused)) {
      const machine = machineWith(disk, {
        fate(operation) {
          const isWrite = hasEffect(operation) ||
            ["create", "write", "lock"].includes(operation.operation);
          assert.ok(!isInspecting || !isWrite, `inspect() tried to ${operation.operation}`);
          return "run";
        },
      });
      let isInspecting = true;
      const outlook = await inspect(machine.system, site);
      isInspecting = false;
      assert.equal(keyOf(machine.files.disk), keyOf(disk));

      const report = await recover(machine.system, site, { lockTimeout: 0 });
      assert.equal(outlook.outcome, report.outcome);
      assert.deepEqual(outlook.targets, report.targets);
      const [found, removed] = [new Set(outlook.leftovers), new Set(report.removed)];
      if (report.targets.length === 0) assert.deepEqual(found, removed);
      // A staged file that becomes its target, or a backup that does, is not removed.
      else assert.ok(removed.isSubsetOf(found));
      outcomes.add(report.outcome);
    }
    const expected = refused === undefined
      ? ["clean", "cleaned", "rolled-forward"]
      : ["clean", "cleaned", "rolled-back", "rolled-forward"];
    assert.deepEqual([...outcomes].sort(), expected);
  });
}

Deno.test("inspect() finds nothing if certswap never ran there", async () => {
  const machine = machineWith(crashedDisk({}));
  const elsewhere = { ...site, stateDirectory: "/e/.certswap", directories: ["/e"] };
  assert.deepEqual(await inspect(machine.system, elsewhere), {
    outcome: "clean",
    targets: [],
    leftovers: [],
  });
});

Deno.test("inspect() skips a target directory that does not exist", async () => {
  const machine = machineWith(crashedDisk({ "/d/.a.certswap.tmp": "torn" }));
  const { outcome, leftovers } = await inspect(machine.system, {
    ...site,
    directories: ["/missing", "/d"],
  });
  assert.deepEqual({ outcome, leftovers }, {
    outcome: "cleaned",
    leftovers: ["/d/.a.certswap.tmp"],
  });
});

Deno.test("inspect() names the targets of a transaction that a person has to decide", async () => {
  const machine = machineWith(crashedDisk({
    "/d/.certswap/a.journal": await replacing("/d/a", "/d/b"),
    "/d/a": "new-a",
    "/d/b": "theirs",
  }));
  const { outcome, targets } = await inspect(machine.system, site);
  assert.deepEqual({ outcome, targets }, { outcome: "undecidable", targets: ["/d/a", "/d/b"] });
});
