/** The changes that a transaction is made of, one for each target. */
import type { Attributes } from "../system/mod.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Gives a new file what its owner and mode do not say: an access control list. Called for the staged file
 * and for a backup that is a copy, with their paths, while they are empty and their owner's alone.
 *
 * @throws FileSystemError
 */
export type SetAccess = (path: string) => Promise<void>;

/** Replaces a file that is there. */
export interface ReplaceEntry {
  readonly kind: "replace";
  /** Absolute, with every link resolved. */
  readonly target: string;
  readonly content: Uint8Array;
  /** Owner and mode of the new file. */
  readonly attributes: Attributes;
  readonly old: Snapshot;
  /** Left out: there is nothing beside owner and mode. */
  readonly setAccess?: SetAccess;
  /** `"keep"`: once applied it is not undone by a rollback (a serial number taken is never given back). */
  readonly onRollback?: "keep";
}

/** Makes a file where there is none. */
export interface CreateEntry {
  readonly kind: "create";
  readonly target: string;
  readonly content: Uint8Array;
  readonly attributes: Attributes;
  readonly setAccess?: SetAccess;
}

/** Removes a file that is there. */
export interface RemoveEntry {
  readonly kind: "remove";
  readonly target: string;
  readonly old: Snapshot;
}

/** Makes a directory where there is none. Its parent must exist, or be made by an earlier entry. */
export interface MakeDirectoryEntry {
  readonly kind: "makeDirectory";
  readonly target: string;
  readonly mode: number;
}

/** One change of a transaction. */
export type Entry = ReplaceEntry | CreateEntry | RemoveEntry | MakeDirectoryEntry;
