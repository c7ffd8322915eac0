/** A target as it was validated: what the commit insists on. */
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
