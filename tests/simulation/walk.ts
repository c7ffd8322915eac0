import type { System } from "../../lib/system/mod.ts";
import { type Disk, keyOf } from "./disk.ts";
import { type Mode, powerCuts } from "./power_cut.ts";
import { type Fate, type Operation, SimulatedFileSystem } from "./simulated_file_system.ts";
import { simulatedSystem } from "./simulated_system.ts";

/*
 * The walk: every state that crashes can lead to from one operation, to any depth.
 *
 * A run (the operation, or a recovery) passes through a sequence of disks. A crash may come at each of
 * them: a kill leaves it as it is, a power cut leaves one of several. From each of those recovery runs,
 * itself a sequence of disks with crashes at each. States that are equal are walked once, so that the walk
 * ends.
 */

/** Which state recovery must arrive at. `new` alone once success was reported, `old` alone after a reported failure. */
export type Outcome = "old" | "new";

/** How an operation ended, as far as a promise depends on it. */
export type Report = "succeeded" | "failed" | "unknown";

/** One operation with all that has to be true of it. */
export interface Scenario {
  readonly name: string;
  readonly initial: Disk;
  /** Runs the operation. Must do the same each time. */
  readonly run: (system: System) => Promise<Report>;
  /** What the next start does before anything else. */
  readonly recover: (system: System) => Promise<void>;
  /**
   * Checks a disk after recovery, everything of the invariant included.
   *
   * @returns which outcome it is.
   * @throws Error that says what is wrong.
   */
  readonly check: (disk: Disk) => Outcome;
  /** Checks what a power cut leaves after success was reported, before any recovery: no leftover that matters. */
  readonly checkReported?: (disk: Disk) => void;
  /** What is done from each recovered state, without crashes. Must leave a disk that it checks itself. */
  readonly afterwards?: (system: System, outcome: Outcome) => Promise<void>;
  /** The first operation at which crashes are looked at; before it, the user's own unsynced files are at stake. */
  readonly crashesFrom?: (operation: Operation) => boolean;
}

/** How a walk is done. */
export interface WalkOptions {
  readonly mode: Mode;
  /** Leaves out an operation wherever it says so: what a mutated product would do. */
  readonly mutation?: (operation: Operation) => boolean;
  /** Fails the operations of the first run, by number. */
  readonly fault?: (operation: Operation, index: number) => Fate;
  /** Shares what was walked already between walks of one scenario and mode. */
  readonly visited?: Set<string>;
}

/** What a walk found. */
export interface WalkResult {
  /** Distinct states from which recovery was run. */
  readonly states: number;
  readonly report: Report;
}

/** A promise was broken. `path` replays it: see `replay`. */
export class Violation extends Error {
  readonly path: string;

  constructor(scenario: string, path: string, options: { cause: unknown }) {
    const reason = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(`${scenario} [${path}]: ${reason}`, options);
    this.path = path;
  }
}

/** A disk after a crash, and how it came about. */
interface Crashed {
  readonly disk: Disk;
  readonly key: string;
  readonly allowed: ReadonlySet<Outcome>;
  readonly path: string;
}

const both: ReadonlySet<Outcome> = new Set(["old", "new"]);
const allowedAfter: Readonly<Record<Report, ReadonlySet<Outcome>>> = {
  succeeded: new Set(["new"]),
  failed: new Set(["old"]),
  unknown: both,
};

/** A run on a simulated disk: every disk it passed through, from the first to the last. */
export interface Trace<T> {
  readonly disks: readonly Disk[];
  readonly operations: readonly Operation[];
  readonly result: T;
}

/** Runs `work` on `disk` and records what it passes through. */
export async function trace<T>(
  disk: Disk,
  work: (system: System) => Promise<T>,
  options: Pick<WalkOptions, "mutation" | "fault"> & Pick<Scenario, "crashesFrom"> = {},
): Promise<Trace<T>> {
  const { mutation, fault, crashesFrom } = options;
  const operations: Operation[] = [];
  let recording = crashesFrom === undefined;
  const disks: Disk[] = recording ? [disk] : [];
  const files: SimulatedFileSystem = new SimulatedFileSystem(disk, {
    fate(operation): Fate {
      if (!recording && crashesFrom?.(operation)) {
        recording = true;
        disks.push(files.disk);
      }
      const index = operations.push(operation) - 1;
      return mutation?.(operation) ? "skip" : fault?.(operation, index) ?? "run";
    },
    changed(now): void {
      if (recording) disks.push(now);
    },
  });
  const result = await work(simulatedSystem(files));
  if (!recording) disks.push(files.disk);
  return { disks, operations, result };
}

/**
 * Walks every crash state of a scenario.
 *
 * @throws Violation at the first broken promise.
 */
export async function walk(scenario: Scenario, options: WalkOptions): Promise<WalkResult> {
  const visited = options.visited ?? new Set<string>();
  const before = visited.size;
  const queue: Crashed[] = [];
  const settledKeys = new Set<string>();

  const crashes = function* (disks: readonly Disk[], origin: Origin): Generator<Crashed> {
    for (const [index, disk] of disks.entries()) {
      const isLast = index === disks.length - 1;
      const allowed = isLast ? origin.allowedAtEnd : origin.allowed;
      const at = `${origin.path}${index}`;
      const killed = toCrashed(disk, allowed, `${at}k`);
      // A state that was walked already had its power cuts walked too.
      if (visited.has(killed.key)) continue;
      yield killed;
      let cut = 0;
      for (const left of powerCuts(disk, options.mode)) {
        yield toCrashed(left, allowed, `${at}p${cut++}`);
      }
    }
  };
  const enqueue = (crashed: Iterable<Crashed>): void => {
    for (const state of crashed) {
      if (visited.has(state.key)) continue;
      visited.add(state.key);
      queue.push(state);
    }
  };

  const first = await trace(scenario.initial, scenario.run, { ...options, ...scenario });
  const report = first.result;
  checkReported(scenario, first, options.mode);
  enqueue(crashes(first.disks, { path: "", allowed: both, allowedAtEnd: allowedAfter[report] }));

  // Depth first: the queue stays small.
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    const { disks, outcome } = await recoverFrom(scenario, state, options);
    const end = disks.at(-1) ?? state.disk;
    await goOn(scenario, { end, outcome, path: state.path, settledKeys });
    const allowedAtEnd = new Set([outcome]);
    enqueue(crashes(disks, { path: `${state.path},`, allowed: state.allowed, allowedAtEnd }));
  }
  return { states: visited.size - before, report };
}

interface Origin {
  readonly path: string;
  readonly allowed: ReadonlySet<Outcome>;
  /** Of the last disk: what was reported must stay true. */
  readonly allowedAtEnd: ReadonlySet<Outcome>;
}

function toCrashed(disk: Disk, allowed: ReadonlySet<Outcome>, path: string): Crashed {
  return { disk, allowed, path, key: `${[...allowed].join("|")} ${keyOf(disk)}` };
}

/** Recovers from a crash and checks the invariant on what is there then. */
async function recoverFrom(
  scenario: Scenario,
  state: Crashed,
  options: Pick<WalkOptions, "mutation">,
): Promise<{ disks: readonly Disk[]; outcome: Outcome }> {
  try {
    const { mutation } = options;
    const { disks } = await trace(state.disk, scenario.recover, mutation ? { mutation } : {});
    const outcome = scenario.check(disks.at(-1) ?? state.disk);
    if (!state.allowed.has(outcome)) {
      throw new Error(`the ${outcome} state stands, though the other one had been reported`);
    }
    return { disks, outcome };
  } catch (cause) {
    throw new Violation(scenario.name, state.path, { cause });
  }
}

function checkReported(scenario: Scenario, first: Trace<Report>, mode: Mode): void {
  const end = first.disks.at(-1);
  if (first.result !== "succeeded" || end === undefined) return;
  const index = first.disks.length - 1;
  let cut = 0;
  for (const left of powerCuts(end, mode)) {
    try {
      scenario.checkReported?.(left);
    } catch (cause) {
      throw new Violation(scenario.name, `${index}p${cut} before recovery`, { cause });
    }
    cut++;
  }
}

/** What comes after recovery must work too: once for each distinct disk. */
async function goOn(
  scenario: Scenario,
  recovered: { end: Disk; outcome: Outcome; path: string; settledKeys: Set<string> },
): Promise<void> {
  const { end, outcome, path, settledKeys } = recovered;
  if (scenario.afterwards === undefined) return;
  const key = `${outcome} ${keyOf(end)}`;
  if (settledKeys.has(key)) return;
  settledKeys.add(key);
  try {
    await scenario.afterwards(simulatedSystem(new SimulatedFileSystem(end)), outcome);
  } catch (cause) {
    throw new Violation(scenario.name, `${path} and the operation after it`, { cause });
  }
}

/**
 * Runs one crash path alone: `17k,4p2` is a kill at the 17th disk of the operation, then a power cut at the
 * fourth disk of the recovery after it, leaving the third of the disks it may leave.
 *
 * @returns the disk after the last recovery.
 */
export async function replay(
  scenario: Scenario,
  path: string,
  options: WalkOptions,
): Promise<Disk> {
  let disks = (await trace(scenario.initial, scenario.run, { ...options, ...scenario })).disks;
  for (const crash of path.split(",")) {
    const { index, cut } = /^(?<index>\d+)(?:k|p(?<cut>\d+))$/.exec(crash)?.groups ?? {};
    const disk = disks[Number(index)];
    if (disk === undefined) throw new RangeError(`no disk ${crash} on the path ${path}`);
    const left = cut === undefined ? disk : [...powerCuts(disk, options.mode)][Number(cut)];
    if (left === undefined) throw new RangeError(`no power cut ${crash} on the path ${path}`);
    const { mutation } = options;
    disks = (await trace(left, scenario.recover, mutation ? { mutation } : {})).disks;
  }
  return disks.at(-1) ?? scenario.initial;
}
