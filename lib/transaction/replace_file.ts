/** Writes one file so that a reader, and a power cut, find the old content or the new, whole. */
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
  /** Permission bits, whatever the umask. */
  readonly mode: number;
}

/**
 * Writes one file: staged beside it, made durable, renamed. One file needs no journal. What a crash leaves
 * under the temporary name is removed by the next call. Several runs at once do not disturb each other: each
 * has a temporary name of its own, and the last one's content stays. A link is followed, and stays.
 *
 * @throws WrongFileKindError for a directory, a device or a pipe.
 * @throws FileSystemError with the old content in its place, unless it comes from the last fsync.
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
    // Before the handle is closed: its lock keeps the name from being taken for a leftover.
    files.rename(staged, target);
  } catch (error) {
    removeIfPresent(files, staged);
    throw error;
  } finally {
    handle.close();
  }
  syncDirectory(files, directoryOf(target));
}

/** How many runs can write one file at once, or what stands under how many of their names. */
const mostNames = 64;

/** A new file under a temporary name, with a lock that says that it is being written. */
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

/** Locks a file that was just made. `false` if another run has taken it for a leftover meanwhile. */
function keep(files: FileSystem, path: string, handle: FileHandle): boolean {
  return handle.tryLock() && isNameOf(files, path, handle);
}

/** Removes what a crash has left under a temporary name. What another run is writing is locked, and stays. */
function removeIfLeft(files: FileSystem, path: string): void {
  // What is no file certswap has not left there.
  if (statIfPresent(files, path)?.kind !== "file") return;
  const handle = openLeft(files, path);
  if (handle === undefined) return;
  try {
    if (handle.tryLock() && isNameOf(files, path, handle)) files.unlink(path);
  } finally {
    handle.close();
  }
}

/** `undefined`: it is gone by now, made again, or another user's, who may be writing it. */
function openLeft(files: FileSystem, path: string): FileHandle | undefined {
  try {
    // For writing too: even a FIFO that takes its place is opened without waiting, see fifo(7).
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
