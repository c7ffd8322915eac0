/**
 * The versions of a flip: each is a directory with a whole pair that never changes, `versions/7/`. One
 * symbolic link, `current`, leads to the active one.
 *
 * A version is complete and durable before the transaction that makes the link lead to it. So the link is the
 * only entry, a crash leaves at most a directory that no link leads to, and a program that opened the
 * directory of the previous version can read that whole pair until the next change.
 */
import {
  type Attributes,
  directoryOf,
  type FileHandle,
  type FileSystem,
  giveMode,
  ifPresent,
  isErrno,
  isSameFile,
  join,
  nameOf,
  statIfPresent,
  syncDirectory,
  type System,
} from "../../../system/mod.ts";
import {
  createDurably,
  type LinkEntry,
  type SetAccess,
  TargetChangedError,
} from "../../../transaction/mod.ts";
import type { Pair } from "../layout.ts";
import { readState } from "../state.ts";
import { type FlipPair, linkOf, numberBehind, numberOf, versionsName } from "./link.ts";

/** A file of a version. */
export interface VersionFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly attributes: Attributes;
  readonly setAccess?: SetAccess;
}

/** A version that is to be made, and the entry that makes it the active one. */
export interface NewVersion {
  /** Absolute. It does not exist yet. */
  readonly directory: string;
  readonly files: readonly VersionFile[];
  readonly entry: LinkEntry;
}

/** The directory with all versions of a flip. */
export function versionsOf(pair: FlipPair): string {
  return join(directoryOf(linkOf(pair)), versionsName);
}

/**
 * Plans the next version. Reads only.
 *
 * @throws FlipLinkError if the link is none of certswap's.
 */
export function planVersion(
  files: FileSystem,
  pair: FlipPair,
  content: readonly VersionFile[],
): NewVersion {
  const current = currentNumber(files, pair);
  const number = Math.max(0, current ?? 0, ...numbersIn(files, pair)) + 1;
  return {
    directory: join(versionsOf(pair), String(number)),
    files: content,
    entry: {
      kind: "link",
      target: linkOf(pair),
      content: `${versionsName}/${number}`,
      old: current === undefined ? undefined : `${versionsName}/${current}`,
    },
  };
}

/**
 * Makes a version, complete and durable. The lock must be held. After an error, {@linkcode discardVersion}
 * removes what is there.
 *
 * @throws FileSystemError, ModeNotKeptError
 * @throws TargetChangedError if another program exchanged one of the directories meanwhile.
 */
export async function createVersion(
  files: FileSystem,
  pair: FlipPair,
  { directory, files: content }: NewVersion,
): Promise<void> {
  const root = directoryOf(linkOf(pair));
  // A crash may have left it before it had its rights, or was durable. With a version in it, it is complete.
  const isNew = numbersIn(files, pair).length === 0;
  const like = isNew ? root : undefined;
  const versions = openDirectoryOf(files, versionsOf(pair), { like });
  try {
    if (isNew) syncDirectory(files, root);
    const made = openDirectoryOf(files, directory, { like: root });
    try {
      for (const file of content) await createDurably(files, join(directory, file.name), file);
      made.sync();
      versions.sync();
      // The files were made where these names led: Deno has no openat(2).
      requireStill(files, directory, made);
      requireStill(files, versionsOf(pair), versions);
    } finally {
      made.close();
    }
  } finally {
    versions.close();
  }
}

/**
 * Removes a version that is not used after all, unless it is the active one. What cannot be removed is left
 * to the next change.
 */
export function discardVersion(files: FileSystem, pair: FlipPair, directory: string): void {
  try {
    if (!isActive(files, pair, directory)) removeVersion(files, directory);
  } catch {
    // Any other error matters more.
  }
}

/** Requires that the link leads to this version. @throws TargetChangedError */
export function requireActive(files: FileSystem, pair: FlipPair, directory: string): void {
  if (!isActive(files, pair, directory)) throw new TargetChangedError(linkOf(pair));
}

/**
 * Removes the versions that no reader needs any more: all but the active one and the one before it. The lock
 * must be held, and recovery must have run.
 *
 * @returns the directories that were removed.
 * @throws FileSystemError, FlipLinkError
 */
export async function sweepVersions(system: System, pair: Pair): Promise<readonly string[]> {
  const { files } = system;
  const stale = await staleVersions(system, pair);
  for (const directory of stale) removeVersion(files, directory);
  if (stale.length > 0) syncDirectory(files, versionsOf(pair));
  return stale;
}

/** Makes durable which versions there are. */
export function settleVersions(files: FileSystem, pair: FlipPair): void {
  ifPresent(() => syncDirectory(files, versionsOf(pair)));
}

/**
 * What {@linkcode sweepVersions} would remove: nothing if there was a link, and it is gone. Then a version
 * may be the only copy of a key. Reads only.
 */
export async function staleVersions(system: System, pair: Pair): Promise<readonly string[]> {
  const { files } = system;
  const current = currentNumber(files, pair);
  const numbers = numbersIn(files, pair);
  if (current === undefined && numbers.length > 0) {
    const { state: { lastChange } } = await readState(system, pair);
    if (lastChange !== undefined) return [];
  }
  const before = Math.max(...numbers.filter((number) => current !== undefined && number < current));
  return numbers.filter((number) => number !== current && number !== before)
    .map((number) => join(versionsOf(pair), String(number)));
}

function removeVersion(files: FileSystem, directory: string): void {
  for (const name of ifPresent(() => files.readDirectory(directory)) ?? []) {
    files.unlink(join(directory, name));
  }
  ifPresent(() => files.removeDirectory(directory));
}

function isActive(files: FileSystem, pair: FlipPair, directory: string): boolean {
  const link = linkOf(pair);
  return statIfPresent(files, link)?.kind === "link" &&
    files.readLink(link) === `${versionsName}/${nameOf(directory)}`;
}

/** The number of the active version; `undefined` before the first. @throws FlipLinkError */
function currentNumber(files: FileSystem, pair: FlipPair): number | undefined {
  return numberBehind(files, linkOf(pair));
}

function numbersIn(files: FileSystem, pair: FlipPair): readonly number[] {
  const names = ifPresent(() => files.readDirectory(versionsOf(pair))) ?? [];
  return names.flatMap((name) => numberOf(name) ?? []);
}

/**
 * Opens a directory, or makes it first.
 *
 * @param like users who may search this directory may search the opened one, regardless of the umask.
 */
function openDirectoryOf(
  files: FileSystem,
  path: string,
  { like }: { readonly like: string | undefined },
): FileHandle {
  if (statIfPresent(files, path) === undefined) makeDirectory(files, path);
  const handle = files.openDirectory(path);
  try {
    // Before its rights are changed: the name may be another program's link.
    requireStill(files, path, handle);
    if (like !== undefined) giveRightsOf(files, like, { handle, path });
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}

function makeDirectory(files: FileSystem, path: string): void {
  try {
    files.makeDirectory(path, 0o700);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
}

function giveRightsOf(
  files: FileSystem,
  model: string,
  { handle, path }: { readonly handle: FileHandle; readonly path: string },
): void {
  const { uid, gid, mode } = files.stat(model);
  const made = handle.stat();
  if (made.uid !== uid || made.gid !== gid) handle.setOwner(uid, gid);
  giveMode(handle, path, mode);
}

/** @throws TargetChangedError if a name does not lead to this directory, or is a link. */
function requireStill(files: FileSystem, path: string, handle: FileHandle): void {
  const found = statIfPresent(files, path);
  if (found?.kind !== "directory" || !isSameFile(found, handle.stat())) {
    throw new TargetChangedError(path);
  }
}
