/** The lock that lets only one run at a time work on a site. */
import {
  type FileHandle,
  type FileSystem,
  FileSystemError,
  isSameFile,
  type System,
  WrongFileKindError,
} from "../system/mod.ts";
import { InterruptedError, LockedError } from "./errors.ts";
import type { Interruption } from "./interruption.ts";
import { leaveNote, readNote } from "./lock_holder.ts";
import { lockPath, ownMode, type Site } from "./site.ts";

/** Milliseconds between two tries; short, as the lock is held for milliseconds. */
const pause = 25;

/** How long to wait, and what ends the wait early. */
export interface LockOptions {
  /** Milliseconds to wait for another run; 0 tries once. */
  readonly timeout: number;
  readonly interruption: Interruption;
}

/**
 * Takes the exclusive lock of a site. Closing the returned descriptor releases it, as does a crash.
 *
 * The lock file is never removed: otherwise a second run could hold the lock of the removed file while a
 * third locks the new one.
 *
 * @throws LockedError if another run holds it for the whole waiting time.
 * @throws InterruptedError if a signal arrived while waiting.
 * @throws WrongFileKindError, FileSystemError if the lock file is not a regular file, or cannot be opened.
 */
export async function acquireLock(
  system: System,
  site: Site,
  options: LockOptions,
): Promise<FileHandle> {
  const handle = openLockFile(system.files, lockPath(site));
  try {
    for (let waited = 0; !handle.tryLock(); waited += pause) {
      if (waited >= options.timeout) {
        throw new LockedError(lockPath(site), options.timeout, readNote(handle));
      }
      await system.clock.sleep(Math.min(pause, options.timeout - waited));
      const signal = options.interruption.signal();
      if (signal !== undefined) throw new InterruptedError(signal);
    }
    leaveNote(system, handle);
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}

/**
 * Opens a lock file. Links are refused: they would lock some other file.
 *
 * @throws WrongFileKindError, FileSystemError if it is not a regular file, or cannot be opened.
 */
export function openLockFile(files: FileSystem, path: string): FileHandle {
  const handle = files.openLockFile(path, ownMode.lock);
  try {
    const { kind, ...named } = files.stat(path);
    if (kind !== "file") throw new WrongFileKindError(path, "file", kind);
    if (!isSameFile(named, handle.stat())) throw new FileSystemError("ESTALE", "open", path);
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}
