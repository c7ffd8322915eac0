/** Replacing a single file in one step, without a transaction. */
import {
  directoryOf,
  type FileSystem,
  ifPresent,
  statIfPresent,
  syncDirectory,
  writeAll,
  WrongFileKindError,
} from "../system/mod.ts";
import { stagedPath } from "./site.ts";

/** A file's new content. */
export interface Replacement {
  readonly content: Uint8Array;
  /** Permission bits, whatever the umask. */
  readonly mode: number;
}

/**
 * Writes one file so that a reader, and a power cut, find the old content or the new, whole: staged beside
 * it, made durable, renamed. One file needs no journal, and what a crash leaves under the temporary
 * name is removed by the next call. A link is followed, and stays.
 *
 * @throws WrongFileKindError for a directory, a device or a pipe.
 * @throws FileSystemError with the old content in its place, unless it comes from the last fsync.
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
  const staged = stagedPath(target);
  removeIfPresent(files, staged);
  try {
    const handle = files.createFile(staged, mode);
    try {
      if (handle.stat().mode !== mode) handle.setMode(mode);
      writeAll(handle, content);
      handle.sync();
    } finally {
      handle.close();
    }
    files.rename(staged, target);
  } catch (error) {
    removeIfPresent(files, staged);
    throw error;
  }
  syncDirectory(files, directoryOf(target));
}

function removeIfPresent(files: FileSystem, path: string): void {
  if (statIfPresent(files, path) !== undefined) files.unlink(path);
}
