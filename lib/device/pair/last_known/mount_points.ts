/** The directories that a pair requires to be mount points. */
import { directoryOf, type FileSystem, statIfPresent } from "../../../system/mod.ts";
import { MountRequiredError } from "../../errors.ts";

/**
 * Refuses a pair if one of these directories is not a mount point. A bind mount from the same file system
 * has no device number of its own, and does not count.
 *
 * @param directories absolute.
 * @throws MountRequiredError
 */
export function requireMountPoints(files: FileSystem, directories: readonly string[]): void {
  for (const directory of directories) {
    if (!isMountPoint(files, directory)) throw new MountRequiredError(directory);
  }
}

/** A mount point has another device number than its parent, see mountpoint(1). */
function isMountPoint(files: FileSystem, directory: string): boolean {
  const found = statIfPresent(files, directory);
  if (found?.kind !== "directory") return false;
  return directory === "/" || found.device !== files.stat(directoryOf(directory)).device;
}
