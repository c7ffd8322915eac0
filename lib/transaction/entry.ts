/** The entries of a transaction: one change for each target. */
import type { Attributes } from "../system/mod.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Sets rights of a new file beyond owner and mode: an access control list. Called with the path of the staged
 * file, and of a backup that is a copy, while they are empty and only their owner can open them.
 *
 * @throws FileSystemError
 */
export type SetAccess = (path: string) => Promise<void>;

/** Replaces an existing file. */
export interface ReplaceEntry {
  readonly kind: "replace";
  /** Absolute, with every link resolved. */
  readonly target: string;
  readonly content: Uint8Array;
  /** Owner and mode of the new file. */
  readonly attributes: Attributes;
  readonly old: Snapshot;
  /** Left out if there is nothing beyond owner and mode. */
  readonly setAccess?: SetAccess;
  /** `"keep"`: a rollback does not undo it once applied (a used serial number is never reused). */
  readonly onRollback?: "keep";
}

/** Creates a file that does not exist. */
export interface CreateEntry {
  readonly kind: "create";
  readonly target: string;
  readonly content: Uint8Array;
  readonly attributes: Attributes;
  readonly setAccess?: SetAccess;
}

/** Removes an existing file. */
export interface RemoveEntry {
  readonly kind: "remove";
  readonly target: string;
  readonly old: Snapshot;
}

/** Creates a directory. Its parent must exist, or be created by an earlier entry. */
export interface MakeDirectoryEntry {
  readonly kind: "makeDirectory";
  readonly target: string;
  readonly mode: number;
}

/**
 * Creates a symbolic link, or makes an existing one lead elsewhere, by one rename: who follows it gets the
 * old or the new target at every moment. The link itself is changed; nothing that it leads to is looked at.
 *
 * Its target must not be shared with another site: a link cannot be locked.
 */
export interface LinkEntry {
  readonly kind: "link";
  /** The link itself: absolute, with every link to its directory resolved. */
  readonly target: string;
  /** What readlink(2) is to return: see {@linkcode isLinkContent}. */
  readonly content: string;
  /** What readlink(2) returns now, of the same form; `undefined` if nothing is there. */
  readonly old: string | undefined;
}

/** The limit of a link's content, in bytes of UTF-8. */
const linkContentLimit = 255;

/**
 * Whether a link may have this content: a path of names below its own directory (no `.`, no `..`), of at
 * most 255 bytes.
 */
export function isLinkContent(content: string): boolean {
  return content.isWellFormed() && !content.includes("\0") &&
    new TextEncoder().encode(content).length <= linkContentLimit &&
    content.split("/").every((name) => !["", ".", ".."].includes(name));
}

/** One change of a transaction. */
export type Entry = ReplaceEntry | CreateEntry | RemoveEntry | MakeDirectoryEntry | LinkEntry;
