/**
 * Checks that the disks of a pair are mounted. Most of it is loaded only for pairs in several directories.
 */
import { directoryOf, type System } from "../../../system/mod.ts";
import type { Entry } from "../../../transaction/mod.ts";
import { NotMountedError } from "../../errors.ts";
import type { Pair } from "../layout.ts";
import { isInOneDirectory } from "./last_known.ts";

/**
 * Finds a missing file whose directory is not the one where it was: its file system is probably not mounted,
 * and anything written now would end up under the mount point. Only reads.
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

/** The change that forgets where a pair was, if the operator says that the missing file is gone. */
export async function forgetPlaces(system: System, pair: Pair): Promise<readonly Entry[]> {
  const { forgetLastKnown } = await import("./several_directories.ts");
  return await forgetLastKnown(system, pair);
}

/** Refuses a pair if {@linkcode findNotMounted} finds a file. @throws NotMountedError */
export async function requireMounted(system: System, pair: Pair): Promise<void> {
  const error = await findNotMounted(system, pair);
  if (error !== undefined) throw error;
}
