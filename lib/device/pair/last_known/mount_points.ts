/** Mount points: directories that must be mount points, and files that must not be. */
import {
  attempt,
  directoryOf,
  type FileSystem,
  ifPresent,
  type Mount,
  statIfPresent,
  type System,
} from "../../../system/mod.ts";
import { MountedFileError, MountRequiredError } from "../../errors.ts";

/**
 * Refuses a pair if one of these directories is not a mount point.
 *
 * @param directories absolute.
 * @throws MountRequiredError
 */
export async function requireMountPoints(
  system: System,
  directories: readonly string[],
): Promise<void> {
  const [directory] = await unmountedDirectories(system, directories);
  if (directory !== undefined) throw new MountRequiredError(directory);
}

/**
 * The directories among these that are not mount points. A bind mount from the same file system has no device
 * number of its own: it is found only in the kernel's table, if this command may read that.
 *
 * @param directories absolute.
 */
export async function unmountedDirectories(
  { files, volumes }: System,
  directories: readonly string[],
): Promise<readonly string[]> {
  const left = directories.filter((directory) => !hasOwnDevice(files, directory));
  if (left.length === 0) return [];
  const mounts = await volumes.mounts();
  if (mounts === undefined) return left;
  const points = mountPointsIn(mounts);
  return left.filter((directory) => {
    const isDirectory = statIfPresent(files, directory)?.kind === "directory";
    const path = isDirectory ? ifPresent(() => files.realPath(directory)) : undefined;
    return path === undefined || !points.has(path);
  });
}

/** A mount point usually has another device number than its parent, see mountpoint(1). */
function hasOwnDevice(files: FileSystem, directory: string): boolean {
  const found = statIfPresent(files, directory);
  if (found?.kind !== "directory") return false;
  return directory === "/" || found.device !== files.stat(directoryOf(directory)).device;
}

/** The mount points in a table, without those that a later mount above them hides. */
export function mountPointsIn(mounts: readonly Mount[]): ReadonlySet<string> {
  const points = new Set<string>();
  for (const { point } of [...mounts].reverse()) {
    if (!isBelow(points, point)) points.add(point);
  }
  return points;
}

/** Whether one of these directories is above a path. */
function isBelow(directories: ReadonlySet<string>, path: string): boolean {
  for (let above = path; above !== "/";) {
    above = directoryOf(above);
    if (directories.has(above)) return true;
  }
  return false;
}

/**
 * The files among these that are mount points themselves, by the kernel's table. If that is not known, those
 * on another device than their directory: a bind mount from the same file system is not found then, and an
 * ordinary file on overlayfs may be taken for one (see "Inode properties" in the kernel's
 * overlayfs.rst). Reads only; what is missing or cannot be looked at is passed over.
 *
 * @param paths absolute, every link resolved.
 * @param mountPoints the table, if it is known.
 */
export function mountedFiles(
  files: FileSystem,
  paths: readonly (string | undefined)[],
  mountPoints?: ReadonlySet<string>,
): MountedFileError[] {
  const isMounted = (path: string): boolean =>
    mountPoints?.has(path) ?? hasOtherDevice(files, path);
  return paths.flatMap((path) =>
    path !== undefined && isMounted(path) ? [new MountedFileError(path)] : []
  );
}

function hasOtherDevice(files: FileSystem, path: string): boolean {
  const device = attempt(() => statIfPresent(files, path))?.device;
  const around = attempt(() => files.stat(directoryOf(path)))?.device;
  return device !== undefined && around !== undefined && device !== around;
}
