import type { Attributes } from "../system/mod.ts";

/** What a target was when it was validated. The commit insists that it still is. */
export interface Snapshot extends Attributes {
  readonly device: number;
  readonly inode: number;
  /** SHA-256 of the content, 64 lowercase hexadecimal digits. */
  readonly hash: string;
}

/** Replaces a file that is there. */
export interface ReplaceEntry {
  readonly kind: "replace";
  /** Absolute, with every link resolved. */
  readonly target: string;
  readonly content: Uint8Array;
  /** Owner and mode of the new file. */
  readonly attributes: Attributes;
  readonly old: Snapshot;
  /** `"keep"`: once applied it is not undone by a rollback (a serial number taken is never given back). */
  readonly onRollback?: "keep";
}

/** Makes a file where there is none. */
export interface CreateEntry {
  readonly kind: "create";
  readonly target: string;
  readonly content: Uint8Array;
  readonly attributes: Attributes;
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
