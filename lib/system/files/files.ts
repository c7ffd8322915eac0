/** Small helpers for files: write all bytes, fsync a directory, look up a name. */
import { isErrno, ModeNotKeptError } from "../errors.ts";
import type { FileHandle, FileInfo, FileSystem } from "./file_system.ts";
import { directoryOf, nameOf } from "./path.ts";

/** Why chmod(2) may be unable to set a mode: vfat, and file systems in user space that have none. */
const modelessReasons = ["EPERM", "EOPNOTSUPP", "ENOSYS"];

/**
 * Sets the mode of a new file, and checks the result: a file system that keeps no modes (vfat, exFAT)
 * refuses, or ignores the call. The mode that its mount gives is accepted if it allows no more than was
 * wanted.
 *
 * @param path what errors call the file.
 * @throws ModeNotKeptError if others may do more.
 * @throws FileSystemError
 */
export function giveMode(handle: FileHandle, path: string, mode: number): void {
  if (handle.stat().mode === mode) return;
  try {
    handle.setMode(mode);
  } catch (error) {
    if (!isErrno(error, ...modelessReasons)) throw error;
  }
  requireMode(handle, path, mode);
}

/**
 * Insists that others may read and write a new file no more than was wanted. That a mount makes every file
 * executable does no harm.
 *
 * @param path what errors call the file.
 * @throws ModeNotKeptError
 */
export function requireMode(handle: FileHandle, path: string, mode: number): void {
  const { mode: found } = handle.stat();
  if ((found & ~mode & 0o066) !== 0) throw new ModeNotKeptError(path, { wanted: mode, found });
}

/** Writes all of `bytes`, in as many calls as the file system needs: a write(2) may be short. */
export function writeAll(handle: FileHandle, bytes: Uint8Array): void {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(handle.write(rest));
}

/** fsync(2) of a directory: makes the names in it durable. */
export function syncDirectory(files: FileSystem, path: string): void {
  const handle = files.openDirectory(path);
  try {
    handle.sync();
  } finally {
    handle.close();
  }
}

/**
 * fsync(2) of a whole batch of open files, on several threads at the same time.
 *
 * @throws the error of one of them, after all have ended: then the handles can be closed.
 */
export async function syncBatch(handles: readonly FileHandle[]): Promise<void> {
  const ends = await Promise.allSettled(handles.map((handle) => handle.syncInBackground()));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** The lstat(2) of `path`; `undefined` if it does not exist. */
export function statIfPresent(files: FileSystem, path: string): FileInfo | undefined {
  return ifPresent(() => files.stat(path));
}

/** What `work` returns; `undefined` if its path does not exist (ENOENT). */
export function ifPresent<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * Whether a name exists, looked up in its directory's list: for files that usually do not exist. Any other
 * call would throw then, and the first error of a process takes 2 ms to create.
 *
 * @throws FileSystemError if the directory cannot be read.
 */
export function isListed(files: FileSystem, path: string): boolean {
  return isAnyListed(files, [path]);
}

/**
 * Whether any of several names is there, as {@linkcode isListed}: each directory is listed once.
 *
 * Not for names that another process may be renaming: whether a directory lists those is up to its file
 * system, see readdir(3p).
 *
 * @throws FileSystemError where a directory cannot be looked at.
 */
export function isAnyListed(files: FileSystem, paths: readonly string[]): boolean {
  const inDirectories = Map.groupBy(paths, directoryOf);
  return [...inDirectories].some(([directory, inside]) => {
    try {
      const names = new Set(files.readDirectory(directory));
      return inside.some((path) => names.has(nameOf(path)));
    } catch (error) {
      // A directory that may be searched but not read, see path_resolution(7).
      if (!isErrno(error, "EACCES")) throw error;
      return inside.some((path) => statIfPresent(files, path) !== undefined);
    }
  });
}

/** Removes files; ignores those that are already gone. */
export function unlinkEach(files: FileSystem, paths: readonly string[]): void {
  for (const path of paths) {
    try {
      files.unlink(path);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
  }
}
