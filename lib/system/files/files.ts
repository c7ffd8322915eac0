/** Reading, writing and looking for files, in the words of the file-system door. */
import {
  FileSystemError,
  FileTooLargeError,
  isErrno,
  ModeNotKeptError,
  WrongFileKindError,
} from "../errors.ts";
import type { FileHandle, FileInfo, FileSystem } from "./file_system.ts";
import { directoryOf, nameOf } from "./path.ts";

/** A file's content, with what fstat(2) said of the descriptor it was read through. */
export interface FileContent {
  readonly content: Uint8Array;
  readonly info: FileInfo;
}

/**
 * Reads a regular file whole, following links: one that was named by whoever runs certswap.
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
    return { content: readOpened({ handle, info }, path, limit), info };
  } finally {
    handle.close();
  }
}

/**
 * Reads a regular file whole by its own name: a link is not followed, and nothing is waited for. For the
 * files of a pair or a CA, whose names other programs may exchange at any moment.
 *
 * @param limit the most bytes that are taken into memory.
 * @throws FileSystemError where the file cannot be opened or read; ESTALE where its name leads elsewhere each
 *   time.
 * @throws WrongFileKindError where the name is that of anything else, a link included.
 * @throws FileTooLargeError where it holds more than `limit` bytes, before they are read.
 */
export async function readRegularFile(
  files: FileSystem,
  path: string,
  limit: number,
): Promise<FileContent> {
  const opened = await openAgain(files, path);
  try {
    return { content: readOpened(opened, path, limit), info: opened.info };
  } finally {
    opened.handle.close();
  }
}

/** How often a file is looked for that is replaced between look and open: another run may be renaming. */
const looks = 3;

async function openAgain(files: FileSystem, path: string): Promise<OpenedFile> {
  for (let look = 1; look < looks; look++) {
    try {
      return await openRegularFile(files, path);
    } catch (error) {
      if (!isErrno(error, "ESTALE")) throw error;
    }
  }
  return await openRegularFile(files, path);
}

/** What tells a file from every other on this machine while it exists, see stat(2). */
export type FileIdentity = Pick<FileInfo, "device" | "inode">;

/** Whether two looks saw the same file. */
export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.device === b.device && a.inode === b.inode;
}

/** An open descriptor, with what fstat(2) said of it right after it was opened. */
export interface OpenedFile {
  readonly handle: FileHandle;
  readonly info: FileInfo;
}

/**
 * Opens a regular file for reading, by its own name: the file that was opened is the one that stood there. A
 * link is not followed, and nothing but a regular file is opened, unless it takes its place between the two;
 * then it is closed again, unread, and a FIFO is not waited for.
 *
 * @param known the file that it has to be, where it was looked at before.
 * @throws WrongFileKindError where the name is that of anything else, a link included.
 * @throws FileSystemError ESTALE where it is another file.
 */
export async function openRegularFile(
  files: FileSystem,
  path: string,
  known?: FileIdentity,
): Promise<OpenedFile> {
  const seen = files.stat(path);
  if (seen.kind !== "file") throw new WrongFileKindError(path, "file", seen.kind);
  return await openSeen(files, path, { seen, known });
}

/**
 * Opens a directory, through links, for its fsync.
 *
 * @throws WrongFileKindError where it is no directory.
 * @throws FileSystemError ESTALE where another one takes its place meanwhile.
 */
export async function openKnownDirectory(files: FileSystem, path: string): Promise<FileHandle> {
  const real = files.realPath(path);
  const seen = files.stat(real);
  if (seen.kind !== "directory") throw new WrongFileKindError(path, "directory", seen.kind);
  return (await openSeen(files, real, { seen })).handle;
}

async function openSeen(
  files: FileSystem,
  path: string,
  { seen, known = seen }: { readonly seen: FileInfo; readonly known?: FileIdentity | undefined },
): Promise<OpenedFile> {
  if (!isSameFile(seen, known)) throw new FileSystemError("ESTALE", "open", path);
  const handle = await openOrStale(files, path);
  try {
    const info = handle.stat();
    const isSeen = info.kind === seen.kind && isSameFile(info, seen);
    if (!isSeen) throw new FileSystemError("ESTALE", "open", path);
    return { handle, info };
  } catch (error) {
    handle.close();
    throw error;
  }
}

/** A FIFO, a socket or a dangling link that took the place of what was seen is another file, and no more. */
async function openOrStale(files: FileSystem, path: string): Promise<FileHandle> {
  try {
    return await files.openPromptly(path);
  } catch (cause) {
    if (!isErrno(cause, "EAGAIN", "ENOENT", "ENXIO", "ELOOP")) throw cause;
    throw new FileSystemError("ESTALE", "open", path, { cause });
  }
}

/**
 * Reads a file that has just been opened to its end.
 *
 * @param limit the most bytes that are taken into memory.
 * @throws FileTooLargeError where it holds more than `limit` bytes, before they are read.
 */
export function readOpened({ handle, info }: OpenedFile, path: string, limit: number): Uint8Array {
  if (info.size > limit) throw new FileTooLargeError(path, limit);
  return readUpTo(handle, path, info.size, limit);
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

/** Why chmod(2) may be unable to set a mode: vfat, and file systems in user space that have none. */
const modelessReasons = ["EPERM", "EOPNOTSUPP", "ENOSYS"];

/**
 * Gives a new file its mode, and looks at it again: a file system that keeps no modes (vfat, exFAT) refuses, or
 * does as if it had. What its mount gives is accepted if nobody may do more with the file than was wanted.
 *
 * @param path what errors call the file.
 * @throws ModeNotKeptError where others may do more.
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
 * Insists that others may do no more with a new file than was wanted.
 *
 * @param path what errors call the file.
 * @throws ModeNotKeptError
 */
export function requireMode(handle: FileHandle, path: string, mode: number): void {
  const { mode: found } = handle.stat();
  if ((found & ~mode & 0o077) !== 0) throw new ModeNotKeptError(path, { wanted: mode, found });
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
