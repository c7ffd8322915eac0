/** Finds and removes temporary files that an earlier run left behind. */
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
 * The temporary files of a site's targets, by path: staged files, backups, a journal that was never renamed
 * into place. Only exact names for targets of this site: a user's `cert.pem.bak` is left alone.
 *
 * @param directories where to look.
 */
export function findLeftovers(
  files: FileSystem,
  site: Site,
  directories: readonly string[],
): readonly string[] {
  return directories.flatMap((directory) =>
    // A directory that a transaction created is gone after it was undone.
    (ifPresent(() => site.list?.(directory) ?? files.readDirectory(directory)) ?? [])
      .filter((name) => {
        const target = targetOfTemporaryName(directory, name);
        return target !== undefined && (site.manages(target) || target === journalPath(site));
      })
      .map((name) => join(directory, name))
      // certswap creates no directory with such a name.
      .filter((path) => statIfPresent(files, path)?.kind !== "directory")
  );
}

/** Which leftovers are to be removed. */
interface RemoveOptions {
  readonly directories: Directories;
  /** The targets of the site's own transaction: leftovers beside them belong to it. */
  readonly own?: readonly string[];
}

/**
 * Removes the leftovers of a site, and makes that durable. Must not be called while a journal needs them.
 *
 * Leftovers of a target that other sites also manage may be theirs: they are removed only while none of these
 * sites is in use or has a journal that may need them.
 *
 * @throws LockedError, NeighbourUnfinishedError if they may be another site's: nothing is removed.
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
    // A file that a neighbour was just using when it was listed is gone by now.
    const leftovers = find();
    unlinkEach(files, leftovers);
    if (leftovers.length > 0) directories.sync();
    return leftovers;
  } finally {
    for (const lock of locks) lock.close();
  }
}
