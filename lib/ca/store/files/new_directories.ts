/** Directories that a change creates along with files in them. */
import { directoryOf, type FileSystem, statIfPresent } from "../../../system/mod.ts";
import {
  type Entry,
  makeDirectoryDurably,
  type MakeDirectoryEntry,
} from "../../../transaction/mod.ts";
import { caModes } from "./data_directory.ts";

/** The entry that creates a directory, if it is missing. */
export function madeDirectory(files: FileSystem, target: string): readonly MakeDirectoryEntry[] {
  return statIfPresent(files, target) === undefined
    ? [{ kind: "makeDirectory", target, mode: caModes.directory }]
    : [];
}

/** The entries of a transaction, and what makes it. */
interface Commitment<T> {
  readonly entries: readonly Entry[];
  readonly commit: (entries: readonly Entry[]) => Promise<T>;
}

/**
 * Commits with directories already there in which it creates files: new files are staged beside their
 * targets. If that fails, the directories are removed. A crash may leave one, empty: a later change uses it.
 */
export async function commitAll<T>(
  files: FileSystem,
  { entries, commit }: Commitment<T>,
): Promise<T> {
  const parents = new Set(entries.map(({ target }) => directoryOf(target)));
  const isNeeded = ({ kind, target }: Entry): boolean =>
    kind === "makeDirectory" && parents.has(target);
  const needed = entries.filter(isNeeded).map(({ target }) => target);
  for (const target of needed) makeDirectoryDurably(files, target, caModes.directory);
  try {
    return await commit(entries.filter((entry) => !isNeeded(entry)));
  } catch (error) {
    for (const target of needed) removeIfEmpty(files, target);
    throw error;
  }
}

/** Removes a directory unless recovery will need what is in it. The error that led here matters more. */
function removeIfEmpty(files: FileSystem, path: string): void {
  try {
    files.removeDirectory(path);
  } catch {
    // ENOTEMPTY, or another program has put something else there.
  }
}
