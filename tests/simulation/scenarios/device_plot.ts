import assert from "node:assert/strict";
import { exitCodeFor } from "../../../lib/cli/exit_code.ts";
import { type PairPaths, recoverPair, swap, type SwapOptions } from "../../../lib/device/mod.ts";
import { CertswapError, directoryOf, nameOf, type System } from "../../../lib/system/mod.ts";
import { makeAuthority, type TestPair } from "../../support/pairs.ts";
import { type ContentId, intern } from "../model/contents.ts";
import {
  type Disk,
  type FileAttributes,
  type Lacks,
  plant,
  type Planted,
  type Seen,
  type SeenKind,
  visibleFiles,
} from "../model/disk.ts";
import type { SimulatedFileSystem } from "../model/simulated_file_system.ts";
import type { Outcome, Report, Scenario } from "../model/walk.ts";
import { openFiles } from "./opened_pkcs12.ts";

/*
 * What the scenarios of a device's commands have in common: files with their contents before and after.
 */

/** The pairs of the scenarios: each a different key and certificate for the same device. */
export interface Cast {
  readonly first: TestPair;
  readonly second: TestPair;
  readonly third: TestPair;
  readonly trust: string;
}

/** Makes the pairs, valid at the simulated time. */
export async function makeCast(): Promise<Cast> {
  const authority = await makeAuthority();
  const issue = (day: string): Promise<TestPair> =>
    authority.issue({
      notBefore: new Date(`2030-05-${day}T00:00:00Z`),
      notAfter: new Date("2030-09-01T00:00:00Z"),
    });
  return {
    first: await issue("01"),
    second: await issue("02"),
    third: await issue("03"),
    trust: authority.certificatePem,
  };
}

/** The files of a scenario, and their contents before and after. */
export interface Plot {
  readonly name: string;
  readonly paths: PairPaths;
  readonly files: readonly Expected[];
  readonly run: (
    system: System,
    paths: PairPaths,
  ) => Promise<{ readonly warnings: readonly unknown[] }>;
  /** Further files that must stay as they are. */
  readonly others?: Readonly<Record<string, Planted>>;
  /** Further files that it changes, and what they hold before; `undefined` for no file. */
  readonly changes?: Readonly<Record<string, Planted | undefined>>;
  /** What the file system does not support. */
  readonly lacks?: Lacks;
  /** The file after which lock and state are named; if left out, `/d/cert.pem`. */
  readonly home?: string;
  /** What recovery is told of the pair; if left out, the same as the operation. */
  readonly recoverAs?: PairPaths;
  /** What the swap after it is told of the pair; if left out, the same as the operation. */
  readonly afterwardsAs?: PairPaths;
  /** The files as their readers find them; if left out, as they lie. */
  readonly view?: (seen: Files) => Files;
  /** See {@linkcode Scenario.always}. */
  readonly always?: (disk: Disk) => void;
  /** Checks the disk after the swap that follows a recovery. */
  readonly checkAfterwards?: (disk: Disk) => void;
  /** PKCS#12 files that are opened to tell what they hold. */
  readonly opens?: readonly string[];
}

type Files = ReadonlyMap<string, Seen | SeenKind>;

/** What a file holds: a text, nothing at all, or what only opening it tells. */
export type Wanted = string | Uint8Array | undefined | {
  /** What is there before. */
  readonly planted?: Uint8Array;
  readonly isHeldBy: (content: ContentId) => boolean;
};

/** A file before and after: its content, `undefined` for no file. */
export interface Expected {
  readonly path: string;
  readonly old: Wanted;
  readonly new: Wanted;
  readonly attributes?: FileAttributes;
  /** If they change. */
  readonly oldAttributes?: FileAttributes;
  /** The plot puts it there by itself. */
  readonly isPlanted?: true;
}

/** Nothing else holds the lock. */
export const lockTimeout = 0;
/** The files of a third pair, for the operation after a recovery. */
export const later = { certificate: "/later/cert.pem", key: "/later/key.pem" };
/** How the scenarios swap, unless they say otherwise. */
export const swapOptions: SwapOptions & { lockTimeout: number } = {
  lockTimeout,
  keepPrevious: false,
  allowIdentityChange: false,
  allowOlder: false,
};

/** A plot as a scenario. */
export function toScenario(plot: Plot, cast: Cast): Scenario {
  const initial = stageSet(plot, cast);
  const { paths, recoverAs = paths, afterwardsAs = paths, opens = [] } = plot;
  return {
    name: plot.name,
    initial,
    run: async (system) => {
      const report = await reportOf(() => plot.run(system, paths));
      await openFiles(system, opens);
      return report;
    },
    recover: async (system) => {
      await recoverPair(system, recoverAs, { lockTimeout });
      await openFiles(system, opens);
    },
    ...(plot.always === undefined ? {} : { always: plot.always }),
    outcome: (disk) => outcomeOf(plot, disk),
    checkNothingLeft: (disk) => checkNothingLeft(plot, initial, disk),
    afterwards: async (system) => {
      const options = { ...swapOptions, newPair: later, trust: "/trust.pem" };
      const { proposal } = await swap(system, afterwardsAs, options);
      assert.ok(proposal.isChange, "the swap after it changed nothing");
      plot.checkAfterwards?.((system.files as SimulatedFileSystem).disk);
    },
  };
}

/** The disk before a plot. */
export function stageSet({ files, others = {}, changes = {}, lacks }: Plot, cast: Cast): Disk {
  const planted: Record<string, Planted | string> = {
    "/d/": {},
    "/new/cert.pem": cast.second.chainPem,
    "/new/key.pem": { content: cast.second.keyPem, attributes: { mode: 0o600 } },
    "/later/cert.pem": cast.third.chainPem,
    "/later/key.pem": { content: cast.third.keyPem, attributes: { mode: 0o600 } },
    "/trust.pem": cast.trust,
    "/d/cert.pem.bak": "the user's own",
    ...others,
  };
  for (const [path, before] of Object.entries(changes)) if (before) planted[path] = before;
  for (const file of files) {
    if (file.isPlanted) continue;
    const { path, old, attributes = {}, oldAttributes = attributes } = file;
    const isPlain = typeof old !== "object" || old instanceof Uint8Array;
    const content = isPlain ? old : old.planted;
    if (content !== undefined) planted[path] = { content, attributes: oldAttributes };
  }
  const disk = plant(planted);
  return lacks === undefined ? disk : { ...disk, lacks };
}

/** What a command reports with its exit code. */
export async function reportOf(
  run: () => Promise<{ readonly warnings: readonly unknown[] }>,
): Promise<Report> {
  try {
    return (await run()).warnings.length === 0 ? "succeeded" : "warned";
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    return exitCodeFor(error) === 4 ? "unknown" : "failed";
  }
}

function outcomeOf({ files, view = asTheyLie }: Plot, disk: Disk): Outcome {
  const seen = view(visibleFiles(disk));
  const states = files.map((expected) => {
    const file = seen.get(expected.path);
    assert.ok(file === undefined || typeof file === "object", `${expected.path} is not a file`);
    if (file === undefined) return { expected, content: undefined, was: true, is: true };
    const { content, inode: _inode, ...rights } = file;
    const { attributes = rights, oldAttributes = attributes } = expected;
    const was = keyOfRights(rights) === keyOfRights(oldAttributes);
    const is = keyOfRights(rights) === keyOfRights(attributes);
    if (!was && !is) assert.deepEqual(rights, attributes, `owner or mode of ${expected.path}`);
    return { expected, content, was, is };
  });
  const isNew = ({ expected, content, is }: typeof states[number]): boolean =>
    is && holds(expected.new, content);
  const isOld = ({ expected, content, was }: typeof states[number]): boolean =>
    was && holds(expected.old, content);
  if (states.every(isNew)) return "new";
  const withoutPending = states.every((state) =>
    /\.pending(?:key)?$/.test(state.expected.path) ? state.content === undefined : isOld(state)
  );
  if (states.every(isOld) || withoutPending) return "old";
  const found = states.map((state) =>
    `${state.expected.path}: ${isNew(state) ? "new" : isOld(state) ? "old" : "neither"}`
  );
  throw new Error(`neither old nor new but a mix: ${found.join(", ")}`);
}

const keyOfRights = ({ uid, gid, mode, list = "" }: FileAttributes): string =>
  `${uid}.${gid}.${mode}.${list}`;

function holds(wanted: Wanted, content: ContentId | undefined): boolean {
  if (wanted === undefined || content === undefined) return wanted === content;
  if (typeof wanted === "string") return content === internText(wanted);
  return wanted instanceof Uint8Array ? content === intern(wanted) : wanted.isHeldBy(content);
}

const asTheyLie = (seen: Files): Files => seen;

/** Of certswap's files only its state directory is left, and no file of the user's is touched. */
function checkNothingLeft(
  { files, home = "/d/cert.pem", view = asTheyLie, changes = {} }: Plot,
  initial: Disk,
  disk: Disk,
): void {
  const seen = view(visibleFiles(disk));
  const before = view(visibleFiles(initial));
  const own = ["", `${nameOf(home)}.lock`, `${nameOf(home)}.state`]
    .map((name) => `${directoryOf(home)}/.certswap/${name}`);
  const targets = [...files.map(({ path }) => path), ...Object.keys(changes)];
  const extra = [...seen.keys()].filter((path) =>
    !own.includes(path) && !targets.includes(path) && !before.has(path)
  );
  assert.deepEqual(extra, [], `left behind: ${extra.join()}`);
  for (const [path, was] of before) {
    if (!targets.includes(path)) assert.deepEqual(seen.get(path), was, `${path} was touched`);
  }
}

const internedTexts = new Map<string, number>();

function internText(text: string): number {
  const known = internedTexts.get(text);
  if (known !== undefined) return known;
  const id = intern(new TextEncoder().encode(text));
  internedTexts.set(text, id);
  return id;
}
