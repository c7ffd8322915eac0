/** Temporary files that an earlier run left behind. */
import { type FileSystem, ifPresent, join, statIfPresent, unlinkEach } from "../../system/mod.ts";
import type { Directories } from "../commit/mod.ts";
import { journalPath, type Site, targetOfTemporaryName } from "../site.ts";

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

/** Removes the leftovers of a site and makes that durable. Must not be called while a journal needs them. */
export function removeLeftovers(
  files: FileSystem,
  site: Site,
  directories: Directories,
): readonly string[] {
  const leftovers = findLeftovers(files, site, directories.paths);
  unlinkEach(files, leftovers);
  if (leftovers.length > 0) directories.sync();
  return leftovers;
}
