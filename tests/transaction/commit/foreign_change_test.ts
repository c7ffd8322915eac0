import assert from "node:assert/strict";
import { TargetChangedError } from "../../../lib/transaction/mod.ts";
import type { Operation } from "../../simulation/model/simulated_file_system.ts";
import type { Change } from "../../simulation/scenarios/transaction_scenarios.ts";
import { textsOn } from "../crashed.ts";
import { commitOf, type Ended, run } from "./meddled_run.ts";
import { deeds } from "./meddling.ts";

/*
 * Somebody changes a target while a transaction is on its way. Up to the last look that the commit takes at
 * that target, their change is never overwritten. From there to the commit no fsync lies, only a few calls.
 */

const transactions: Readonly<Record<string, readonly Change[]>> = {
  "one file": [{ path: "/d/a", old: "old-a", new: "new-a" }],
  "one new file": [{ path: "/d/a", old: undefined, new: "new-a" }],
  "files of every kind": [
    { path: "/d/b", old: undefined, new: "new-b" },
    { path: "/d/a", old: "old-a", new: "new-a" },
    { path: "/d/c", old: "old-c", new: undefined },
  ],
};

/**
 * The last operation before the commit that can see what somebody does to a target: of a new content the
 * reading (a read to the end of the file comes after it), of a new file the name.
 */
function lastLook(path: string, words: string, operations: readonly Operation[]): number {
  const before = operations.slice(0, commitOf(operations));
  const last = (wanted: Operation["operation"], at = before.length): number =>
    before.findLastIndex(({ operation, path: on }, index) =>
      index < at && operation === wanted && on === path
    );
  return words === "rewrites it in place" ? last("read", last("read")) : last("stat");
}

for (const [what, changes] of Object.entries(transactions)) {
  for (const [words, act] of Object.entries(deeds)) {
    for (const { path, old } of changes) {
      // There is nothing yet to rewrite or to remove.
      if (old === undefined && words !== "puts another file in its place") continue;
      Deno.test(`a transaction of ${what} overwrites nothing if someone ${words} (${path})`, async () => {
        const last = lastLook(path, words, (await run(changes)).operations);
        let refused = 0;
        for (let before = 0; before <= last; before++) {
          const ended = await run(changes, { before, deed: (disk) => act(disk, path) });
          if (ended.error === undefined) {
            assert.equal(refused, 0, `overwritten before operation ${before}`);
          } else {
            checkRefused(ended, changes, { path, words });
            refused++;
          }
        }
        assert.ok(refused > 10, "between validation and commit lies more than that");
      });
    }
  }

  Deno.test(`a transaction of ${what} awaits no disk between its last target check and commit`, async () => {
    const { operations } = await run(changes);
    const first = Math.min(...changes.map(({ path }) => lastLook(path, "removes it", operations)));
    const between = operations.slice(first, commitOf(operations));
    const slow = between.filter(({ operation }) => ["fsync", "write"].includes(operation));
    assert.deepEqual(slow, []);
  });
}

/** The target holds what somebody made of it, all others what they held, and nothing is left behind. */
function checkRefused(
  { machine, error }: Ended,
  changes: readonly Change[],
  { path, words }: { readonly path: string; readonly words: string },
): void {
  assert.ok(error instanceof TargetChangedError, String(error));
  assert.equal(error.path, path);
  const texts = textsOn(machine.files.disk);
  for (const { path: target, old } of changes) {
    const expected = target !== path || words.includes("same content")
      ? old
      : words === "removes it"
      ? undefined
      : "theirs";
    assert.equal(texts[target], expected);
  }
  assert.deepEqual(Object.keys(texts).filter((name) => name.includes(".certswap.")), []);
}
