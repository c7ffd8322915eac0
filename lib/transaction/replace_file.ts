/** Replaces one file atomically: readers, and a power cut, see the whole old or new content. */
import {
  directoryOf,
  type FileHandle,
  type FileSystem,
  giveMode,
  ifPresent,
  isErrno,
  isSameFile,
  statIfPresent,
  syncDirectory,
  writeAll,
  WrongFileKindError,
} from "../system/mod.ts";
import { ownMode, stagedPath, temporaryName } from "./site.ts";

/** A file's new content. */
export interface Replacement {
  readonly content: Uint8Array;
  /** Permission bits, regardless of the umask. */
  readonly mode: number;
}

/**
 * Writes one file: staged beside it, made durable, renamed. One file needs no journal. The next call removes
 * what a crash left under the temporary name. Concurrent runs do not disturb each other: each has its own
 * temporary name, and the last one's content stays. A link is followed, and kept.
 *
 * @throws WrongFileKindError for a directory, a device or a pipe.
 * @throws FileSystemError: the old content is still there, unless the last fsync failed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoFileSystem } from "../system/mod.ts";
 * import { replaceFile } from "./mod.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const content = new TextEncoder().encode("new");
 * replaceFile(denoFileSystem, `${directory}/file`, { content, mode: 0o600 });
 * assert.equal(await Deno.readTextFile(`${directory}/file`), "new");
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export function replaceFile(
  files: FileSystem,
  path: string,
  { content, mode }: Replacement,
): void {
  const target = ifPresent(() => files.realPath(path)) ?? path;
  const found = statIfPresent(files, target);
  if (found !== undefined && found.kind !== "file") {
    throw new WrongFileKindError(path, "file", found.kind);
  }
  const { staged, handle } = createStaged(files, target, mode);
  try {
    giveMode(handle, staged, mode);
    writeAll(handle, content);
    handle.sync();
    // Before the handle is closed: its lock shows that the file is not a leftover.
    files.rename(staged, target);
  } catch (error) {
    removeIfPresent(files, staged);
    throw error;
  } finally {
    handle.close();
  }
  syncDirectory(files, directoryOf(target));
}

/** Removes a file durably. One that does not exist is no error. @throws FileSystemError */
export function removeDurably(files: FileSystem, path: string): void {
  try {
    files.unlink(path);
    syncDirectory(files, directoryOf(path));
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR")) throw error;
  }
}

/** The number of temporary names: for concurrent runs, and for leftovers that cannot be removed. */
const mostNames = 64;

/** A new file under a temporary name, locked to show that it is being written. */
function createStaged(
  files: FileSystem,
  target: string,
  mode: number,
): { readonly staged: string; readonly handle: FileHandle } {
  for (let number = 1;; number++) {
    const staged = number === 1 ? stagedPath(target) : temporaryName(target, `${number}.tmp`);
    removeIfLeft(files, staged);
    try {
      const handle = files.createFile(staged, mode);
      if (keep(files, staged, handle)) return { staged, handle };
      handle.close();
    } catch (error) {
      if (!isErrno(error, "EEXIST") || number >= mostNames) throw error;
    }
  }
}

/** Locks a new file. `false` if another run has removed it as a leftover meanwhile. */
function keep(files: FileSystem, path: string, handle: FileHandle): boolean {
  return handle.tryLock() && isNameOf(files, path, handle);
}

/**
 * Removes what a crash left under a temporary name. A file that another run is writing is locked, and stays.
 */
function removeIfLeft(files: FileSystem, path: string): void {
  // Not a regular file: certswap did not leave it there.
  if (statIfPresent(files, path)?.kind !== "file") return;
  const handle = openLeft(files, path);
  if (handle === undefined) return;
  try {
    if (handle.tryLock() && isNameOf(files, path, handle)) files.unlink(path);
  } finally {
    handle.close();
  }
}

/** `undefined`: it is gone, was created anew, or belongs to another user, who may be writing it. */
function openLeft(files: FileSystem, path: string): FileHandle | undefined {
  try {
    // Also for writing: then even a FIFO that takes its place is opened without waiting, see fifo(7).
    return files.openLockFile(path, ownMode.lock);
  } catch (error) {
    if (isErrno(error, "ENOENT", "EACCES", "EEXIST")) return undefined;
    throw error;
  }
}

function isNameOf(files: FileSystem, path: string, handle: FileHandle): boolean {
  const found = statIfPresent(files, path);
  return found !== undefined && isSameFile(found, handle.stat());
}

function removeIfPresent(files: FileSystem, path: string): void {
  if (statIfPresent(files, path) !== undefined) files.unlink(path);
}
