/** The adversary: another program of the same user, which exchanges files while certswap is running. */
import assert from "node:assert/strict";
import { CertswapError, directoryOf, nameOf, type System } from "../../../lib/system/mod.ts";
import { backupPath, stagedPath } from "../../../lib/transaction/site.ts";
import { intern } from "./contents.ts";
import {
  directory,
  type Disk,
  type Inode,
  newDirectory,
  newFile,
  type Node,
  plant,
  rootInode,
  type Seen,
  type SeenKind,
  visibleFiles,
  withNode,
} from "./disk.ts";
import { type Fate, type Operation, SimulatedFileSystem } from "./simulated_file_system.ts";
import { simulatedSystem } from "./simulated_system.ts";
import { secretPath, servedPath } from "../../support/rotation_world.ts";
import { type OtherEnd, type Report, type Scenario, trace, Violation } from "./walk.ts";

/*
 * Before any operation of a run, or of the recovery from a kill at any moment, one name in the pair's
 * directory is exchanged: for good, or until certswap has used it a few times. Then
 *
 * - nothing outside is opened and read, written or locked, and nothing there is changed
 * - nothing is waited for
 * - what certswap reports is true of every file that the adversary has left alone
 * - recovery settles the transaction, or throws an error of certswap's own that says why not
 */

/** A directory outside: nothing in the pair's directory leads here unless the adversary makes it so. */
const outside = "/outside";

/** The disk of a scenario, with the files outside. */
function withOutside(disk: Disk): Disk {
  return plant({
    [`${outside}/secret`]: { content: "a secret", attributes: { mode: 0o600 } },
    [`${outside}/directory/file`]: "another secret",
  }, disk);
}

/** What the adversary puts at a name: its inode, and the disk that contains it. */
type Deed = (disk: Disk) => { readonly disk: Disk; readonly inode: Inode };

const foreign = intern(new TextEncoder().encode("something else"));
const attributes = { uid: 0, gid: 0, mode: 0o644 };

const make = (node: Node): Deed => (disk) => {
  const inode = disk.nextInode;
  return { disk: withNode(disk, inode, node), inode };
};

/** Everything that the adversary can do to a name. */
export const deeds: Readonly<Record<string, Deed>> = {
  "a link to a file outside": make({ kind: "link", path: `${outside}/secret` }),
  "a link to a directory outside": make({ kind: "link", path: `${outside}/directory` }),
  "a dangling link": make({ kind: "link", path: `${outside}/nowhere` }),
  "a FIFO": make({ kind: "fifo" }),
  "a directory": make(newDirectory({ uid: 0, gid: 0, mode: 0o755 })),
  "another file": make({ ...newFile(attributes), content: foreign, durableContent: foreign }),
};

/** One exchange of one name. */
export interface Exchange {
  /** The name that is exchanged, absolute. */
  readonly name: string;
  /** Which of {@linkcode deeds}. */
  readonly deed: string;
  /** The number of the operation before which it happens. */
  readonly before: number;
  /** How many operations on the name see the exchange before it is undone; `Infinity`: all. */
  readonly lasts: number;
}

/** An exchange, and the run that it happens in. */
export interface Attack {
  readonly disk: Disk;
  readonly work: (system: System) => Promise<unknown>;
  readonly exchange: Exchange;
  readonly fault?: ((operation: Operation) => Fate) | undefined;
}

/** How an attacked run ended. */
export interface Attacked {
  readonly disk: Disk;
  /** What `work` returned, or the error that it threw. */
  readonly result: unknown;
}

/**
 * Runs `work` against the adversary.
 *
 * @throws AssertionError if something outside is touched or waited for.
 */
export async function attack({ disk, work, exchange, fault }: Attack): Promise<Attacked> {
  const { name, before, lasts } = exchange;
  const guarded = inodesBelow(disk, outside);
  const broken: string[] = [];
  let index = 0;
  let left = lasts;
  let original: Inode | "none" | undefined;
  const files: SimulatedFileSystem = new SimulatedFileSystem(disk, {
    fate(operation): Fate {
      const { inode, path } = operation;
      if (inode !== undefined && guarded.has(inode) && !isHarmless(operation)) {
        broken.push(`${operation.operation} of ${path}, which leads outside`);
      }
      if (original !== undefined && concerns(operation, name) && left-- === 0) {
        files.disk = named(files.disk, name, original === "none" ? undefined : original);
      }
      if (index++ === before) {
        const at = inodeAt(files.disk, name);
        const done = deeds[exchange.deed]?.(files.disk);
        const canBe = directoryAt(files.disk, directoryOf(name)) !== undefined;
        assert.ok(done !== undefined);
        if (canBe) {
          files.disk = named(done.disk, name, done.inode);
          original = at ?? "none";
          left--;
        }
      }
      return fault?.(operation) ?? "run";
    },
    waits: ({ path }) => broken.push(`${path} is waited for`),
  });
  const result = await work(simulatedSystem(files)).catch((error) => error);
  assert.deepEqual(broken, []);
  assert.ok(!(result instanceof Error) || result instanceof CertswapError, String(result));
  checkOutside(disk, files.disk, name);
  return { disk: files.disk, result };
}

/** fstat(2) is needed to find out what was opened, and the fsync of a directory changes nothing in it. */
function isHarmless({ operation, kind }: Operation): boolean {
  return operation === "stat" || operation === "fsync" && kind === "directory";
}

/** Whether an operation uses or changes a name. An open file has no name any more. */
function concerns({ operation, path, inode }: Operation, name: string): boolean {
  if (inode !== undefined) return false;
  if (path === name || path.startsWith(`${name}/`)) return true;
  // These also concern another name in their directory, or all of them.
  return ["rename", "link"].includes(operation) && directoryOf(path) === directoryOf(name) ||
    operation === "readdir" && path === directoryOf(name);
}

/**
 * The operations before which the exchange of a name makes a difference: those that concern the name. When
 * exactly it happens between two of them cannot be seen.
 *
 * Until the paths of a pair are resolved, a link at one of them is the operator's, and is followed. A CA
 * resolves its paths each time that it reads.
 */
function moments(operations: readonly Operation[], name: string, deed: string): readonly number[] {
  const isResolved = ({ operation, path }: Operation): boolean =>
    operation === "realpath" && path === name;
  const resolved = deed.includes("link")
    ? operations.findLastIndex(isResolved)
    : operations.findIndex(isResolved);
  return operations.flatMap((operation, index) =>
    index > resolved && concerns(operation, name) ? [index] : []
  );
}

/** How the adversary is walked. */
export interface AdversaryOptions {
  /** How long each exchange may last, counted in operations on the name. */
  readonly lasting: readonly number[];
  /** Whether the recovery from a kill at each moment of the run is also attacked. */
  readonly inRecovery: boolean;
  /** Fails operations of the run, attacked or not. */
  readonly fault?: (operation: Operation) => Fate;
  /** Walks only one attack in this many, spread over all of them. */
  readonly oneIn?: number;
}

/**
 * Walks every attack on a scenario.
 *
 * @returns how many there were.
 * @throws Violation at the first broken promise; its path replays it, see {@linkcode replayAttack}.
 */
export async function walkAdversary(
  scenario: Scenario,
  options: AdversaryOptions,
): Promise<number> {
  const { oneIn = 1 } = options;
  let seen = 0;
  let count = 0;
  for await (const path of attacks(scenario, options)) {
    if (seen++ % oneIn !== 0) continue;
    await replayAttack(scenario, path, options);
    count++;
  }
  return count;
}

/** The paths of all attacks. */
async function* attacks(
  scenario: Scenario,
  { lasting, inRecovery, fault }: AdversaryOptions,
): AsyncGenerator<string> {
  const initial = withOutside(scenario.initial);
  const run = await trace(initial, scenario.run, { ...(fault ? { fault } : {}) });
  yield* attacksOn("run", run.operations, lasting);
  if (!inRecovery) return;
  for (const [killed, disk] of run.disks.entries()) {
    const { operations } = await trace(disk, scenario.recover);
    yield* attacksOn(`${killed}k`, operations, lasting);
  }
}

function* attacksOn(
  what: string,
  operations: readonly Operation[],
  lasting: readonly number[],
): Generator<string> {
  for (const name of namesIn(operations)) {
    for (const deed of Object.keys(deeds)) {
      for (const before of moments(operations, name, deed)) {
        for (const lasts of lasting) yield [what, before, lasts, deed, name].join(",");
      }
    }
  }
}

/** Every name in the directories of a pair that these operations concern, without the directories' own. */
function namesIn(operations: readonly Operation[]): readonly string[] {
  const own = operations.filter(({ path }) => nameOf(directoryOf(path)) === ".certswap");
  const homes = new Set(own.map(({ path }) => directoryOf(directoryOf(path))));
  const others = operations.filter(({ path }) => path.includes(".certswap."))
    .map(({ path }) => directoryOf(path));
  const within = new Set([...homes, ...others, ...own.map(({ path }) => directoryOf(path))]);
  return [...new Set(operations.map(({ path }) => path))]
    .filter((path) => within.has(directoryOf(path)))
    .sort();
}

/**
 * Repeats one attack, and checks it: `run,17,1,a FIFO,/d/key.pem` makes `/d/key.pem` a FIFO for the 17th
 * operation only; `4k,17,Infinity,...` is for good, and in the recovery from a kill at the fourth disk.
 *
 * @returns the disk in the end.
 * @throws Violation
 */
export async function replayAttack(
  scenario: Scenario,
  path: string,
  { fault }: Pick<AdversaryOptions, "fault">,
): Promise<Disk> {
  const [what = "", before, lasts, deed = "", name = ""] = path.split(",");
  const exchange = { name, deed, before: Number(before), lasts: Number(lasts) };
  const states = await statesOf(scenario);
  try {
    if (what === "run") {
      const { disk, result } = await attack({
        disk: withOutside(scenario.initial),
        work: scenario.run,
        exchange,
        fault,
      });
      if (result instanceof Error) throw result;
      checkReport(states, { disk, report: result as Report, name });
      return await settleAfterwards(scenario, { disk, name, states });
    }
    const options = fault ? { fault } : {};
    const { disks } = await trace(withOutside(scenario.initial), scenario.run, options);
    const killed = disks[parseInt(what)];
    assert.ok(killed !== undefined, `no disk ${what}`);
    const { disk } = await attack({ disk: killed, work: scenario.recover, exchange });
    return await settleAfterwards(scenario, { disk, name, states });
  } catch (cause) {
    throw new Violation(scenario.name, path, { cause });
  }
}

/**
 * After the attack recovery runs once more, undisturbed. It may need a person, and must say so. (A link at
 * the path of the certificate or the key would now count as the operator's, to be followed: it is removed
 * first.)
 */
async function settleAfterwards(
  scenario: Scenario,
  { disk, name, states }: {
    readonly disk: Disk;
    readonly name: string;
    readonly states: States;
  },
): Promise<Disk> {
  const guarded = inodesBelow(disk, outside);
  const start = operatorsNames(states, name).filter((path) => isLink(disk, path))
    .reduce((without, path) => named(without, path, undefined), disk);
  const files = new SimulatedFileSystem(start, {
    fate(operation): Fate {
      const { inode } = operation;
      assert.ok(
        inode === undefined || !guarded.has(inode) || isHarmless(operation),
        operation.path,
      );
      return "run";
    },
    waits: ({ path }) => assert.fail(`${path} is waited for`),
  });
  const error = await scenario.recover(simulatedSystem(files)).catch((error) => error);
  assert.ok(error === undefined || error instanceof CertswapError, String(error));
  checkOutside(start, files.disk, name);
  for (const change of [states, ...states.others]) {
    // If `.certswap` is gone, so is the journal, and there is no record of the transaction.
    if (error !== undefined || nameOf(name) === ".certswap") break;
    const found = judge(change, files.disk, name).filter(({ path }) => !isBehind(name, path));
    const isMix = found.some(({ is }) => is === "old") && found.some(({ is }) => is === "new");
    assert.ok(!isMix, `a mix after recovery: ${describe(found)}`);
  }
  return files.disk;
}

/**
 * The operator's names that the adversary has exchanged, or that were renamed from an exchanged file. A link
 * that the scenario itself changes is not the operator's.
 */
function operatorsNames({ old, new: made }: States, name: string): readonly string[] {
  const isOwnLink = (path: string): boolean =>
    [old, made].some((files) => files.get(path)?.toString().startsWith("link to ") === true);
  return [...new Set([name, ...old.keys(), ...made.keys()])]
    .filter((path) => !isOwnLink(path))
    .filter((path) => !path.includes(".certswap") && !path.endsWith("/"))
    .filter((path) => [path, stagedPath(path), backupPath(path)].includes(name));
}

function isLink(disk: Disk, path: string): boolean {
  const inode = inodeAt(disk, path);
  return inode !== undefined && disk.nodes.get(inode)?.kind === "link";
}

/** The contents of a scenario's files before and after it. */
interface Change {
  readonly old: Files;
  readonly new: Files;
}

/** The usual change, and the others that count as done if they are reported as `warned`. */
interface States extends Change {
  readonly others: readonly (Change & Pick<OtherEnd, "checkRecord">)[];
}

type Files = ReadonlyMap<string, Seen | SeenKind>;

const statesOfScenario = new WeakMap<Scenario["run"], Promise<States>>();

async function statesOf(scenario: Scenario): Promise<States> {
  const known = statesOfScenario.get(scenario.run) ?? findStates(scenario);
  statesOfScenario.set(scenario.run, known);
  return await known;
}

async function findStates({ initial, run, otherEnds }: Scenario): Promise<States> {
  const { disks } = await trace(initial, run);
  const old = visibleFiles(initial);
  const others = await otherEnds?.() ?? [];
  return {
    old,
    new: visibleFiles(disks.at(-1) ?? initial),
    others: others.map(({ disk, ...end }) => ({ ...end, old, new: visibleFiles(disk) })),
  };
}

/** A file that the scenario changes. */
interface Judged {
  readonly path: string;
  readonly is: "old" | "new" | "gone" | "neither";
}

/** The state of each file that the adversary has not touched. */
function judge(states: Change, disk: Disk, name: string): readonly Judged[] {
  const seen = visibleFiles(disk);
  return [...new Set([...states.old.keys(), ...states.new.keys()])]
    .filter((path) => !path.endsWith("/") && !path.endsWith(".lock") && !isTouched(path, name))
    .filter((path) => contentOf(states.old.get(path)) !== contentOf(states.new.get(path)))
    .filter((path) => !isNote(path) && (!isUsedUp(states, path) || seen.has(path)))
    .filter((path) => !isEarlierVersion(states, path))
    .filter((path) => !isTakenNumber(states, seen, path) && !isAttempt(states, seen, path))
    .map((path) => {
      const content = contentOf(seen.get(path));
      if (content === contentOf(states.new.get(path))) return { path, is: "new" };
      if (content === contentOf(states.old.get(path))) return { path, is: "old" };
      return { path, is: content === undefined ? "gone" : "neither" };
    });
}

/** certswap may record the pair's state in a separate transaction, before the change. */
function isNote(path: string): boolean {
  return /\/\.certswap\/(?:[^/]+\.pem|current)\.[a-z]+$/.test(path);
}

/** A swap removes the pending pair, even if it fails: after a failed swap no pair is pending. */
function isUsedUp(states: Change, path: string): boolean {
  return /\.pending(?:key)?$/.test(path) && !states.new.has(path);
}

/** Whether a file is in a version of a flip whose link was exchanged: recovery follows the link. */
function isBehind(name: string, path: string): boolean {
  return /\/versions\/\d+\//.test(path) && /\/\.?current(?:\.certswap\.[a-z]+)?$/.test(name);
}

/** A version of a flip that no reader needs any more may stay for the next change to remove. */
function isEarlierVersion(states: Change, path: string): boolean {
  return /\/versions\/\d+\//.test(path) && !states.new.has(path);
}

/** A used serial number is never used again: a CA's counter advances even if nothing else changes. */
function isTakenNumber(states: Change, seen: Files, path: string): boolean {
  return nameOf(path) === "serial" && contentOf(seen.get(path)) === contentOf(states.new.get(path));
}

/** The request of a renewal, its answer, or a pair that is not yet in use, is kept for the next attempt. */
function isAttempt(states: Change, seen: Files, path: string): boolean {
  const isOwn = /\.certswap\.(request|requested|answer|pending|pendingkey)$/.test(path);
  return isOwn && contentOf(seen.get(path)) === contentOf(states.new.get(path));
}

/** Whether a file was exchanged, or would have been made from an exchanged one. */
function isTouched(path: string, name: string): boolean {
  // The previous pair is the one that was active. A broken pair is not kept.
  const isMadeOfIt = /\.previous(?:key)?$/.test(path) && !name.includes(".certswap");
  // The service serves the file that it finds at the certificate's path.
  const isServed = path === servedPath && !name.includes("/.certswap");
  // A secret is removed only if the state says that it was used.
  const isUsed = path === secretPath && name.includes("/.certswap");
  return isMadeOfIt || isServed || isUsed || path.startsWith(`${name}/`) ||
    [path, stagedPath(path), backupPath(path)].includes(name);
}

function contentOf(seen: Seen | SeenKind | undefined): number | string | undefined {
  return typeof seen === "object" ? seen.content : seen;
}

/** A change that is reported as done is done, and a failed one has changed nothing. */
function checkReport(
  states: States,
  { disk, report, name }: {
    readonly disk: Disk;
    readonly report: Report;
    readonly name: string;
  },
): void {
  const wanted = { succeeded: "new", warned: "new", failed: "old", unknown: undefined }[report];
  const wrongIn = (change: Change): readonly Judged[] =>
    judge(change, disk, name)
      // A pending hook or probe is among the warnings.
      .filter(({ path }) => path !== servedPath || report === "succeeded")
      .filter(({ is }) =>
        is === "neither" || is === "gone" || (wanted !== undefined && is !== wanted)
      );
  const other = report === "warned"
    ? states.others.find((change) => wrongIn(change).length === 0)
    : undefined;
  const isUsual = wrongIn(states).length === 0;
  if (!isUsual && other !== undefined) {
    // The adversary may have exchanged the record itself.
    if (!name.includes("/.certswap")) other.checkRecord?.(disk);
    return;
  }
  // What has failed has changed nothing of any of them.
  const wrong = [states, ...report === "failed" ? states.others : []].flatMap(wrongIn);
  assert.equal(wrong.length, 0, `${report}, but ${describe(wrong)}`);
}

function describe(found: readonly Judged[]): string {
  return found.map(({ path, is }) => `${path} is ${is}`).join(", ");
}

/** Nothing outside is changed or created. */
function checkOutside(before: Disk, after: Disk, name: string): void {
  for (const inode of inodesBelow(before, outside)) {
    const [was, is] = [before.nodes.get(inode), after.nodes.get(inode)];
    if (was === is) continue;
    // Deno has no openat(2): a file is made where the name of its directory leads at that moment.
    const isOwn = [".certswap", "certs", "versions"].includes(nameOf(name)) &&
      was?.kind === "directory" &&
      is?.kind === "directory" &&
      [...was.names].every(([child, inode]) => is.names.get(child) === inode);
    assert.ok(isOwn, `${JSON.stringify(was)} is ${JSON.stringify(is)} now`);
  }
}

function inodesBelow(disk: Disk, path: string): ReadonlySet<Inode> {
  const found = new Set<Inode>();
  const visit = (inode: Inode): void => {
    found.add(inode);
    const node = disk.nodes.get(inode);
    if (node?.kind === "directory") { for (const child of node.names.values()) visit(child); }
  };
  const inode = inodeAt(disk, path);
  if (inode !== undefined) visit(inode);
  return found;
}

/** The inode that a name leads to, without following links. */
function inodeAt(disk: Disk, path: string): Inode | undefined {
  if (path === "/") return rootInode;
  const parent = directoryAt(disk, directoryOf(path));
  return parent === undefined ? undefined : directory(disk, parent).names.get(nameOf(path));
}

function directoryAt(disk: Disk, path: string): Inode | undefined {
  const inode = inodeAt(disk, path);
  return inode !== undefined && disk.nodes.get(inode)?.kind === "directory" ? inode : undefined;
}

/** The disk on which a name leads to this inode, or to none; immediately durable. */
function named(disk: Disk, path: string, inode: Inode | undefined): Disk {
  const parent = directoryAt(disk, directoryOf(path));
  if (parent === undefined) return disk;
  const node = directory(disk, parent);
  const change = (names: ReadonlyMap<string, Inode>): ReadonlyMap<string, Inode> => {
    const changed = new Map(names);
    if (inode === undefined) changed.delete(nameOf(path));
    else changed.set(nameOf(path), inode);
    return changed;
  };
  const names = change(node.names);
  return withNode(disk, parent, { ...node, names, durableNames: names, pending: [] });
}
