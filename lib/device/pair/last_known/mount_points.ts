/** Mount points: directories that must be mount points, and files that must not be. */
import { attempt, directoryOf, type FileSystem, statIfPresent } from "../../../system/mod.ts";
import { MountedFileError, MountRequiredError } from "../../errors.ts";

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

/**
 * The files among these that are mount points themselves: they are in the kernel's table, or on another
 * device than their directory. Without the table a bind mount from the same file system cannot be told from a
 * file. Reads only; what is missing or cannot be looked at is passed over.
 *
 * @param paths absolute, every link resolved.
 * @param mountPoints the table, if it is known.
 */
export function mountedFiles(
  files: FileSystem,
  paths: readonly (string | undefined)[],
  mountPoints: ReadonlySet<string> = new Set(),
): MountedFileError[] {
  return paths.flatMap((path) => {
    if (path !== undefined && mountPoints.has(path)) return [new MountedFileError(path)];
    const device = path && attempt(() => statIfPresent(files, path))?.device;
    if (path === undefined || device === undefined) return [];
    const around = attempt(() => files.stat(directoryOf(path)))?.device;
    return around === undefined || device === around ? [] : [new MountedFileError(path)];
  });
}
