/** Checks that the active key is the pair's own file, without other names. */
import { type FileSystem, isSameFile, statIfPresent } from "../../system/mod.ts";
import { backupPath } from "../../transaction/mod.ts";
import { KeyNotOwnError } from "../errors.ts";
import type { Pair } from "./layout.ts";

/**
 * Refuses an active key with another hard link: a program that reads it there would keep the old key, and the
 * link may have been made to lead certswap to a file that is not the pair's.
 *
 * The backup of an interrupted transaction is also such a link, and is allowed.
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
 * Refuses to keep a key that is not the pair's own file: one with another hard link, or behind a symbolic
 * link. A kept key is copied into the pair's other files, where other users may be able to read it.
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
