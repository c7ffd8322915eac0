/** Whether the active key is the pair's own file, and nobody else's too. */
import { type FileSystem, isSameFile, statIfPresent } from "../../system/mod.ts";
import { backupPath } from "../../transaction/mod.ts";
import { KeyNotOwnError } from "../errors.ts";
import type { Pair } from "./layout.ts";

/**
 * Refuses an active key that has another name (a hard link): whoever reads it there would keep the old key,
 * and whoever made the name may have led certswap to a file that is not the pair's.
 *
 * The backup of a transaction that a crash cut short is such a name, and certswap's own.
 *
 * @throws KeyNotOwnError
 */
export function requireSoleName(files: FileSystem, { active: { key } }: Pair): void {
  const found = statIfPresent(files, key);
  if (found === undefined || found.links <= 1) return;
  const backup = statIfPresent(files, backupPath(key));
  const own = backup !== undefined && isSameFile(backup, found) ? 2 : 1;
  if (found.links > own) throw new KeyNotOwnError(key, "hard-links");
}

/**
 * Refuses to keep a key that is not the pair's own file: one with another name, or one that a symbolic link
 * leads to. What is kept is copied into the pair's other files, where other people may read it.
 *
 * @throws KeyNotOwnError
 */
export function requireOwnKey(files: FileSystem, pair: Pair): void {
  requireSoleName(files, pair);
  const { keyName } = pair;
  if (statIfPresent(files, keyName)?.kind === "link") {
    throw new KeyNotOwnError(keyName, "symbolic-link");
  }
}
