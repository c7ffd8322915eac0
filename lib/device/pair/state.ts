/** The state file of a pair: one small JSON object in `.certswap/` that outlives a run. */
import {
  type FileSystem,
  FileTooLargeError,
  isErrno,
  isListed,
  readRegularFile,
  type Stage,
  statIfPresent,
  type System,
  WrongFileKindError,
} from "../../system/mod.ts";
import { type Entry, type SnapshotWithContent, takeSnapshot } from "../../transaction/mod.ts";
import { NewerStateError, UnreadableStateError } from "../errors.ts";
import { firstAttributes, put } from "./entries.ts";
import type { LastKnown } from "./last_known/mod.ts";
import type { Pair } from "./layout.ts";

/** The command that changed the active pair. */
export type ChangeKind = "swap" | "rollback";

/** The last change of the active pair. */
interface LastChange {
  readonly at: Date;
  readonly by: ChangeKind;
  /** SHA-256 of the leaf certificate that became active, 64 lowercase hexadecimal digits. */
  readonly fingerprint: string;
  /** The combined file of that change, resolved. */
  readonly combined?: string;
}

/** Hooks and probes that are pending after the last change by a rotation. */
export interface Owed {
  /** The hooks have not all succeeded since. */
  readonly hook: boolean;
  /** No probe has seen the certificate served since. */
  readonly probe: boolean;
  readonly since: Date;
  /**
   * SHA-256 of the leaf that the change made active. A different active leaf was not put there by certswap.
   * Left out if the change is unknown: the state file could not be read.
   */
  readonly fingerprint?: string;
  /** Serial number of the replaced certificate, in the form of `formatSerial`. */
  readonly replacedSerial?: string;
  /** SHA-256 of the previous pair's leaf, if that pair is restored when the probe fails. */
  readonly restorable?: string;
  /** What each probe saw just before the change. Left out if no probe ran. */
  readonly before?: readonly EarlierSight[];
  /** Digests of the hooks that have succeeded since: they are not run again with the others. */
  readonly hooksDone?: readonly string[];
  /** How often all hooks succeeded but the service did not use the pair, and when last. */
  readonly toNoEffect?: { readonly times: number; readonly last: Date };
}

/** What a probe saw before a change. What it sees afterwards is compared with this. */
export interface EarlierSight {
  /** SHA-256 of the probe's configuration without its deadline: a changed probe has seen nothing yet. */
  readonly probe: string;
  /** How far it got. */
  readonly stage: Stage;
  /** `expected`: the certificate that was active at that time. */
  readonly saw: "expected" | "another" | "nothing";
  /** SHA-256 of the certificate that it saw. */
  readonly fingerprint?: string;
  /**
   * What it has seen since the change. `served`: the new certificate, so it need not look again. `same`: as
   * little as before, so that a later failure is not a consequence of the change.
   */
  readonly since?: "served" | "same";
}

/** A pair that a service did not use, kept as the pending pair to be tried again. */
export interface TakenBack {
  /** SHA-256 of its leaf. */
  readonly fingerprint: string;
  /** How often it was activated and rolled back. */
  readonly times: number;
  /** How many certificates of this renewal were rolled back, including this one. */
  readonly certificates: number;
}

/**
 * Why a new pair waits as the pending one: the service did not take it, it is not valid yet, or it could not
 * be put in place.
 */
export type KeptReason = "refused" | "not-yet-valid" | "not-placed";

/** The pending pair, if a rotation kept it: then the issuer need not be asked again. */
export interface Kept {
  /** SHA-256 of its leaf. A different one was not put there by certswap. */
  readonly fingerprint: string;
  readonly since: Date;
  readonly reason: KeptReason;
}

/** A renewal in progress. */
export interface Renewal {
  /** How often the issuer was asked in vain. */
  readonly attempts: number;
  readonly lastAttempt: Date;
  /** The earliest time of the next attempt. */
  readonly nextAttempt: Date;
  /** Set if the issuer chose that time, by Retry-After (RFC 9110, 10.2.3). */
  readonly setBy?: "issuer";
}

/** The last error of a rotation, and how often it failed. Older versions wrote only `at` and `code`. */
export interface Failure {
  readonly at: Date;
  /** The error's `code`. */
  readonly code: string;
  /**
   * The error's message as printed: one line of at most {@linkcode failureTextLimit} characters, escaped. It
   * does not include output of programs, which may contain secrets.
   */
  readonly text?: string;
  /** Identifies the error, without what varies in its text. Kept with the same limits as `text`. */
  readonly identity?: string;
  /** When the first of the consecutive failures was. */
  readonly since?: Date;
  /** The number of consecutive failures, from 1. */
  readonly count?: number;
}

/** The longest error text that is kept, in UTF-16 units. */
export const failureTextLimit = 400;

/** What `certswap rotate --quiet-for` has told last of a pair, so that it need not repeat it. */
export interface Told {
  readonly at: Date;
  readonly urgency: "notice" | "warning" | "critical";
  /**
   * The lines that were printed, each as 16 lowercase hexadecimal digits of a digest. At most {@linkcode
   * mostTold}.
   */
  readonly what: readonly string[];
}

/** How many different lines are remembered. */
export const mostTold = 32;

/**
 * Counters since the state was first written: how often the issuer was asked, and how often a rotation
 * failed. A hook that fails at every run counts each time.
 */
export interface Totals {
  readonly attempts: number;
  readonly failures: number;
}

/**
 * Times before {@linkcode PairState.latestTime} at which the clock advanced steadily, in steps of about a
 * day. Enough steps show that the latest time was wrong.
 */
export interface Course {
  readonly from: Date;
  readonly to: Date;
  /** The number of steps between them. */
  readonly steps: number;
}

/** An output that this pair has, or was about to get. */
export interface OutputRecord {
  /** Resolved. */
  readonly path: string;
  /** For a format with something random in it: SHA-256 of the file that was written. */
  readonly content?: string;
  /** And of what it was made from, without the password. */
  readonly made?: string;
  /** Of a trust bundle. */
  readonly bundle?: BundleRecord;
}

/** What is known of a trust bundle besides its file. Certificates are named by their SHA-256 fingerprints. */
export interface BundleRecord {
  /** When its source was last read, or could not be read. */
  readonly asked: Date;
  /** When it was last read. */
  readonly refreshed?: Date;
  /** The certificates of the bundle that the source has had. Others were put there by a person. */
  readonly served: readonly string[];
  /** Those that the source no longer has, and since when. */
  readonly withdrawn: readonly Withdrawal[];
  /** Those that were removed: they do not return by themselves. */
  readonly removed: readonly string[];
  /** Those that the source has, and that are not trusted. */
  readonly offered: readonly string[];
}

/** A certificate that a source no longer has. */
export interface Withdrawal {
  readonly fingerprint: string;
  readonly since: Date;
}

/** The most certificates that a record names in one of its lists. */
export const mostRecorded = 64;

/** A secret of a first enrolment, in a form from which it cannot be found. */
export interface SecretUse {
  /** 32 lowercase hexadecimal digits. */
  readonly salt: string;
  /** 16 lowercase hexadecimal digits of a slow digest. */
  readonly digest: string;
  /** When it was first about to be sent. */
  readonly since: Date;
  /** Whether a certificate has been issued for it. */
  readonly isUsed: boolean;
}

/** The state that earlier runs left. */
export interface PairState {
  readonly lastChange?: LastChange;
  /** Present only while a hook or probe is pending. */
  readonly owed?: Owed;
  /** Present only during a renewal. */
  readonly renewal?: Renewal;
  /** The pair that the service did not use last, until a rotation succeeds. */
  readonly takenBack?: TakenBack;
  /** Until a rotation succeeds. */
  readonly kept?: Kept;
  /** When a rotation last succeeded: swapped in, hooks run, the certificate seen by the probes. */
  readonly lastSuccess?: Date;
  /** The last failure since then. */
  readonly lastFailure?: Failure;
  /** Present only while there is something to report. */
  readonly told?: Told;
  readonly totals?: Totals;
  /** The latest time that any run has seen: an earlier time means that the clock was set back. */
  readonly latestTime?: Date;
  /** A time so far ahead that a later run must see the clock continue from it. */
  readonly suspectTime?: Date;
  /** Earlier times that runs have seen, newest first; three at most. */
  readonly courses?: readonly Course[];
  /** Where the pair was when it was last complete, if it is in several directories. */
  readonly lastKnown?: LastKnown;
  /** Recorded before it is sent, and marked as used in the transaction that installs what it was sent for. */
  readonly secret?: SecretUse;
  /** Recorded before a change writes an output for the first time, so that recovery knows it. */
  readonly outputs?: readonly OutputRecord[];
  /** Fields of a newer version: passed on unchanged. */
  readonly other: Readonly<Record<string, unknown>>;
}

/** A state file that was read. */
interface StoredState {
  readonly state: PairState;
  /** The file, if it exists and can be replaced. */
  readonly stored: SnapshotWithContent | undefined;
  /** `false` if something else has its path and must be left alone. */
  readonly isReplaceable: boolean;
  /**
   * Warnings about unreadable parts, never a reason to refuse a swap. As their content is unknown, hooks and
   * probes are then pending: telling a service twice does no harm, but not telling it does. A state of a
   * newer version is not read at all, see {@linkcode requireKnownFormat}.
   */
  readonly warning: UnreadableStateError | NewerStateError | undefined;
}

/** The size limit of a state file, in bytes. */
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
  return isFile(files, path) ? await takeSnapshot(files, path, limit) : undefined;
}

/**
 * Whether a file is there. A link is not followed: certswap creates none here, and could not replace it.
 *
 * @throws WrongFileKindError for anything else that is there.
 */
function isFile(files: FileSystem, path: string): boolean {
  const kind = statIfPresent(files, path)?.kind;
  if (kind !== undefined && kind !== "file") throw new WrongFileKindError(path, "file", kind);
  return kind !== undefined;
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

/** Takes no snapshot: the first digest of a process costs a thread and a start of WebCrypto. */
async function newerAt({ files }: System, path: string): Promise<NewerStateError | undefined> {
  try {
    if (!isFile(files, path)) return undefined;
    return newerFormat(path, await readRegularFile(files, path, limit));
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    // Something that is no such file, which others tell of.
    if (error instanceof WrongFileKindError || error instanceof FileTooLargeError) return undefined;
    throw error;
  }
}

/** The error for a file that names a newer format, even if the rest is unknown. */
function newerFormat(
  path: string,
  { content }: Pick<SnapshotWithContent, "content">,
): NewerStateError | undefined {
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

/** What may be pending if that is unknown. */
export function unknownDebt(now: Date): Owed {
  return { hook: true, probe: true, since: now };
}

/** The state after a pair was kept as the pending one. One that is kept already has been since then. */
export function withKept(state: PairState, kept: Kept): PairState {
  const { kept: known } = state;
  const since = known?.fingerprint === kept.fingerprint ? known.since : kept.since;
  return { ...state, kept: { ...kept, since } };
}

/** The state after a change of the active pair. */
export function withChange(state: PairState, change: LastChange): PairState {
  return { ...withTimeSeen(state, change.at), lastChange: change };
}

/** The state after a run that saw this time and accepts it. */
export function withTimeSeen(state: PairState, now: Date): PairState {
  const { suspectTime: _, ...known } = state;
  const { latestTime } = known;
  return latestTime !== undefined && latestTime >= now ? known : { ...known, latestTime: now };
}

/**
 * Encodes a state file: JSON, UTF-8, times in RFC 3339. The bytes are parsed again before they count: an
 * unreadable state would lose pending hooks and probes.
 *
 * @throws TypeError if the bytes would be read differently: a defect.
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

/**
 * The entry that writes a state.
 *
 * @param stored the state file, as it was read.
 * @throws TypeError as {@linkcode encodeState} does.
 */
export async function putState(
  system: System,
  pair: Pair,
  { state, stored }: {
    readonly state: PairState;
    readonly stored: SnapshotWithContent | undefined;
  },
): Promise<Entry[]> {
  return put(pair.state, {
    content: await encodeState(state),
    old: stored,
    first: firstAttributes(system, pair, "state"),
  });
}
