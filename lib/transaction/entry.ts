import {
  type Attributes,
  type FileContent,
  type FileSystem,
  ifPresent,
  readFile,
  sha256Hex,
} from "../system/mod.ts";

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

/** A file as it was read for validation. */
export interface SnapshotWithContent {
  readonly content: Uint8Array;
  readonly snapshot: Snapshot;
}

/**
 * Reads a target and remembers what it was, so that the commit can insist that it still is.
 *
 * @param path the resolved target. A link that appeared there since is followed, and the commit then refuses.
 * @param limit the most bytes that are read.
 * @returns `undefined` where nothing is there.
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError as `readFile` does.
 */
export async function takeSnapshot(
  files: FileSystem,
  path: string,
  limit: number,
): Promise<SnapshotWithContent | undefined> {
  const file = ifPresent(() => readFile(files, path, limit));
  return file && { content: file.content, snapshot: await toSnapshot(file) };
}

/** The snapshot of a file that has been read. */
export async function toSnapshot({ content, info }: FileContent): Promise<Snapshot> {
  const { device, inode, uid, gid, mode } = info;
  return { device, inode, uid, gid, mode, hash: await sha256Hex(content) };
}
