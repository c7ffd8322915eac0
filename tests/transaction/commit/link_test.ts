/** Links as entries of a transaction: only certswap's own are replaced, and only its own put into place. */
import assert from "node:assert/strict";
import {
  type LinkEntry,
  recover,
  TargetChangedError,
  TransactionFailedError,
  withSession,
} from "../../../lib/transaction/mod.ts";
import { type Disk, keyOf, newDirectory, newFile, type Node } from "../../simulation/model/disk.ts";
import type { Operation } from "../../simulation/model/simulated_file_system.ts";
import { type Change, siteOf } from "../../simulation/scenarios/transaction_scenarios.ts";
import { crashedDisk, machineWith, textsOn } from "../crashed.ts";
import { commitOf, run } from "./meddled_run.ts";
import { deeds, putNode } from "./meddling.ts";

const current = "/d/current";
const staged = "/d/.current.certswap.tmp";
const attributes = { uid: 7, gid: 8, mode: 0o640 };
const link: Change = { path: current, isLink: true, old: "versions/1", new: "versions/2" };

const transactions: Readonly<Record<string, readonly Change[]>> = {
  "a link": [link],
  "a first link": [{ ...link, old: undefined }],
  "a link and files": [
    { path: "/d/a", old: "old-a", new: "new-a" },
    link,
    { path: "/d/b", old: undefined, new: "new-b" },
  ],
};

/** What another program may put there, with what it is then seen as. */
const things: Readonly<Record<string, readonly [Node, string]>> = {
  "another link": [{ kind: "link", path: "versions/9" }, "link to versions/9"],
  "a link out of the directory": [{ kind: "link", path: "/etc" }, "link to /etc"],
  "a file": [newFile(attributes), ""],
  "a FIFO": [{ kind: "fifo" }, "fifo"],
  "a directory": [newDirectory(attributes), "directory"],
};

/** Every file but the link is as before, and nothing of certswap's is left. */
function checkNothingChanged(disk: Disk, changes: readonly Change[]): void {
  const texts = textsOn(disk);
  for (const { path, old } of changes) if (path !== current) assert.equal(texts[path], old);
  assert.deepEqual(Object.keys(texts).filter((name) => name.includes(".certswap.")), []);
}

/** The operations from which on, and before which, a change of the target is noticed. */
function lookedAt(operations: readonly Operation[]): { first: number; last: number } {
  const isLook = ({ operation, path }: Operation): boolean =>
    operation === "readlink" && path === current;
  return {
    first: operations.findIndex(isLook) + 1,
    last: operations.slice(0, commitOf(operations)).findLastIndex(isLook),
  };
}

for (const [what, changes] of Object.entries(transactions)) {
  const old = changes.find(({ path }) => path === current)?.old;

  Deno.test(`a transaction of ${what} leads the link to its new target, and leaves nothing`, async () => {
    const { machine, error } = await run(changes);
    assert.equal(error, undefined);
    assert.equal(machine.files.readLink(current), "versions/2");
    const left = Object.keys(textsOn(machine.files.disk));
    assert.deepEqual(left.filter((name) => name.includes(".certswap.")), []);
  });

  for (const [thing, [node, seen]] of Object.entries(things)) {
    Deno.test(`a transaction of ${what} does not replace ${thing} that takes the link's place`, async () => {
      const { first, last } = lookedAt((await run(changes)).operations);
      assert.ok(last - first > 5, `only ${last - first} moments`);
      for (let before = first; before <= last; before++) {
        const deed = (disk: Disk): Disk => putNode(disk, current, node);
        const { machine, error } = await run(changes, { before, deed });
        assert.ok(error instanceof TargetChangedError, `${before}: ${error}`);
        assert.equal(error.path, current);
        const texts = textsOn(machine.files.disk);
        assert.equal(texts[current] ?? texts[`${current}/`], seen);
        checkNothingChanged(machine.files.disk, changes);
      }
    });

    Deno.test(`a transaction of ${what} does not put ${thing} into place of its staged link`, async () => {
      const { operations } = await run(changes);
      const at = (wanted: string): number =>
        operations.findIndex(({ operation, path }) => operation === wanted && path === staged);
      // What happens between the last look and the rename cannot be seen.
      const last = operations.slice(0, at("rename")).findLastIndex(({ path }) => path === staged);
      for (let before = at("symlink") + 1; before <= last; before++) {
        const deed = (disk: Disk): Disk => putNode(disk, staged, node);
        const { machine, error } = await run(changes, { before, deed });
        const isKnown = error instanceof TargetChangedError ||
          error instanceof TransactionFailedError;
        assert.ok(isKnown, `${before}: ${error}`);
        const expected = old === undefined ? undefined : `link to ${old}`;
        assert.equal(textsOn(machine.files.disk)[current], expected);
      }
    });
  }

  if (old === undefined) continue;
  Deno.test(`a transaction of ${what} notices that someone removes the link`, async () => {
    const { first, last } = lookedAt((await run(changes)).operations);
    for (let before = first; before <= last; before++) {
      const deed = (disk: Disk): Disk => deeds["removes it"]?.(disk, current) ?? disk;
      const { machine, error } = await run(changes, { before, deed });
      assert.ok(error instanceof TargetChangedError, `${before}: ${error}`);
      assert.equal(textsOn(machine.files.disk)[current], undefined);
      checkNothingChanged(machine.files.disk, changes);
    }
  });
}

const entry: LinkEntry = {
  kind: "link",
  target: current,
  content: "versions/2",
  old: "versions/1",
};
const refused: Readonly<Record<string, readonly [Partial<LinkEntry>, { sharesTarget?: true }]>> = {
  "that leads out of its directory": [{ content: "../other" }, {}],
  "that is absolute": [{ content: "/etc" }, {}],
  "instead of one that led anywhere": [{ old: "/etc" }, {}],
  "that another site also manages": [{}, { sharesTarget: true }],
};

for (const [what, [changed, { sharesTarget }]] of Object.entries(refused)) {
  Deno.test(`commit() refuses a link ${what}, and changes nothing`, async () => {
    const disk = crashedDisk({ [current]: { link: changed.old ?? "versions/1" } });
    const machine = machineWith(disk);
    const site = {
      ...siteOf([current], ["/d"]),
      sharesTarget: () => sharesTarget === true,
    };
    const run = withSession(machine.system, site, {
      lockTimeout: 0,
      work: (session) => session.commit([{ ...entry, ...changed }]),
    });
    await assert.rejects(run, { name: "TypeError" });
    assert.equal(keyOf(machine.files.disk), keyOf(disk));
  });
}

Deno.test("recover() removes a staged link and a backup that a crash left, and follows neither", async () => {
  const machine = machineWith(crashedDisk({
    "/d/versions/1/key.pem": "key",
    [current]: { link: "versions/1" },
    [staged]: { link: "versions/1" },
    "/d/.current.certswap.bak": { link: "versions/1" },
  }));
  const { outcome, removed } = await recover(machine.system, siteOf([current], ["/d"]), {
    lockTimeout: 0,
  });
  assert.equal(outcome, "cleaned");
  assert.deepEqual([...removed].sort(), ["/d/.current.certswap.bak", staged]);
  const texts = textsOn(machine.files.disk);
  assert.equal(texts["/d/versions/1/key.pem"], "key");
  assert.equal(texts[current], "link to versions/1");
});
