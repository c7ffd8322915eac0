/** Whether the disks of a pair are mounted. Most of it is loaded only for a pair in several directories. */
import { directoryOf, type System } from "../../../system/mod.ts";
import type { Entry } from "../../../transaction/mod.ts";
import { NotMountedError } from "../../errors.ts";
import type { Pair } from "../layout.ts";
import { isInOneDirectory } from "./last_known.ts";

/**
 * Looks for a file that is missing while its directory is not the one that it was in: the file system is most
 * likely not mounted. Whatever was written now would land under the mount point. Reads only.
 */
export async function findNotMounted(
  system: System,
  pair: Pair,
): Promise<NotMountedError | undefined> {
  if (isInOneDirectory(pair)) return undefined;
  const { findMissingFile } = await import("./several_directories.ts");
  const path = await findMissingFile(system, pair);
  return path === undefined ? undefined : new NotMountedError(path, directoryOf(path));
}

/** The change that forgets where a pair was, when a person says that the missing file is gone. */
export async function forgetPlaces(system: System, pair: Pair): Promise<readonly Entry[]> {
  const { forgetLastKnown } = await import("./several_directories.ts");
  return await forgetLastKnown(system, pair);
}

/** Refuses a pair for what {@linkcode findNotMounted} finds. @throws NotMountedError */
export async function requireMounted(system: System, pair: Pair): Promise<void> {
  const error = await findNotMounted(system, pair);
  if (error !== undefined) throw error;
}
