/** Reads files: those named by the caller, and those whose names other programs may exchange. */
import { largeContent, sha256Hex, sha256OfParts } from "../digest.ts";
import { FileSystemError, FileTooLargeError, isErrno, WrongFileKindError } from "../errors.ts";
import type { FileHandle, FileInfo, FileSystem } from "./file_system.ts";
import { openStream, streamAt } from "./stream.ts";

/** A file's content, with the fstat(2) of the descriptor it was read through. */
export interface FileContent {
  readonly content: Uint8Array;
  readonly info: FileInfo;
}

/**
 * Reads a whole regular file, following links, or a stream to its end: for files that the caller named.
 *
 * @param limit the most bytes to read into memory.
 * @throws FileSystemError if the file cannot be opened or read.
 * @throws WrongFileKindError if it is a directory, a device, a FIFO or a socket.
 * @throws FileTooLargeError if it has more than `limit` bytes, before they are read.
 * @throws UnreadableDescriptorError if it names a descriptor of this process that is not a pipe.
 */
export function readFile(files: FileSystem, path: string, limit: number): FileContent {
  if (streamAt(path) !== undefined) return readStream(files, path, limit);
  // Checked before opening: opening a FIFO for reading would wait for its writer.
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

/** Enough for most keys and certificates, in bytes: the size of a stream is not known in advance. */
const usualSize = 8192;

function readStream(files: FileSystem, path: string, limit: number): FileContent {
  const handle = openStream(files, path);
  try {
    const info = handle.stat();
    return { content: readUpTo(handle, path, Math.min(usualSize, limit), limit), info };
  } finally {
    handle.close();
  }
}

/**
 * Reads a whole regular file by its own name, without following a link or waiting. For the files of a pair or
 * a CA, whose names other programs may exchange at any moment.
 *
 * @param limit the most bytes to read into memory.
 * @throws FileSystemError if the file cannot be opened or read; ESTALE if its name leads elsewhere each time.
 * @throws WrongFileKindError if the name is of anything else, including a link.
 * @throws FileTooLargeError if it has more than `limit` bytes, before they are read.
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

/** What a file's content is recognised by, with the fstat(2) of the descriptor it was read through. */
export interface FileDigest {
  /** SHA-256 of the content, 64 lowercase hexadecimal digits. */
  readonly sha256: string;
  /** How many bytes were read. */
  readonly size: number;
  readonly info: FileInfo;
}

/**
 * Reads a regular file as {@linkcode readRegularFile} does, but keeps only the SHA-256 of its content. Of a
 * large file, only a part is in memory at a time.
 *
 * @param limit the most bytes to read.
 * @throws as {@linkcode readRegularFile}.
 */
export async function digestRegularFile(
  files: FileSystem,
  path: string,
  limit: number,
): Promise<FileDigest> {
  const opened = await openAgain(files, path);
  try {
    return await digestOpened(opened, path, limit);
  } finally {
    opened.handle.close();
  }
}

/**
 * Reads a whole regular file, following links, or a stream to its end. For files that are only read, and may
 * be in a directory where other users can exchange them at any moment. The file that is opened is the one
 * that was checked, and only the writer of a stream is waited for.
 *
 * @param limit the most bytes to read into memory.
 * @throws as {@linkcode readFile}, and FileSystemError ESTALE if its name leads elsewhere each time.
 */
export async function readGivenFile(
  files: FileSystem,
  path: string,
  limit: number,
): Promise<FileContent> {
  if (streamAt(path) !== undefined) return readStream(files, path, limit);
  const opened = await openGiven(files, path);
  try {
    return { content: readOpened(opened, path, limit), info: opened.info };
  } finally {
    opened.handle.close();
  }
}

/**
 * Reads the beginning of a file as {@linkcode readGivenFile} reads all of it, but no stream.
 *
 * @param length how many bytes to read, if there are so many. `info.size` is the size of the whole file.
 */
export async function readStartOfFile(
  files: FileSystem,
  path: string,
  length: number,
): Promise<FileContent> {
  const { handle, info } = await openGiven(files, path);
  try {
    const buffer = new Uint8Array(length);
    let size = 0;
    for (let count = -1; count !== 0 && size < length; size += count) {
      count = handle.read(buffer.subarray(size));
    }
    return { content: buffer.subarray(0, size), info };
  } finally {
    handle.close();
  }
}

async function openGiven(files: FileSystem, path: string): Promise<OpenedFile> {
  try {
    return await openAgain(files, files.realPath(path));
  } catch (error) {
    // Name the path that was given.
    if (!(error instanceof WrongFileKindError)) throw error;
    throw new WrongFileKindError(path, error.expected, error.found);
  }
}

/** How often to retry if a file is replaced between the check and the open: another run may be renaming. */
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

/** What identifies a file on this machine while it exists, see stat(2). */
export type FileIdentity = Pick<FileInfo, "device" | "inode">;

/** Whether both are the same file. */
export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.device === b.device && a.inode === b.inode;
}

/** An open descriptor, with its fstat(2) right after it was opened. */
export interface OpenedFile {
  readonly handle: FileHandle;
  readonly info: FileInfo;
}

/**
 * Opens a regular file for reading by its own name, and makes sure that the opened file is the one that was
 * checked. A link is not followed. If something else takes the file's place between the check and the open,
 * it is closed unread; a FIFO is not waited for.
 *
 * @param known the file that it must be, if it was checked before.
 * @throws WrongFileKindError if the name is of anything else, including a link.
 * @throws FileSystemError ESTALE if it is another file.
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
 * @throws WrongFileKindError if it is not a directory.
 * @throws FileSystemError ESTALE if another one takes its place meanwhile.
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
  const handle = await openOrStale(files, path, seen);
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

/** A FIFO, a socket or a dangling link that replaced the checked file simply counts as another file. */
async function openOrStale(
  files: FileSystem,
  path: string,
  seen: FileInfo,
): Promise<FileHandle> {
  try {
    return await files.openPromptly(path, seen);
  } catch (cause) {
    if (!isErrno(cause, "EAGAIN", "ENOENT", "ENXIO", "ELOOP")) throw cause;
    throw new FileSystemError("ESTALE", "open", path, { cause });
  }
}

/**
 * Reads a newly opened file to its end.
 *
 * @param limit the most bytes to read into memory.
 * @throws FileTooLargeError if it has more than `limit` bytes, before they are read.
 */
export function readOpened({ handle, info }: OpenedFile, path: string, limit: number): Uint8Array {
  if (info.size > limit) throw new FileTooLargeError(path, limit);
  return readUpTo(handle, path, info.size, limit);
}

/**
 * Reads a newly opened file as {@linkcode digestRegularFile} does.
 *
 * @throws FileTooLargeError if it has more than `limit` bytes.
 */
export async function digestOpened(
  opened: OpenedFile,
  path: string,
  limit: number,
): Promise<FileDigest> {
  const { handle, info } = opened;
  if (info.size <= largeContent) {
    const content = readOpened(opened, path, limit);
    return { sha256: await sha256Hex(content), size: content.length, info };
  }
  if (info.size > limit) throw new FileTooLargeError(path, limit);
  let size = 0;
  const sha256 = sha256OfParts(function* () {
    for (const part of partsOf(handle)) {
      size += part.length;
      if (size > limit) throw new FileTooLargeError(path, limit);
      yield part;
    }
  }());
  return { sha256, size, info };
}

/** How much of a large file is in memory at a time, in bytes. */
const partSize = 1024 * 1024;

/** The parts of a file up to its end, all in the same memory. */
function* partsOf(handle: FileHandle): Generator<Uint8Array> {
  const buffer = new Uint8Array(partSize);
  for (let count = handle.read(buffer); count > 0; count = handle.read(buffer)) {
    yield buffer.subarray(0, count);
  }
}

/** Reads to the end, which may have moved since the size was checked. */
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
