/** A target as it was validated. The commit insists that it is unchanged. */
import {
  type Attributes,
  digestOpened,
  digestRegularFile,
  type FileContent,
  type FileSystem,
  FileTooLargeError,
  isErrno,
  largeContent,
  type OpenedFile,
  openRegularFile,
  readOpened,
  readRegularFile,
  sha256Hex,
  statIfPresent,
  WrongFileKindError,
} from "../system/mod.ts";

/** The state of a target when it was validated. The commit insists that it is unchanged. */
export interface Snapshot extends Attributes {
  readonly device: number;
  readonly inode: number;
  /** Size in bytes. */
  readonly size: number;
  /** How many names it had: more than one if there were hard links to it. */
  readonly links: number;
  /**
   * SHA-256 of the content, 64 lowercase hexadecimal digits. Computed when it is first asked for: most
   * snapshots are of files that stay as they are, and the first digest of a process starts a thread.
   */
  readonly hash: () => Promise<string>;
}

/** A file, as read for validation. */
export interface SnapshotWithContent {
  readonly content: Uint8Array;
  readonly snapshot: Snapshot;
}

/**
 * Reads a target and records its state, so that the commit can insist that it is unchanged.
 *
 * @param path the resolved target. If it has become a link meanwhile, it is refused.
 * @param limit the most bytes to read.
 * @returns `undefined` if it does not exist.
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError as `readRegularFile` does.
 */
export async function takeSnapshot(
  files: FileSystem,
  path: string,
  limit: number,
): Promise<SnapshotWithContent | undefined> {
  try {
    const file = await readRegularFile(files, path, limit);
    return { content: file.content, snapshot: toSnapshot(file) };
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * The state of a target as {@linkcode takeSnapshot} records it, for a file whose content is not needed. Of a
 * large one, only a part is in memory at a time.
 *
 * @throws as {@linkcode takeSnapshot}.
 */
export async function snapshotWithoutContent(
  files: FileSystem,
  path: string,
  limit: number,
): Promise<Snapshot | undefined> {
  const seen = statIfPresent(files, path);
  if (seen === undefined || seen.size <= largeContent) {
    return (await takeSnapshot(files, path, limit))?.snapshot;
  }
  try {
    const { sha256, size, info } = await digestRegularFile(files, path, limit);
    const { device, inode, links, uid, gid, mode } = info;
    return { device, inode, size, links, uid, gid, mode, hash: () => Promise.resolve(sha256) };
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** The snapshot of a file that has been read. The content must stay as it is. */
export function toSnapshot({ content, info }: FileContent): Snapshot {
  const { device, inode, links, uid, gid, mode } = info;
  const { length: size } = content;
  let digest: Promise<string> | undefined;
  // A large file must not stay in memory once its hash is known.
  let left: Uint8Array | undefined = content;
  const hash = (): Promise<string> => {
    digest ??= sha256Hex(left ?? new Uint8Array());
    left = undefined;
    return digest;
  };
  return { device, inode, size, links, uid, gid, mode, hash };
}

/**
 * Opens the file of a snapshot. Never reads another file instead, and never waits.
 *
 * @returns `undefined` if it is gone, or something else is there.
 * @throws FileSystemError for any other reason.
 */
export async function openSnapshotted(
  files: FileSystem,
  path: string,
  snapshot: Snapshot,
): Promise<OpenedFile | undefined> {
  try {
    return await openRegularFile(files, path, snapshot);
  } catch (error) {
    if (error instanceof WrongFileKindError || isErrno(error, "ENOENT", "ESTALE")) return undefined;
    throw error;
  }
}

/** Whether an open file still has the content of a snapshot. */
export async function isSnapshotted(
  file: OpenedFile,
  path: string,
  { size, hash }: Snapshot,
): Promise<boolean> {
  try {
    return (await digestOpened(file, path, size)).sha256 === await hash();
  } catch (error) {
    if (error instanceof FileTooLargeError) return false;
    throw error;
  }
}

/**
 * Reads an open file whose content is known.
 *
 * @returns `undefined` if the content has changed.
 */
export async function readSnapshotted(
  file: OpenedFile,
  path: string,
  { size, hash }: Snapshot,
): Promise<Uint8Array | undefined> {
  try {
    const content = readOpened(file, path, size);
    return await sha256Hex(content) === await hash() ? content : undefined;
  } catch (error) {
    if (error instanceof FileTooLargeError) return undefined;
    throw error;
  }
}
