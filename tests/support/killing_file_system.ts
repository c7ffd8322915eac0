import type { FileOperation, FileSystem } from "../../lib/system/mod.ts";
import { watchedFileSystem } from "./watched_file_system.ts";

/** When a process kills itself. A kill after an operation is one before the next. */
export interface KillPoint {
  /** Before the operation of this number, counted from 1. */
  readonly before?: number;
  /** Before the first operation for which this is true. For `path` see `watchedFileSystem`. */
  readonly when?: (operation: FileOperation, path: string) => boolean;
}

/**
 * A file system in front of whose operations its own process dies of SIGKILL: nothing is caught, closed,
 * flushed or cleaned up.
 */
export function killingFileSystem(inner: FileSystem, { before, when }: KillPoint): FileSystem {
  let count = 0;
  return watchedFileSystem(inner, (operation, path) => {
    count++;
    if (count === before || when?.(operation, path)) killThisProcess();
  });
}

/** Does not return: a process that sends itself SIGKILL is gone before kill(2) comes back. */
function killThisProcess(): never {
  Deno.kill(Deno.pid, "SIGKILL");
  throw new Error("survived SIGKILL");
}
