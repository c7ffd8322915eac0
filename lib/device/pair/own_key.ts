/** Checks that the active key is the pair's own file, without other names, and closed to other users. */
import {
  attempt,
  CertswapError,
  directoryOf,
  type FileSystem,
  FileTooLargeError,
  isSameFile,
  readFile,
  statIfPresent,
} from "../../system/mod.ts";
import { backupPath } from "../../transaction/mod.ts";
import { KeyExposedError, KeyNotOwnError } from "../errors.ts";
import type { Pair } from "./layout.ts";
import { combinedFileLimit } from "./read_pair.ts";

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

/**
 * Finds the files with the active key that every user can read or write. A group may: it is the service's.
 *
 * @param paths of the key and of the combined file, without links.
 */
export function exposedKeys(
  files: FileSystem,
  paths: readonly (string | undefined)[],
): readonly KeyExposedError[] {
  return paths.flatMap((path) => {
    const found = path && attempt(() => statIfPresent(files, path));
    if (!path || !found || found.kind !== "file" || (found.mode & 0o006) === 0) return [];
    return isReachable(files, path) && mayHoldKey(files, path)
      ? [new KeyExposedError(path, found.mode)]
      : [];
  });
}

/** Whether a file has a private key, as far as that can be seen: the path may be a mistake. */
function mayHoldKey(files: FileSystem, path: string): boolean {
  let content: Uint8Array;
  try {
    content = readFile(files, path, combinedFileLimit).content;
  } catch (error) {
    if (error instanceof FileTooLargeError) return false;
    if (error instanceof CertswapError) return true;
    throw error;
  }
  // ITU-T X.690 8.1.2: a SEQUENCE, with which a key and PKCS#12 begin.
  return content[0] === 0x30 || new TextDecoder().decode(content).includes("PRIVATE KEY-----");
}

/** Whether every user can search each directory above a file, path_resolution(7). */
function isReachable(files: FileSystem, path: string): boolean {
  const directory = directoryOf(path);
  if (directory === path) return true;
  const found = attempt(() => statIfPresent(files, directory));
  return found !== undefined && (found.mode & 0o001) !== 0 && isReachable(files, directory);
}
