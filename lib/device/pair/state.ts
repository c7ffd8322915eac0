/** The state file of a pair: what has to outlive a run. One small JSON object in `.certswap/`. */
import {
  FileTooLargeError,
  isListed,
  type Stage,
  statIfPresent,
  type System,
  WrongFileKindError,
} from "../../system/mod.ts";
import { type SnapshotWithContent, takeSnapshot } from "../../transaction/mod.ts";
import { NewerStateError, UnreadableStateError } from "../errors.ts";
import type { LastKnown } from "./last_known/mod.ts";
import type { Pair } from "./layout.ts";

/** What changed the active pair. */
export type ChangeKind = "swap" | "rollback";

/** The last change of the active pair. */
interface LastChange {
  readonly at: Date;
  readonly by: ChangeKind;
  /** SHA-256 of the leaf certificate that became active, 64 lowercase hexadecimal digits. */
  readonly fingerprint: string;
  /** The combined file that was part of it, resolved. */
  readonly combined?: string;
}

/** What the service has not been told, or not been seen to have taken, of the last change by a rotation. */
export interface Owed {
  /** The hook has not succeeded since. */
  readonly hook: boolean;
  /** No probe has seen the certificate served since. */
  readonly probe: boolean;
  readonly since: Date;
  /**
   * SHA-256 of the leaf that the change made active. Another one there now was put there by someone else.
   * Left out if it is unknown which change owes it: the state file could not be read.
   */
  readonly fingerprint?: string;
  /** Serial number of the certificate that was replaced, in the form of `formatSerial`. */
  readonly replacedSerial?: string;
  /** SHA-256 of the previous pair's leaf, where that pair is restored if the probe fails. */
  readonly restorable?: string;
  /** What each probe saw of the replaced pair just before the change. Left out if nobody looked. */
  readonly before?: readonly EarlierSight[];
  /** The hooks that have succeeded since, by their digests: they are not run again for the later ones. */
  readonly hooksDone?: readonly string[];
  /** How often all hooks have succeeded and the service did not take the pair, and when last. */
  readonly toNoEffect?: { readonly times: number; readonly last: Date };
}

/** What a probe saw of the service before a change: what it sees afterwards is compared with this. */
export interface EarlierSight {
  /** SHA-256 of the probe's configuration, its deadline aside: one that was changed has seen nothing yet. */
  readonly probe: string;
  /** How far it came. */
  readonly stage: Stage;
  /** `expected`: the certificate that was active then. */
  readonly saw: "expected" | "another" | "nothing";
  /** SHA-256 of the certificate that was seen. */
  readonly fingerprint?: string;
  /**
   * What it has seen since the change. `served`: the new certificate; it need not look again. `same`: as
   * little as before, so that what it loses sight of later is not the change's doing.
   */
  readonly since?: "served" | "same";
}

/** A pair that a service did not take, and that is kept as the pending one to be tried again. */
export interface TakenBack {
  /** SHA-256 of its leaf. */
  readonly fingerprint: string;
  /** How often it was active and was taken back. */
  readonly times: number;
  /** How many certificates of this renewal were taken back, this one included. */
  readonly certificates: number;
}

/** A renewal that has begun and not yet come to its end. */
export interface Renewal {
  /** How often the issuer was asked, and nothing came of it. */
  readonly attempts: number;
  readonly lastAttempt: Date;
  /** Not before: what a run before this time has to do is wait. */
  readonly nextAttempt: Date;
  /** Who has named that time, if it was not certswap: an issuer's Retry-After (RFC 9110, 10.2.3). */
  readonly setBy?: "issuer";
}

/** Why a rotation failed, and how often it has. What an older version wrote has only `at` and `code`. */
export interface Failure {
  readonly at: Date;
  /** The error's `code`. */
  readonly code: string;
  /**
   * The error's message as it was printed: one line of at most {@linkcode failureTextLimit} characters,
   * escaped. What programs printed is not part of it: that may contain secrets.
   */
  readonly text?: string;
  /** When the first failure in a row was. */
  readonly since?: Date;
  /** How many failures there were in a row, from 1. */
  readonly count?: number;
}

/** The most UTF-16 units of an error's text that are kept. */
export const failureTextLimit = 400;

/** What `certswap rotate --quiet-for` has told last of a pair, so that it need not repeat it. */
export interface Told {
  readonly at: Date;
  readonly urgency: "notice" | "warning" | "critical";
  /** What was said, each as 16 lowercase hexadecimal digits of a digest. At most {@linkcode mostTold}. */
  readonly what: readonly string[];
}

/** How many different things are remembered as told. */
export const mostTold = 32;

/**
 * Since the state was first written: how often the issuer was asked, and how often a rotation failed. A hook
 * that fails at every run counts each time.
 */
export interface Totals {
  readonly attempts: number;
  readonly failures: number;
}

/**
 * Times before {@linkcode PairState.latestTime} at which the clock went on steadily, in steps of about a day.
 * Enough steps show that the latest time was wrong.
 */
export interface Course {
  readonly from: Date;
  readonly to: Date;
  /** How many steps lead from one to the other. */
  readonly steps: number;
}

/** What is known from earlier runs. */
export interface PairState {
  readonly lastChange?: LastChange;
  /** There only while something is owed. */
  readonly owed?: Owed;
  /** There only while one is under way. */
  readonly renewal?: Renewal;
  /** The pair that the service did not take last, until a rotation has come to its end. */
  readonly takenBack?: TakenBack;
  /** When a rotation last came to its end: swapped in, the hook run, the certificate seen served. */
  readonly lastSuccess?: Date;
  /** The last failure since that. */
  readonly lastFailure?: Failure;
  /** There only while there is something to tell. */
  readonly told?: Told;
  readonly totals?: Totals;
  /** The latest time that any run has seen: a clock that stands before it went back. */
  readonly latestTime?: Date;
  /** A time so far ahead of that one that a later run has to see the clock go on from it. */
  readonly suspectTime?: Date;
  /** What runs have seen before the latest time, newest first; three at most. */
  readonly courses?: readonly Course[];
  /** Where the pair was when it was last complete, if it is in several directories. */
  readonly lastKnown?: LastKnown;
  /** What a newer version keeps here: handed on untouched. */
  readonly other: Readonly<Record<string, unknown>>;
}

/** A state file as it was found. */
interface StoredState {
  readonly state: PairState;
  /** The file, where there is one that can be replaced. */
  readonly stored: SnapshotWithContent | undefined;
  /** `false` where something stands in the way that is no state file and must be left alone. */
  readonly isReplaceable: boolean;
  /**
   * What could not be read, never a reason to refuse a swap. Nobody knows what it said, so the state has a
   * debt then: telling a service twice does no harm, and not telling it does. A state of a newer version is
   * not read at all, see {@linkcode requireKnownFormat}.
   */
  readonly warning: UnreadableStateError | NewerStateError | undefined;
}

/** The most that is read of a state file, in bytes. */
const limit = 1024 * 1024;

/** The format of the state file, and of the record beside the key: the only one that is read and written. */
export const stateVersion = 1;

/** Reads the state file. One that is missing is empty. */
export async function readState(system: System, { state: path }: Pair): Promise<StoredState> {
  const now = system.clock.now();
  try {
    const stored = await takeStateSnapshot(system, path);
    if (stored === undefined) {
      return { state: { other: {} }, stored, isReplaceable: true, warning: undefined };
    }
    const newer = newerFormat(path, stored);
    if (newer !== undefined) {
      return { state: { other: {} }, stored: undefined, isReplaceable: false, warning: newer };
    }
    const { decodeState } = await import("./state_reader.ts");
    const { state, unreadable } = decodeState(stored.content, now) ?? allUnknown(now);
    const warning = unreadable === undefined || unreadable.length > 0
      ? new UnreadableStateError(path, { fields: unreadable })
      : undefined;
    return { state, stored, isReplaceable: true, warning };
  } catch (cause) {
    if (!(cause instanceof WrongFileKindError || cause instanceof FileTooLargeError)) throw cause;
    const warning = new UnreadableStateError(path, { cause });
    return { state: allUnknown(now).state, stored: undefined, isReplaceable: false, warning };
  }
}

async function takeStateSnapshot(
  { files }: System,
  path: string,
): Promise<SnapshotWithContent | undefined> {
  const kind = statIfPresent(files, path)?.kind;
  // A link is not followed: certswap makes none here, and could not replace it.
  if (kind !== undefined && kind !== "file") throw new WrongFileKindError(path, "file", kind);
  return kind && await takeSnapshot(files, path, limit);
}

/**
 * Refuses a pair of which a newer version of certswap has kept something in a format that is unknown here: to
 * replace it would lose what that version relies on. Reads only.
 *
 * @throws NewerStateError
 */
export async function requireKnownFormat(system: System, pair: Pair): Promise<void> {
  const error = await newerAt(system, pair.state) ?? await findNewerRecord(system, pair);
  if (error !== undefined) throw error;
}

/** The same of the record beside the key alone: only a key in a directory of its own has one. */
export async function findNewerRecord(
  system: System,
  { record, site }: Pair,
): Promise<NewerStateError | undefined> {
  if (site.directories.length === 1 || !isListed(system.files, record)) return undefined;
  return await newerAt(system, record);
}

async function newerAt(system: System, path: string): Promise<NewerStateError | undefined> {
  try {
    const stored = await takeStateSnapshot(system, path);
    return stored && newerFormat(path, stored);
  } catch (error) {
    // Something that is no such file, which others tell of.
    if (error instanceof WrongFileKindError || error instanceof FileTooLargeError) return undefined;
    throw error;
  }
}

/** Whether a file names a newer format, whatever else is in it. */
function newerFormat(path: string, { content }: SnapshotWithContent): NewerStateError | undefined {
  const { version } = jsonObject(content);
  return typeof version === "number" && version > stateVersion
    ? new NewerStateError(path, { version, known: stateVersion })
    : undefined;
}

function jsonObject(content: Uint8Array): { readonly version?: unknown } {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(content));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function allUnknown(now: Date): { readonly state: PairState; readonly unreadable: undefined } {
  return { state: { owed: unknownDebt(now), other: {} }, unreadable: undefined };
}

/** What may be owed if nobody knows what is. */
export function unknownDebt(now: Date): Owed {
  return { hook: true, probe: true, since: now };
}

/** The state after a change of the active pair. */
export function withChange(state: PairState, change: LastChange): PairState {
  return { ...withTimeSeen(state, change.at), lastChange: change };
}

/** The state of a run that has seen this time, and believes it. */
export function withTimeSeen(state: PairState, now: Date): PairState {
  const { suspectTime: _, ...known } = state;
  const { latestTime } = known;
  return latestTime !== undefined && latestTime >= now ? known : { ...known, latestTime: now };
}

/**
 * The bytes of a state file: JSON, UTF-8, times in RFC 3339. They are read again before anything is done with
 * them: a state that cannot be read back would forget what the service is owed.
 *
 * @throws TypeError where what was written would not be read as it was: a defect.
 */
export async function encodeState({ other, ...known }: PairState): Promise<Uint8Array> {
  const file = { ...other, version: stateVersion, ...known };
  const content = new TextEncoder().encode(JSON.stringify(file, undefined, 2) + "\n");
  const { decodeState, sameValue } = await import("./state_reader.ts");
  const { state: { other: _, ...read }, unreadable } = decodeState(content, new Date(0)) ??
    allUnknown(new Date(0));
  if (unreadable?.length !== 0 || !sameValue(known, read) || content.length > limit) {
    throw new TypeError(`the state cannot be read back: ${unreadable?.join(", ") || "all of it"}`);
  }
  return content;
}
