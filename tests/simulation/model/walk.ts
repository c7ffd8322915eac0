import { CertswapError, type System } from "../../../lib/system/mod.ts";
import { type Disk, keyOf } from "./disk.ts";
import { type Mode, powerCuts } from "./power_cut.ts";
import { type Fate, type Operation, SimulatedFileSystem } from "./simulated_file_system.ts";
import { simulatedSystem } from "./simulated_system.ts";

/*
 * The walk: every state that crashes during one operation can lead to, to any depth.
 *
 * A run (the operation, or a recovery) passes through a sequence of disks. A crash may happen at each of
 * them: a kill leaves the disk as it is, a power cut leaves one of several. Recovery runs from each of
 * these disks, and is itself a sequence of disks with crashes at each. Equal states are walked only once,
 * so the walk ends.
 */

/**
 * Which state recovery must arrive at. `new` alone once success was reported, `old` alone
 * after a reported failure.
 */
export type Outcome = "old" | "new";

/**
 * How an operation ended, for the promises that depend on it. `warned` is a success that left something for
 * recovery to remove, and reported it.
 */
export type Report = "succeeded" | "warned" | "failed" | "unknown";

/** One operation, with everything that must be true of it. */
export interface Scenario {
  readonly name: string;
  readonly initial: Disk;
  /** Runs the operation. Must do the same each time. */
  readonly run: (system: System) => Promise<Report>;
  /** What the next start does before anything else. */
  readonly recover: (system: System) => Promise<void>;
  /**
   * Which state the targets are in: complete, not mixed, with the right owners and modes.
   *
   * @throws Error that says what is wrong.
   */
  readonly outcome: (disk: Disk) => Outcome;
  /**
   * Checks that no file of certswap's is left and no file of the user's was touched. It must hold after
   * recovery and after success was reported, and on every disk that a power cut leaves then.
   */
  readonly checkNothingLeft: (disk: Disk) => void;
  /**
   * Checks what must be true at every moment: of a running operation, after any crash, and during recovery.
   *
   * @throws Error that says what is wrong.
   */
  readonly always?: (disk: Disk) => void;
  /** What is done from each recovered state, without crashes. Must leave a disk that it checks itself. */
  readonly afterwards?: (system: System, outcome: Outcome) => Promise<void>;
  /**
   * The first operation at which crashes are simulated. Before it, a power cut may lose the user's own
   * unsynced files. A run that never gets that far is not checked.
   */
  readonly crashesFrom?: (operation: Operation) => boolean;
  /**
   * Other documented ends of a run that is reported as `warned`. Only the adversary leads to them: without
   * it, the run ends as `outcome` says.
   */
  readonly otherEnds?: () => Promise<readonly OtherEnd[]>;
}

/** One end of a run, other than the usual one. */
export interface OtherEnd {
  readonly disk: Disk;
  /** Checks that certswap has recorded what is left to do. */
  readonly checkRecord?: (disk: Disk) => void;
}

/** For each run anew: which of its operations are left out. */
export type Mutation = () => (operation: Operation) => boolean;

/** How a walk is done. */
export interface WalkOptions {
  readonly mode: Mode;
  /** Leaves out operations of every run, to see what certswap would do without them. */
  readonly mutation?: Mutation;
  /** How the operation has to end; without it, any true report is accepted. */
  readonly expected?: Report;
  /** Fails the operations of the first run, by number. */
  readonly fault?: (operation: Operation, index: number) => Fate;
  /** Fails each operation of each recovery from a crash of the first run, one at a time, with this errno. */
  readonly recoveryFault?: string;
  /** Shares the states that were walked between walks of one scenario and mode. */
  readonly visited?: Set<string>;
  /**
   * Walks only about one state in that many: always the same ones of a disk, and none that only others lead
   * to. A sample of the scenarios whose walk takes minutes.
   */
  readonly oneIn?: number;
}

/** What a walk found. */
export interface WalkResult {
  /** How many distinct states recovery was run from. */
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
  warned: new Set(["new"]),
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
  const isLeftOut = mutation?.();
  let recording = crashesFrom === undefined;
  const disks: Disk[] = recording ? [disk] : [];
  const files: SimulatedFileSystem = new SimulatedFileSystem(disk, {
    fate(operation): Fate {
      if (!recording && crashesFrom?.(operation)) {
        recording = true;
        disks.push(files.disk);
      }
      const index = operations.push(operation) - 1;
      return isLeftOut?.(operation) ? "skip" : fault?.(operation, index) ?? "run";
    },
    changed(now): void {
      if (recording) disks.push(now);
    },
  });
  const result = await work(simulatedSystem(files));
  return { disks, operations, result };
}

/**
 * Walks every crash state of a scenario.
 *
 * @throws Violation at the first broken promise.
 */
export async function walk(scenario: Scenario, options: WalkOptions): Promise<WalkResult> {
  const visited = options.visited ?? new Set<string>();
  const queue: Crashed[] = [];
  const settled = new Map<string, Outcome>();
  const { oneIn = 1 } = options;
  let walked = 0;

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
      for (const left of newPowerCuts(disks, index, options.mode)) {
        yield toCrashed(left, allowed, `${at}p${cut++}`);
      }
    }
  };
  const enqueue = (crashed: Iterable<Crashed>): void => {
    for (const state of crashed) {
      if (visited.has(state.key)) continue;
      visited.add(state.key);
      if (!isInSample(state.key, oneIn)) continue;
      walked++;
      orViolation(scenario, `${state.path} at that moment`, () => scenario.always?.(state.disk));
      queue.push(state);
    }
  };

  const first = await trace(scenario.initial, scenario.run, { ...options, ...scenario });
  const report = first.result;
  orViolation(scenario, "", () => {
    const { expected = report } = options;
    if (report !== expected) throw new Error(`the operation ${report}, it should have ${expected}`);
  });
  checkReported(scenario, first, options.mode);
  enqueue(crashes(first.disks, { path: "", allowed: both, allowedAtEnd: allowedAfter[report] }));

  // Depth first: the queue stays small.
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    if (options.recoveryFault !== undefined && !state.path.includes(",")) {
      for await (const disks of faultyRecoveries(scenario, state, options.recoveryFault)) {
        const { path, allowed } = state;
        enqueue(crashes(disks, { path: `${path},fault`, allowed, allowedAtEnd: allowed }));
      }
    }
    const { disks, end, outcome } = await recoverFrom(scenario, state, { ...options, settled });
    const endKey = keyOf(end);
    if (!settled.has(endKey)) {
      settled.set(endKey, outcome);
      const path = `${state.path},${disks.length - 1}`;
      checkAtRest(scenario, { end, outcome, mode: options.mode, path });
      await goOn(scenario, { end, outcome, path: state.path });
    }
    const allowedAtEnd = new Set([outcome]);
    enqueue(crashes(disks, { path: `${state.path},`, allowed: state.allowed, allowedAtEnd }));
  }
  return { states: walked, report };
}

/** Whether this is one of about `oneIn` keys: by FNV-1a, so always the same ones. */
function isInSample(key: string, oneIn: number): boolean {
  if (oneIn === 1) return true;
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % oneIn === 0;
}

/**
 * The disks that a power cut may leave at one disk of a run, without those that it may leave at the disk
 * before, which were checked there. At the end of a run all of them: the promise is a different one there.
 */
function newPowerCuts(disks: readonly Disk[], index: number, mode: Mode): Iterable<Disk> {
  const disk = disks[index];
  if (disk === undefined) return [];
  return powerCuts(disk, mode, index === disks.length - 1 ? undefined : disks[index - 1]);
}

interface Origin {
  readonly path: string;
  readonly allowed: ReadonlySet<Outcome>;
  /** Of the last disk: the report must stay true. */
  readonly allowedAtEnd: ReadonlySet<Outcome>;
}

function toCrashed(disk: Disk, allowed: ReadonlySet<Outcome>, path: string): Crashed {
  return { disk, allowed, path, key: `${[...allowed].join("|")} ${keyOf(disk)}` };
}

/** A recovery that was not interrupted. */
interface Recovered {
  readonly disks: readonly Disk[];
  readonly end: Disk;
  readonly outcome: Outcome;
}

/** Recovers from a crash and checks the invariant on what is there then, unless that was `settled` before. */
async function recoverFrom(
  scenario: Scenario,
  state: Crashed,
  options: Pick<WalkOptions, "mutation"> & { readonly settled: ReadonlyMap<string, Outcome> },
): Promise<Recovered> {
  try {
    const { mutation, settled } = options;
    const { disks } = await trace(state.disk, scenario.recover, mutation ? { mutation } : {});
    const end = disks.at(-1) ?? state.disk;
    const outcome = settled.get(keyOf(end)) ?? checked(scenario, end);
    if (!state.allowed.has(outcome)) {
      throw new Error(`found the ${outcome} state, although the other one had been reported`);
    }
    return { disks, end, outcome };
  } catch (cause) {
    throw new Violation(scenario.name, state.path, { cause });
  }
}

/** Recoveries that each fail with one error: the next recovery must handle what they leave. */
async function* faultyRecoveries(
  scenario: Scenario,
  state: Crashed,
  errno: string,
): AsyncGenerator<readonly Disk[]> {
  const { operations } = await trace(state.disk, scenario.recover);
  for (const faulty of operations.keys()) {
    const work = async (system: System): Promise<void> => {
      try {
        await scenario.recover(system);
      } catch (error) {
        if (!(error instanceof CertswapError)) throw error;
      }
    };
    const fault = (_: Operation, index: number): Fate => index === faulty ? { errno } : "run";
    yield (await trace(state.disk, work, { fault })).disks;
  }
}

/** What was reported must be true immediately, and stay true after any crash. */
function checkReported(scenario: Scenario, first: Trace<Report>, mode: Mode): void {
  const end = first.disks.at(-1);
  const path = `${first.disks.length - 1}`;
  if (first.result === "unknown" || end === undefined) return;
  if (first.result === "succeeded") {
    checkAtRest(scenario, { end, outcome: "new", mode, path });
  } else {
    orViolation(scenario, `${path} before recovery`, () => {
      const outcome = scenario.outcome(end);
      if (!allowedAfter[first.result].has(outcome)) {
        throw new Error(`the operation ${first.result}, but the disk is in the ${outcome} state`);
      }
    });
  }
}

function checked(scenario: Scenario, disk: Disk): Outcome {
  scenario.checkNothingLeft(disk);
  return scenario.outcome(disk);
}

function orViolation(scenario: Scenario, path: string, check: () => void): void {
  try {
    check();
  } catch (cause) {
    throw new Violation(scenario.name, path, { cause });
  }
}

/** The transaction is over: neither the disk nor what a power cut leaves of it needs recovery. */
function checkAtRest(
  scenario: Scenario,
  rest: { end: Disk; outcome: Outcome | undefined; mode: Mode; path: string },
): void {
  let cut = 0;
  for (const left of [rest.end, ...powerCuts(rest.end, rest.mode)]) {
    const crash = cut === 0 ? "" : `p${cut - 1}`;
    orViolation(scenario, `${rest.path}${crash} before recovery`, () => {
      const outcome = checked(scenario, left);
      if (outcome !== rest.outcome) throw new Error(`found the ${outcome} state after the report`);
    });
    cut++;
  }
}

/** The next operation after recovery must also work: tried once for each distinct disk. */
async function goOn(
  scenario: Scenario,
  recovered: { end: Disk; outcome: Outcome; path: string },
): Promise<void> {
  const { end, outcome, path } = recovered;
  if (scenario.afterwards === undefined) return;
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
    const left = cut === undefined
      ? disk
      : [...newPowerCuts(disks, Number(index), options.mode)][Number(cut)];
    if (left === undefined) throw new RangeError(`no power cut ${crash} on the path ${path}`);
    const { mutation } = options;
    disks = (await trace(left, scenario.recover, mutation ? { mutation } : {})).disks;
  }
  return disks.at(-1) ?? scenario.initial;
}
