/** The state file of a pair: what has to outlive a run. One small JSON object in `.certswap/`. */
import { FileTooLargeError, type System, WrongFileKindError } from "../system/mod.ts";
import { type SnapshotWithContent, takeSnapshot } from "../transaction/mod.ts";
import { UnreadableStateError } from "./errors.ts";
import type { Pair } from "./pair.ts";

/** What changed the active pair. */
export type ChangeKind = "swap" | "rollback";

/** The last change of the active pair. */
export interface LastChange {
  readonly at: Date;
  readonly by: ChangeKind;
  /** SHA-256 of the leaf certificate that became active, 64 lowercase hexadecimal digits. */
  readonly fingerprint: string;
  /** The combined file that was part of it, resolved. */
  readonly combined?: string;
}

/** What is known from earlier runs. */
export interface PairState {
  readonly lastChange?: LastChange;
  /** The latest time that any run has seen: a clock that stands before it went back. */
  readonly latestTime?: Date;
  /** What a newer version keeps here: handed on untouched. */
  readonly other: Readonly<Record<string, unknown>>;
}

/** A state file as it was found. */
export interface StoredState {
  readonly state: PairState;
  /** The file, where there is one that can be replaced. */
  readonly stored: SnapshotWithContent | undefined;
  /** `false` where something stands in the way that is no state file and must be left alone. */
  readonly isReplaceable: boolean;
  /** Why it could not be read: it is as good as empty then, and never a reason to refuse a swap. */
  readonly warning: UnreadableStateError | undefined;
}

/** The most that is read of a state file, in bytes. */
const limit = 1024 * 1024;

const empty: PairState = { other: {} };

/** Reads the state file. One that is missing is empty. */
export async function readState({ files }: System, { state: path }: Pair): Promise<StoredState> {
  try {
    const stored = await takeSnapshot(files, path, limit);
    if (stored === undefined) {
      return { state: empty, stored: undefined, isReplaceable: true, warning: undefined };
    }
    const { decodeState } = await import("./state_format.ts");
    const state = decodeState(stored.content);
    const warning = state === undefined ? new UnreadableStateError(path) : undefined;
    return { state: state ?? empty, stored, isReplaceable: true, warning };
  } catch (cause) {
    if (!(cause instanceof WrongFileKindError || cause instanceof FileTooLargeError)) throw cause;
    const warning = new UnreadableStateError(path, { cause });
    return { state: empty, stored: undefined, isReplaceable: false, warning };
  }
}

/** The state after a change of the active pair. */
export function withChange(state: PairState, change: LastChange): PairState {
  const seen = state.latestTime ?? change.at;
  return {
    ...state,
    lastChange: change,
    latestTime: seen.getTime() > change.at.getTime() ? seen : change.at,
  };
}

/** The bytes of a state file: JSON, UTF-8, times in RFC 3339. */
export function encodeState({ lastChange, latestTime, other }: PairState): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify({ ...other, version: 1, lastChange, latestTime }, undefined, 2) + "\n",
  );
}
