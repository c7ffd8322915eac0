/** Creates the state directory, and refuses one that others can write. */
import {
  directoryOf,
  type FileInfo,
  type FileSystem,
  isErrno,
  statIfPresent,
  syncDirectory,
  type System,
} from "../system/mod.ts";
import { UntrustedStateError } from "./errors.ts";
import { openLockFile } from "./lock.ts";
import { lockPath, ownMode, type Site } from "./site.ts";

/**
 * Creates a directory and its missing parents. Each is durable in its parent before anything is put into it.
 *
 * An existing directory is also made durable: the run that created it may have been killed before its fsync.
 *
 * @param mode permission bits of each directory made, masked by the umask.
 */
export function makeDirectoryDurably(files: FileSystem, path: string, mode: number): void {
  const parent = directoryOf(path);
  if (statIfPresent(files, path) === undefined) {
    if (parent !== path) makeDirectoryDurably(files, parent, mode);
    makeDirectory(files, path, mode);
  }
  syncDirectory(files, parent);
}

function makeDirectory(files: FileSystem, path: string, mode: number): void {
  try {
    files.makeDirectory(path, mode);
  } catch (error) {
    // Another run created it first.
    if (!isErrno(error, "EEXIST")) throw error;
  }
}

/**
 * Creates the state directory of a site if it is missing. Refuses one that others can write, as its content
 * is obeyed. Recovery, which always follows, makes it durable.
 *
 * @throws UntrustedStateError if it is not a directory of the caller or root, or others can write it.
 */
export function prepareStateDirectory(system: System, site: Site): void {
  if (statIfPresent(system.files, site.stateDirectory) === undefined) {
    makeDirectory(system.files, site.stateDirectory, ownMode.stateDirectory);
  }
  requireTrustedDirectory(system, site.stateDirectory);
}

/**
 * Insists that the next change can use the state directory, as far as that shows without writing: its content
 * is trusted, and an existing lock file is opened for writing. open(2) fails with EROFS on a file system that
 * was remounted read-only, and with EACCES for a user who may not write. A full disk is not noticed.
 *
 * @throws UntrustedStateError, FileSystemError, WrongFileKindError
 */
export function requireWritable(system: System, site: Site): void {
  const { files } = system;
  if (statIfPresent(files, site.stateDirectory) === undefined) return;
  requireTrustedDirectory(system, site.stateDirectory);
  const path = lockPath(site);
  if (statIfPresent(files, path) !== undefined) openLockFile(files, path).close();
}

/**
 * Refuses a state directory whose content others could have written.
 *
 * @throws UntrustedStateError as {@linkcode prepareStateDirectory} does.
 */
export function requireTrustedDirectory(system: System, path: string): void {
  const info = system.files.stat(path);
  if (info.kind !== "directory") throw new UntrustedStateError(path, "not-a-directory");
  const reason = reasonForDistrust(system, info);
  if (reason !== undefined) throw new UntrustedStateError(path, reason);
}

/**
 * Why a file must not be obeyed: it belongs to neither the caller nor root, or users other than its owner can
 * write it.
 */
export function reasonForDistrust(
  system: System,
  info: FileInfo,
): "owner" | "writable-by-others" | undefined {
  if (info.uid !== system.processes.userId() && info.uid !== 0) return "owner";
  if ((info.mode & 0o022) !== 0) return "writable-by-others";
  return undefined;
}
