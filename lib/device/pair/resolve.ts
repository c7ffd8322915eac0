/** Finding the files behind the paths that an operator gave. */
import {
  attempt,
  directoryOf,
  type FileSystem,
  ifPresent,
  isErrno,
  join,
  nameOf,
  requireTrustedPlaces,
  statIfPresent,
  type System,
  type UntrustedPlaceError,
  untrustedPlaces,
  type UsedPath,
  WrongFileKindError,
} from "../../system/mod.ts";
import {
  DanglingLinkError,
  LinkLoopError,
  MissingDirectoryError,
  type MountedFileError,
  ReservedPathError,
  SamePathError,
} from "../errors.ts";
import { mountedFiles, requireMountPoints } from "./last_known/mod.ts";
import { layOut, type Pair, type PairPaths } from "./layout.ts";

/**
 * Finds the files behind the paths that an operator gave. Reads only.
 *
 * Done once, before the lock: a link to a file is followed, the file behind it is what changes, and
 * the link stays. A file that is missing lies in its directory, with every link on the way resolved.
 *
 * @throws MountRequiredError, before anything else is looked at.
 * @throws DanglingLinkError, LinkLoopError, MissingDirectoryError, WrongFileKindError.
 * @throws SamePathError, ReservedPathError where the paths cannot be meant.
 */
export function resolvePair(files: FileSystem, paths: PairPaths): Pair {
  requireMountPoints(files, paths.requiresMount ?? []);
  const certificate = resolveFile(files, paths.certificate);
  const key = resolveFile(files, paths.key);
  const combined = paths.combined === undefined ? undefined : resolveFile(files, paths.combined);
  if (certificate === key) throw new SamePathError(certificate, ["certificate", "key"]);
  if (combined === certificate) throw new SamePathError(combined, ["certificate", "combined"]);
  if (combined === key) throw new SamePathError(combined, ["key", "combined"]);
  const resolved = { certificate, key, ...(combined === undefined ? {} : { combined }) };
  return layOut(resolved, paths.key);
}

/**
 * Finds the files of a pair that is going to be changed, and insists that nobody but root and the caller can
 * exchange them, or what they are reached by.
 *
 * @param also what else is going to be used for it: trust anchors, programs, a CA.
 * @throws as {@linkcode resolvePair}; UntrustedPlaceError.
 */
export function resolveForChange(
  system: System,
  paths: PairPaths,
  also: readonly UsedPath[] = [],
): Pair {
  const pair = resolvePair(system.files, paths);
  requireTrustedPlaces(system, [...filesOf(paths), ...filesOf(resolvedPaths(pair)), ...also]);
  return pair;
}

/** What {@linkcode resolveForChange} would refuse, for those who only look. */
export function untrustedPlacesOf(
  system: System,
  paths: PairPaths,
  also: readonly UsedPath[] = [],
): readonly UntrustedPlaceError[] {
  return untrustedPlaces(system, [...filesOf(paths), ...also]);
}

/** The files of a pair that seem to be mount points, as {@linkcode mountedFiles} has it. */
export function mountedFilesOf(
  files: FileSystem,
  { certificate, key, combined }: PairPaths,
  mountPoints?: ReadonlySet<string>,
): readonly MountedFileError[] {
  const resolved = [certificate, key, combined].map((path) =>
    path === undefined ? undefined : attempt(() => resolveFile(files, path))
  );
  return mountedFiles(files, resolved, mountPoints);
}

/** A file of trust anchors as it is used; none where none is given. */
export function anchorsUsed(trust: string | undefined): readonly UsedPath[] {
  return trust === undefined ? [] : [{ path: trust, as: "obeyed" }];
}

function filesOf({ certificate, key, combined }: PairPaths): readonly UsedPath[] {
  return [certificate, key, combined]
    .flatMap((path) => path === undefined ? [] : [{ path, as: "file" } as const]);
}

/** Deno may take `..` away before the kernel sees it: what is used is walked, and what was written. */
function resolvedPaths({ active, combined }: Pair): PairPaths {
  return { ...active, ...(combined === undefined ? {} : { combined }) };
}

/**
 * Finds the file behind one path.
 *
 * @throws as {@linkcode resolvePair}.
 */
export function resolveFile(files: FileSystem, path: string): string {
  const resolved = resolveExisting(files, path) ?? resolveMissing(files, path);
  if (isReserved(resolved)) throw new ReservedPathError(resolved);
  return resolved;
}

function resolveExisting(files: FileSystem, path: string): string | undefined {
  try {
    const resolved = ifPresent(() => files.realPath(path));
    if (resolved === undefined) return undefined;
    const { kind } = files.stat(resolved);
    if (kind !== "file") throw new WrongFileKindError(path, "file", kind);
    return resolved;
  } catch (error) {
    if (isErrno(error, "ELOOP")) throw new LinkLoopError(path, { cause: error });
    throw error;
  }
}

function resolveMissing(files: FileSystem, path: string): string {
  if (statIfPresent(files, path)?.kind === "link") throw new DanglingLinkError(path);
  // A path that ends in a slash names a directory, see path_resolution(7).
  if (nameOf(path) === "") throw new WrongFileKindError(path, "file", "directory");
  const directory = ifPresent(() => files.realPath(directoryOf(path)));
  if (directory === undefined) throw new MissingDirectoryError(path, directoryOf(path));
  return join(directory, nameOf(path));
}

/** Whether a path is of the kind that certswap keeps for itself, and removes. */
function isReserved(path: string): boolean {
  // deno-lint-ignore certswap/linear-regex -- a file name has at most 255 bytes
  return /^\..+\.certswap\.[a-z]+$/.test(nameOf(path)) || nameOf(directoryOf(path)) === ".certswap";
}
