/** Temporary files that an earlier run left behind. */
import {
  directoryOf,
  type FileSystem,
  ifPresent,
  join,
  nameOf,
  statIfPresent,
  type System,
  unlinkEach,
} from "../../system/mod.ts";
import type { Directories } from "../commit/mod.ts";
import { journalPath, type Site, targetOfTemporaryName } from "../site.ts";
import { lockNeighbours } from "./neighbours.ts";

/**
 * The temporary files of a site's targets, by path: staged files, backups, a journal that was never
 * renamed into place. Only exact names of targets that the site manages: a user's `cert.pem.bak` is not ours.
 *
 * @param directories where to look.
 */
export function findLeftovers(
  files: FileSystem,
  site: Site,
  directories: readonly string[],
): readonly string[] {
  return directories.flatMap((directory) =>
    // A directory that was made by a transaction is gone once that is undone.
    (ifPresent(() => site.list?.(directory) ?? files.readDirectory(directory)) ?? [])
      .filter((name) => {
        const target = targetOfTemporaryName(directory, name);
        return target !== undefined && (site.manages(target) || target === journalPath(site));
      })
      .map((name) => join(directory, name))
      // A directory is not certswap's own: it has made none under such a name.
      .filter((path) => statIfPresent(files, path)?.kind !== "directory")
  );
}

/** Which leftovers are to be removed. */
interface RemoveOptions {
  readonly directories: Directories;
  /** The targets of the site's own transaction: what it left beside them is its own. */
  readonly own?: readonly string[];
}

/**
 * Removes the leftovers of a site and makes that durable. Must not be called while a journal needs them.
 *
 * What lies beside a target that other sites manage too may be theirs: it is removed only while none of
 * them is at work, and none has a journal that may need it.
 *
 * @throws LockedError, NeighbourUnfinishedError where it may be another site's: nothing is removed.
 */
export async function removeLeftovers(
  system: System,
  site: Site,
  { directories, own = [] }: RemoveOptions,
): Promise<readonly string[]> {
  const { files } = system;
  const find = (): readonly string[] => findLeftovers(files, site, directories.paths);
  const doubtful = find().filter((path) => {
    const target = targetOfTemporaryName(directoryOf(path), nameOf(path));
    return target !== undefined && site.sharesTarget?.(target) === true && !own.includes(target);
  });
  const locks = doubtful.length === 0 ? [] : await lockNeighbours(system, site, doubtful);
  try {
    // What a neighbour was just making when it was seen is gone by now.
    const leftovers = find();
    unlinkEach(files, leftovers);
    if (leftovers.length > 0) directories.sync();
    return leftovers;
  } finally {
    for (const lock of locks) lock.close();
  }
}
