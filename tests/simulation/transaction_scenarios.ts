import assert from "node:assert/strict";
import type { System } from "../../lib/system/mod.ts";
import {
  type Entry,
  OutcomeUnknownError,
  recover,
  type Site,
  takeSnapshot,
  withSession,
} from "../../lib/transaction/mod.ts";
import { bytesOf } from "./contents.ts";
import { type Disk, plant, type Planted, type Seen, visibleFiles } from "./disk.ts";
import type { Operation } from "./simulated_file_system.ts";
import type { Outcome, Report, Scenario } from "./walk.ts";

/*
 * Transactions by themselves, without certificates: entries of every kind, with contents of a few bytes.
 */

/** The content of one file, or `undefined` for none. */
type Text = string | undefined;

/** A file of a transaction: what it holds before and after. */
export interface Change {
  readonly path: string;
  readonly old: Text;
  readonly new: Text;
  readonly onRollback?: "keep";
}

/** A site whose targets are exactly these paths. */
export function siteOf(paths: readonly string[], directories: readonly string[]): Site {
  return {
    stateDirectory: "/d/.certswap",
    name: "a",
    directories,
    manages: (target) => paths.includes(target),
  };
}

const attributes = { uid: 7, gid: 8, mode: 0o640 };
const lockTimeout = 0;
const limit = 1024;

/** A transaction of these changes as a scenario. */
export function transactionScenario(
  name: string,
  changes: readonly Change[],
  options: { readonly unsynced?: boolean; readonly directories?: readonly string[] } = {},
): Scenario {
  const directories = options.directories ?? ["/d"];
  const site = siteOf(changes.map((change) => change.path), directories);
  const planted: Record<string, Planted> = { "/d/user.pem.bak": { content: "the user's own" } };
  for (const { path, old } of changes) {
    if (old !== undefined) {
      planted[path] = { content: old, attributes, unsynced: options.unsynced ?? false };
    }
  }
  const initial = plant(planted);
  return {
    name,
    initial,
    run: (system) => reportOf(() => runTransaction(system, site, changes)),
    recover: async (system) => void await recover(system, site, { lockTimeout }),
    check: (disk) => checkTargets(disk, initial, changes),
    checkReported: (disk) => checkNothingLeft(disk, initial, changes),
    afterwards: (system) => runOnceMore(system, site, changes),
    ...(options.unsynced ? { crashesFrom: isJournalDraft } : {}),
  };
}

/** How a transaction ended, by the error it threw. */
export async function reportOf(work: () => Promise<unknown>): Promise<Report> {
  try {
    await work();
    return "succeeded";
  } catch (error) {
    return error instanceof OutcomeUnknownError ? "unknown" : "failed";
  }
}

async function runTransaction(
  system: System,
  site: Site,
  changes: readonly Change[],
): Promise<void> {
  await withSession(system, site, {
    lockTimeout,
    work: async (session) => {
      const entries: Entry[] = [];
      for (const change of changes) entries.push(...await toEntry(system, change));
      await session.commit(entries);
    },
  });
}

async function toEntry(system: System, change: Change): Promise<Entry[]> {
  const { path: target } = change;
  const now = await takeSnapshot(system.files, target, limit);
  if (change.new === undefined) {
    return now === undefined ? [] : [{ kind: "remove", target, old: now.snapshot }];
  }
  const content = new TextEncoder().encode(change.new);
  if (now === undefined) return [{ kind: "create", target, content, attributes }];
  const kept = change.onRollback === undefined ? {} : { onRollback: change.onRollback };
  return [{ kind: "replace", target, content, attributes, old: now.snapshot, ...kept }];
}

function checkTargets(disk: Disk, initial: Disk, changes: readonly Change[]): Outcome {
  checkNothingLeft(disk, initial, changes);
  const files = visibleFiles(disk);
  const changed = changes.filter((change) => change.onRollback === undefined);
  const outcomes = changed.map((change) => outcomeOf(files.get(change.path), change));
  const [first] = outcomes;
  assert.ok(first !== undefined);
  assert.ok(outcomes.every((outcome) => outcome === first), `a mix: ${outcomes.join()}`);
  return first;
}

function outcomeOf(seen: Seen | "directory" | "link" | undefined, change: Change): Outcome {
  if (typeof seen === "object") {
    const { uid, gid, mode } = seen;
    assert.deepEqual({ uid, gid, mode }, attributes, `owner or mode of ${change.path}`);
  }
  const text = typeof seen === "object" ? new TextDecoder().decode(bytesOf(seen.content)) : seen;
  if (text === change.new) return "new";
  if (text === change.old) return "old";
  throw new Error(`${change.path} is neither old nor new: ${JSON.stringify(text)}`);
}

/** Nothing of certswap's but the lock in its state directory, nothing of the user's touched. */
function checkNothingLeft(disk: Disk, initial: Disk, changes: readonly Change[]): void {
  const own = ["/d/.certswap/", "/d/.certswap/a.lock"];
  const before = visibleFiles(initial);
  const files = visibleFiles(disk);
  const targets = changes.map((change) => change.path);
  const extra = [...files.keys()].filter((path) =>
    !own.includes(path) && !targets.includes(path) && !before.has(path)
  );
  assert.deepEqual(extra, [], `left behind: ${extra.join()}`);
  for (const [path, was] of before) {
    if (!targets.includes(path)) assert.deepEqual(files.get(path), was, `${path} was touched`);
  }
}

/** From either state the same transaction must succeed and arrive at the new state. */
async function runOnceMore(
  system: System,
  site: Site,
  changes: readonly Change[],
): Promise<void> {
  await runTransaction(system, site, changes);
}

/** Three files in two directories, five of every kind, and so on. */
export const transactionScenarios: readonly Scenario[] = [
  transactionScenario("one file", [{ path: "/d/a", old: "old-a", new: "new-a" }]),
  transactionScenario("three files", [
    { path: "/d/a", old: "old-a", new: "new-a" },
    { path: "/d/b", old: "old-b", new: "new-b" },
    { path: "/d/c", old: "old-c", new: "new-c" },
  ]),
  transactionScenario("two directories", [
    { path: "/d/a", old: "old-a", new: "new-a" },
    { path: "/e/b", old: "old-b", new: "new-b" },
  ], { directories: ["/d", "/e"] }),
  transactionScenario("every kind of entry", [
    { path: "/d/a", old: "old-a", new: "new-a" },
    { path: "/d/b", old: undefined, new: "new-b" },
    { path: "/d/c", old: "old-c", new: undefined },
  ]),
  transactionScenario("targets never fsynced by the user", [
    { path: "/d/a", old: "old-a", new: "new-a" },
    { path: "/d/b", old: "old-b", new: "new-b" },
  ], { unsynced: true }),
];

export const fiveFiles: Scenario = transactionScenario(
  "five files",
  ["a", "b", "c", "x", "y"].map((n) => ({ path: `/d/${n}`, old: `old-${n}`, new: `new-${n}` })),
);

/** From here on every target has been fsynced by certswap itself. */
function isJournalDraft({ operation, path }: Operation): boolean {
  return operation === "create" && path.endsWith(".journal.certswap.tmp");
}
