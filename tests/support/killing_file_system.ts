import type { FileOperation, FileSystem } from "../../lib/system/mod.ts";
import { watchedFileSystem } from "./watched_file_system.ts";

/** When a process kills itself. A kill after an operation equals a kill before the next one. */
export interface KillPoint {
  /** Before the operation of this number, counted from 1. */
  readonly before?: number;
  /** Before the first operation for which this is true. For `path` see `watchedFileSystem`. */
  readonly when?: (operation: FileOperation, path: string) => boolean;
}

/**
 * A file system that kills its own process with SIGKILL before an operation: nothing is caught, closed,
 * flushed or cleaned up.
 */
export function killingFileSystem(inner: FileSystem, { before, when }: KillPoint): FileSystem {
  let count = 0;
  return watchedFileSystem(inner, (operation, path) => {
    count++;
    if (count === before || when?.(operation, path)) killThisProcess();
  });
}

/** Does not return: a process that sends itself SIGKILL ends before kill(2) returns. */
function killThisProcess(): never {
  Deno.kill(Deno.pid, "SIGKILL");
  throw new Error("survived SIGKILL");
}
