import assert from "node:assert/strict";
import { exitCodeFor } from "../../../lib/cli/exit_code.ts";
import { type Attributes, CertswapError, ifPresent, type System } from "../../../lib/system/mod.ts";
import {
  type CommitReport,
  type Entry,
  recover,
  type SetAccess,
  type Site,
  takeSnapshot,
  TargetChangedError,
  withSession,
} from "../../../lib/transaction/mod.ts";
import { backupPath, stagedPath } from "../../../lib/transaction/site.ts";
import { bytesOf } from "../model/contents.ts";
import {
  type Disk,
  type Lacks,
  plant,
  type Planted,
  type Seen,
  type SeenKind,
  visibleFiles,
} from "../model/disk.ts";
import type { Fate, Operation } from "../model/simulated_file_system.ts";
import type { Outcome, Report, Scenario } from "../model/walk.ts";

/*
 * Transactions alone, without certificates: entries of every kind, with contents of a few bytes.
 */

/** The content of one file, or `undefined` for none. */
type Text = string | undefined;

/** A file or link of a transaction: what it contains before and after. */
export interface Change {
  readonly path: string;
  /** Whether it is a symbolic link: then the texts are what readlink(2) returns. */
  readonly isLink?: true;
  readonly old: Text;
  readonly new: Text;
  readonly onRollback?: "keep";
  /** Whether the file, a new one, is staged before the commit. */
  readonly ahead?: true;
  /** Attributes of the new file; by default those of every file here. */
  readonly attributes?: Attributes;
  /** The access control list of the old file and the new one, without the mask. */
  readonly list?: string;
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

const usualAttributes: Attributes = { uid: 7, gid: 8, mode: 0o640 };
const lockTimeout = 0;
const limit = 1024;

/** What is unusual about the disk of a transaction. */
interface ScenarioOptions {
  /** The old files were never fsynced. */
  readonly unsynced?: boolean;
  readonly directories?: readonly string[];
  readonly lacks?: Lacks;
}

/** A transaction of these changes as a scenario. */
export function transactionScenario(
  name: string,
  changes: readonly Change[],
  options: ScenarioOptions = {},
): Scenario {
  const directories = options.directories ?? ["/d"];
  const site = siteOf(changes.map((change) => change.path), directories);
  const planted: Record<string, Planted> = { "/d/user.pem.bak": { content: "the user's own" } };
  for (const { path, old, list, isLink } of changes) {
    if (old !== undefined && isLink) {
      planted[path] = { link: old };
    } else if (old !== undefined) {
      planted[path] = {
        content: old,
        attributes: list === undefined ? usualAttributes : { ...usualAttributes, list },
        unsynced: options.unsynced ?? false,
      };
    }
  }
  const { lacks } = options;
  const initial = lacks === undefined ? plant(planted) : { ...plant(planted), lacks };
  return {
    name,
    initial,
    run: (system) => reportOf(() => runTransaction(system, site, changes)),
    recover: async (system) => void await recover(system, site, { lockTimeout }),
    outcome: (disk) => outcomeOfAll(disk, changes),
    checkNothingLeft: (disk) => checkNothingLeft(disk, initial, changes),
    afterwards: async (system) => void await runTransaction(system, site, changes),
    ...(options.unsynced ? { crashesFrom: isJournalDraft } : {}),
  };
}

/** How a transaction ended, by the error it threw. */
export async function reportOf(work: () => Promise<CommitReport>): Promise<Report> {
  try {
    return (await work()).warnings.length === 0 ? "succeeded" : "warned";
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    return exitCodeFor(error) === 4 ? "unknown" : "failed";
  }
}

/** Runs a transaction of these changes. @throws the errors of the transaction. */
export async function runTransaction(
  system: System,
  site: Site,
  changes: readonly Change[],
): Promise<CommitReport> {
  return await withSession(system, site, {
    lockTimeout,
    work: async (session) => {
      const entries: Entry[] = [];
      for (const change of changes) entries.push(...await toEntry(system, change));
      const created = entries.filter((entry) => entry.kind === "create");
      const targets = changes.filter(({ ahead }) => ahead).map(({ path }) => path);
      const ahead = created.filter(({ target }) => targets.includes(target));
      await Promise.all(ahead.map((entry) => session.stageAhead(entry)));
      return await session.commit(entries);
    },
  });
}

async function toEntry(system: System, change: Change): Promise<Entry[]> {
  const { path: target } = change;
  if (change.isLink) return [toLinkEntry(system, change)];
  const now = await takeSnapshot(system.files, target, limit);
  if (change.new === undefined) {
    return now === undefined ? [] : [{ kind: "remove", target, old: now.snapshot }];
  }
  const content = new TextEncoder().encode(change.new);
  const { attributes = usualAttributes } = change;
  if (now === undefined) return [{ kind: "create", target, content, attributes }];
  const kept = change.onRollback === undefined ? {} : { onRollback: change.onRollback };
  const access = change.list === undefined ? {} : { setAccess: await copierOfList(system, target) };
  return [{ kind: "replace", target, content, attributes, old: now.snapshot, ...kept, ...access }];
}

/** A caller accepts only its own links as the old one: others may lead anywhere. */
function toLinkEntry({ files }: System, { path: target, new: content }: Change): Entry {
  assert.ok(content !== undefined, "no transaction removes a link");
  const old = ifPresent(() => files.readLink(target));
  if (old?.startsWith("versions/") === false) throw new TargetChangedError(target);
  return { kind: "link", target, content, old };
}

/** Gives a file the access control list of another one. */
async function copierOfList({ accessLists }: System, from: string): Promise<SetAccess> {
  const [list] = await accessLists.read([from]);
  assert.ok(list !== undefined);
  return (path) => accessLists.prepare(path).set(list);
}

function outcomeOfAll(disk: Disk, changes: readonly Change[]): Outcome {
  const files = visibleFiles(disk);
  const changed = changes.filter((change) => change.onRollback === undefined);
  const outcomes = changed.map((change) => outcomeOf(files.get(change.path), change));
  const [first] = outcomes;
  assert.ok(first !== undefined);
  assert.ok(outcomes.every((outcome) => outcome === first), `a mix: ${outcomes.join()}`);
  return first;
}

function outcomeOf(seen: Seen | SeenKind | undefined, change: Change): Outcome {
  if (typeof seen === "object") {
    const { uid, gid, mode, list } = seen;
    assert.deepEqual({ uid, gid, mode }, usualAttributes, `owner or mode of ${change.path}`);
    assert.equal(list, change.list, `access control list of ${change.path}`);
  }
  const text = typeof seen === "object" ? new TextDecoder().decode(bytesOf(seen.content)) : seen;
  const [old, made] = [change.old, change.new].map((text) =>
    change.isLink && text !== undefined ? `link to ${text}` : text
  );
  if (change.isLink) assert.notEqual(typeof seen, "object", `${change.path} is a file`);
  if (text === made) return "new";
  if (text === old) return "old";
  throw new Error(`${change.path} is neither old nor new: ${JSON.stringify(text)}`);
}

/** Of certswap's files only the lock is left, and no file of the user's is touched. */
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

/**
 * The same transaction, with one change refused after the commit: it is undone.
 *
 * @param refused the path whose rename, removal or creation is refused.
 */
export function refusing(scenario: Scenario, refused: string): FailingScenario {
  const fault = ({ operation, path }: Operation): Fate =>
    changesTarget(operation) && path === refused ? { errno: "EPERM" } : "run";
  return { scenario: { ...scenario, name: `${scenario.name}, ${refused} refused` }, fault };
}

/**
 * The same transaction with one immutable target (chattr(1) +i), which cannot be linked or replaced: its
 * backup is a copy, its rename is refused, and undoing must also handle it.
 */
export function withImmutable(scenario: Scenario, target: string): FailingScenario {
  const own = [stagedPath(target), backupPath(target)];
  const fault = ({ operation, path }: Operation): Fate =>
    ["rename", "link"].includes(operation) && own.includes(path) ? { errno: "EPERM" } : "run";
  return { scenario: { ...scenario, name: `${scenario.name}, ${target} immutable` }, fault };
}

/** The same on a file system without hard links: backups are copies, and one change is refused. */
export function withoutLinks(scenario: Scenario, refused: string): FailingScenario {
  const failing = refusing(scenario, refused);
  const fault = (operation: Operation): Fate =>
    operation.operation === "link" ? { errno: "EPERM" } : failing.fault(operation);
  return { scenario: { ...scenario, name: `${failing.scenario.name}, no hard links` }, fault };
}

const changesTarget = (operation: string): boolean =>
  ["rename", "unlink", "mkdir"].includes(operation);

/** A scenario with the fault that makes it fail. */
export interface FailingScenario {
  readonly scenario: Scenario;
  readonly fault: (operation: Operation) => Fate;
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
    { path: "/d/b", old: undefined, new: "new-b" },
    { path: "/d/a", old: "old-a", new: "new-a" },
    { path: "/d/c", old: "old-c", new: undefined },
  ]),
  transactionScenario("files staged ahead of the commit", [
    { path: "/d/b", old: undefined, new: "new-b", ahead: true },
    { path: "/d/c", old: undefined, new: "new-c", ahead: true },
  ]),
  transactionScenario("one file staged ahead of the commit", [
    { path: "/d/a", old: undefined, new: "new-a", ahead: true },
  ]),
  transactionScenario("a file, and one staged ahead of the commit", [
    { path: "/d/b", old: "old-b", new: "new-b" },
    { path: "/d/a", old: undefined, new: "new-a", ahead: true },
  ]),
  transactionScenario("a state file too", [
    { path: "/d/a", old: "old-a", new: "new-a" },
    { path: "/d/.certswap/a.state", old: "old-s", new: "new-s" },
    { path: "/d/b", old: "old-b", new: "new-b" },
  ]),
  transactionScenario("targets never fsynced by the user", [
    { path: "/d/a", old: "old-a", new: "new-a" },
    { path: "/d/b", old: "old-b", new: "new-b" },
  ], { unsynced: true }),
  transactionScenario("a first link", [
    { path: "/d/current", isLink: true, old: undefined, new: "versions/1" },
  ]),
  transactionScenario("one link", [
    { path: "/d/current", isLink: true, old: "versions/1", new: "versions/2" },
  ]),
  transactionScenario("a first link and a file", [
    { path: "/d/current", isLink: true, old: undefined, new: "versions/1" },
    { path: "/d/a", old: "old-a", new: "new-a" },
  ]),
  transactionScenario("a file and a link", [
    { path: "/d/a", old: "old-a", new: "new-a" },
    { path: "/d/current", isLink: true, old: "versions/1", new: "versions/2" },
  ]),
  transactionScenario("a link with every kind of file", [
    { path: "/d/b", old: undefined, new: "new-b" },
    { path: "/d/current", isLink: true, old: "versions/1", new: "versions/2" },
    { path: "/d/a", old: "old-a", new: "new-a" },
    { path: "/d/c", old: "old-c", new: undefined },
  ]),
  transactionScenario("an access control list, and no hard links", [
    { path: "/d/a", old: "old-a", new: "new-a", list: "user:9:r--,group::---" },
    { path: "/d/b", old: "old-b", new: "new-b" },
  ], { lacks: { links: true } }),
];

/** The same with a change refused after the commit, so that all is undone. */
export const refusedScenarios: readonly FailingScenario[] = [
  refusing(named("three files"), "/d/.c.certswap.tmp"),
  withImmutable(named("three files"), "/d/b"),
  withoutLinks(named("three files"), "/d/.c.certswap.tmp"),
  refusing(named("a state file too"), "/d/.b.certswap.tmp"),
  refusing(named("every kind of entry"), "/d/c"),
  refusing(named("files staged ahead of the commit"), "/d/.c.certswap.tmp"),
  refusing(named("a first link and a file"), "/d/.a.certswap.tmp"),
  refusing(named("a link with every kind of file"), "/d/.current.certswap.tmp"),
  refusing(named("a file and a link"), "/d/.current.certswap.tmp"),
  refusing(named("a link with every kind of file"), "/d/c"),
  withImmutable(named("a link with every kind of file"), "/d/a"),
  withoutLinks(named("a link with every kind of file"), "/d/c"),
  refusing(named("targets never fsynced by the user"), "/d/.b.certswap.tmp"),
  refusing(named("an access control list, and no hard links"), "/d/.b.certswap.tmp"),
];

function named(name: string): Scenario {
  const scenario = transactionScenarios.find((candidate) => candidate.name === name);
  assert.ok(scenario !== undefined);
  return scenario;
}

/** From here on every target has been fsynced by certswap itself. */
function isJournalDraft({ operation, path }: Operation): boolean {
  return operation === "create" && path.endsWith(".journal.certswap.tmp");
}
