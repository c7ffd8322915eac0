/** Reading, writing and looking for files, in the words of the file-system door. */
import { FileTooLargeError, isErrno, WrongFileKindError } from "../errors.ts";
import type { FileHandle, FileInfo, FileSystem } from "./file_system.ts";
import { directoryOf, nameOf } from "./path.ts";

/** A file's content, with what fstat(2) said of the descriptor it was read through. */
export interface FileContent {
  readonly content: Uint8Array;
  readonly info: FileInfo;
}

/**
 * Reads a regular file whole, following links.
 *
 * @param limit the most bytes that are taken into memory.
 * @throws FileSystemError where the file cannot be opened or read.
 * @throws WrongFileKindError where it is a directory, a device, a FIFO or a socket.
 * @throws FileTooLargeError where it holds more than `limit` bytes, before they are read.
 */
export function readFile(files: FileSystem, path: string, limit: number): FileContent {
  // Asked before opening: opening a FIFO for reading would wait for its writer.
  const kind = files.stat(files.realPath(path)).kind;
  if (kind !== "file") throw new WrongFileKindError(path, "file", kind);
  const handle = files.openFile(path);
  try {
    const info = handle.stat();
    if (info.kind !== "file") throw new WrongFileKindError(path, "file", info.kind);
    if (info.size > limit) throw new FileTooLargeError(path, limit);
    return { content: readUpTo(handle, path, info.size, limit), info };
  } finally {
    handle.close();
  }
}

/** Reads to the end of the file, which may have grown since its size was asked. */
function readUpTo(handle: FileHandle, path: string, expected: number, limit: number): Uint8Array {
  let buffer = new Uint8Array(expected + 1);
  let length = 0;
  while (true) {
    const count = handle.read(buffer.subarray(length));
    if (count === 0) return buffer.subarray(0, length);
    length += count;
    if (length > limit) throw new FileTooLargeError(path, limit);
    if (length === buffer.length) {
      const larger = new Uint8Array(Math.min(buffer.length * 2, limit + 1));
      larger.set(buffer);
      buffer = larger;
    }
  }
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

/** What lstat(2) says of `path`, or `undefined` where nothing is there. */
export function statIfPresent(files: FileSystem, path: string): FileInfo | undefined {
  return ifPresent(() => files.stat(path));
}

/** What `work` returns, or `undefined` where it finds nothing at its path (ENOENT). */
export function ifPresent<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * Whether a name is there, by what its directory lists: for what most often is not. Where nothing is there,
 * an error is what every other call answers with, and the first error of a process takes 2 ms to make.
 *
 * @throws FileSystemError where the directory cannot be looked at.
 */
export function isListed(files: FileSystem, path: string): boolean {
  try {
    return files.readDirectory(directoryOf(path)).includes(nameOf(path));
  } catch (error) {
    // A directory that may be searched but not read, see path_resolution(7).
    if (isErrno(error, "EACCES")) return statIfPresent(files, path) !== undefined;
    throw error;
  }
}

/** Removes files, those already gone aside. */
export function unlinkEach(files: FileSystem, paths: readonly string[]): void {
  for (const path of paths) {
    try {
      files.unlink(path);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
  }
}
