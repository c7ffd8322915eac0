import { denoFileSystem, type FileOperation, type FileSystem } from "../../lib/system/mod.ts";
import { watchedFileSystem } from "./watched_file_system.ts";

/**
 * The real file system, as a process has it that is killed before an operation: nothing is done from then on.
 *
 * @param when true for the operation before which it is killed. For `path` see `watchedFileSystem`.
 */
export function dyingFileSystem(
  when: (operation: FileOperation, path: string) => boolean,
): FileSystem {
  let isDead = false;
  return watchedFileSystem(denoFileSystem, (operation, path) => {
    isDead ||= when(operation, path);
    // The kernel still closes what was open.
    if (isDead && operation !== "close") throw new Error("killed");
  });
}
