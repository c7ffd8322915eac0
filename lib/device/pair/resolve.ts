/** Finds the files behind the paths that an operator gave. */
import {
  attempt,
  directoryOf,
  type FileSystem,
  ifPresent,
  isErrno,
  join,
  type Mount,
  nameOf,
  present,
  requireTrustedPlaces,
  statIfPresent,
  type System,
  type UntrustedPlaceError,
  untrustedPlaces,
  type UsedPath,
  withUse,
  wrapError,
  WrongFileKindError,
} from "../../system/mod.ts";
import {
  DanglingLinkError,
  type FileRole,
  type KeyExposedError,
  LinkLoopError,
  MissingDirectoryError,
  type MountedFileError,
  ReservedPathError,
  SamePathError,
} from "../errors.ts";
import { mountedFiles, mountPointsIn, requireMountPoints } from "./last_known/mod.ts";
import { layOut, type Pair, type PairFiles, type PairPaths } from "./layout.ts";
import { numberBehind } from "./flip/mod.ts";
import { isSecret, outputsOutside, recordedOutputs, requireKnownAccounts } from "./outputs/mod.ts";
import { exposedKeys } from "./own_key.ts";
import { requireUnmanaged } from "./unrelated/mod.ts";

/**
 * Finds the files behind the paths that an operator gave, if everything that must be mounted is. Reads only.
 *
 * @throws MountRequiredError before anything else is checked; as {@linkcode resolvePair}.
 */
export async function resolveMounted(system: System, paths: PairPaths): Promise<Pair> {
  await requireMountPoints(system, paths.requiresMount ?? []);
  const { files } = system;
  const resolved = resolvePaths(files, paths);
  const keyName = paths.key;
  const recorded = await recordedOutputs(files, layOut(resolved).state);
  return layOut(resolved, { keyName, recorded });
}

/**
 * Finds the files behind the paths that an operator gave, without checking mounts. Only reads.
 *
 * Done once, before the lock. A link to a file is followed: the file behind it changes, and the link stays.
 * For a missing file, all links on the path to its directory are resolved.
 *
 * @throws DanglingLinkError, LinkLoopError, MissingDirectoryError, WrongFileKindError.
 * @throws SamePathError, ReservedPathError if the paths cannot be intended.
 */
export function resolvePair(files: FileSystem, paths: PairPaths): Pair {
  return layOut(resolvePaths(files, paths), { keyName: paths.key });
}

function resolvePaths(files: FileSystem, paths: PairPaths): PairPaths {
  const { shape } = paths;
  const { certificate, key } = shape === "flip" ? resolveFlip(files, paths) : {
    certificate: resolveHalf(files, paths.certificate),
    key: resolveHalf(files, paths.key),
  };
  const combined = paths.combined === undefined ? undefined : resolveFile(files, paths.combined);
  const outputs = paths.outputs?.map((output) => {
    const { path } = output;
    const isInVersion = shape === "flip" && directoryOf(path) === directoryOf(paths.certificate);
    return {
      ...output,
      path: isInVersion ? join(directoryOf(certificate), nameOf(path)) : resolveFile(files, path),
    };
  });
  requireDifferent([
    ["certificate", certificate],
    ...(shape === "combined" ? [] : [["key", key] as const]),
    ...(combined === undefined ? [] : [["combined", combined] as const]),
    ...(outputs ?? []).map(({ path }) => ["output", path] as const),
  ]);
  return { ...paths, certificate, key, ...present({ combined, outputs }) };
}

/** @throws SamePathError */
function requireDifferent(named: readonly (readonly [role: FileRole, path: string])[]): void {
  const seen = new Map<string, FileRole>();
  for (const [role, path] of named) {
    const other = seen.get(path);
    if (other !== undefined) throw new SamePathError(path, [other, role]);
    seen.set(path, role);
  }
}

/**
 * Finds the directory of a pair behind one link. The link itself is not followed: it leads to another
 * directory after every change.
 */
function resolveFlip(files: FileSystem, { certificate, key }: PairPaths): PairFiles {
  const link = directoryOf(certificate);
  const root = ifPresent(() => files.realPath(directoryOf(link)));
  if (root === undefined) throw new MissingDirectoryError(link, directoryOf(link));
  const resolved = join(root, nameOf(link));
  numberBehind(files, resolved);
  return { certificate: join(resolved, nameOf(certificate)), key: join(resolved, nameOf(key)) };
}

/**
 * Finds the files of a pair that would be changed, for commands that show what a change would do.
 *
 * @throws as {@linkcode resolveMounted}; InsideVersionError, CertbotArchiveError.
 */
export async function resolveForPlan(system: System, paths: PairPaths): Promise<Pair> {
  const pair = await resolveMounted(system, paths);
  requireUnmanagedFiles(system.files, paths, pair);
  return pair;
}

/**
 * Finds the files of a pair that will be changed, and insists that only root and the caller can exchange
 * them or any name on their paths.
 *
 * @param also other places that will be used: trust anchors, programs, a CA.
 * @throws as {@linkcode resolveForPlan}; UntrustedPlaceError.
 */
export async function resolveForChange(
  system: System,
  paths: PairPaths,
  also: readonly UsedPath[] = [],
): Promise<Pair> {
  const pair = await resolveTrusted(system, paths, also);
  requireUnmanagedFiles(system.files, paths, pair);
  return pair;
}

/**
 * {@linkcode resolveForChange} for a change that gives files their configured owners.
 *
 * @throws as {@linkcode resolveForChange}; UnknownAccountError.
 */
export async function resolveForActivation(
  system: System,
  paths: PairPaths,
  also: readonly UsedPath[] = [],
): Promise<Pair> {
  const pair = await resolveForChange(system, paths, also);
  requireKnownAccounts(paths);
  return pair;
}

function requireUnmanagedFiles(files: FileSystem, paths: PairPaths, pair: Pair): void {
  const { active, combined, shape } = pair;
  if (shape !== "flip") {
    requireUnmanaged(files, paths.certificate, active.certificate);
    requireUnmanaged(files, paths.key, active.key);
  }
  if (combined !== undefined) requireUnmanaged(files, paths.combined ?? combined, combined);
  const outside = outputsOutside(pair);
  for (const [index, { path }] of pair.outputs.entries()) {
    if (!outside.some((output) => output.path === path)) continue;
    requireUnmanaged(files, paths.outputs?.[index]?.path ?? path, path);
  }
}

/**
 * Finds the files of a pair whose key will be read and passed on, and insists that only root and the caller
 * can exchange them or any name on their paths.
 *
 * @param also other places that will be used.
 * @throws as {@linkcode resolveMounted}; UntrustedPlaceError.
 */
export async function resolveTrusted(
  system: System,
  paths: PairPaths,
  also: readonly UsedPath[] = [],
): Promise<Pair> {
  const pair = await resolveMounted(system, paths);
  requireTrustedPlaces(system, [...filesOf(paths), ...filesOf(resolvedPaths(pair)), ...also]);
  return pair;
}

/** What {@linkcode resolveForChange} would refuse, for commands that only look. */
export function untrustedPlacesOf(
  system: Pick<System, "files"> & {
    readonly processes: Pick<System["processes"], "userId" | "groupId">;
  },
  paths: PairPaths,
  also: readonly UsedPath[] = [],
): readonly UntrustedPlaceError[] {
  return untrustedPlaces(system, [...filesOf(paths), ...also]);
}

/**
 * The files of a pair that seem to be mount points, see {@linkcode mountedFiles}.
 *
 * @param mounts the kernel's table, if it is known.
 */
export function mountedFilesOf(
  files: FileSystem,
  { certificate, key, combined, outputs = [] }: PairPaths,
  mounts: readonly Mount[] | undefined,
): readonly MountedFileError[] {
  return mountedFiles(
    files,
    resolvedFiles(files, [certificate, key, combined, ...outputs.map(({ path }) => path)]),
    mounts && mountPointsIn(mounts),
  );
}

/** The files of a pair's key that every user can read, see {@linkcode exposedKeys}. */
export function exposedKeysOf(
  files: FileSystem,
  { key, combined, outputs = [] }: PairPaths,
): readonly KeyExposedError[] {
  const secret = outputs.filter(isSecret).map(({ path }) => path);
  return exposedKeys(files, resolvedFiles(files, [key, combined, ...secret]));
}

function resolvedFiles(
  files: FileSystem,
  paths: readonly (string | undefined)[],
): readonly (string | undefined)[] {
  return paths.map((path) =>
    path === undefined ? undefined : attempt(() => resolveFile(files, path))
  );
}

/** The place of a file of trust anchors; none if there is no such file. */
export function anchorsUsed(trust: string | undefined): readonly UsedPath[] {
  return trust === undefined ? [] : [{ path: trust, as: "obeyed" }];
}

function filesOf({ certificate, key, combined, outputs = [] }: PairPaths): readonly UsedPath[] {
  return [certificate, key, combined, ...outputs.map(({ path }) => path)]
    .flatMap((path) => path === undefined ? [] : [{ path, as: "file" } as const]);
}

/** Deno may remove `..` before the kernel sees it: walk the path that is used, and the path as written. */
function resolvedPaths({ active, combined, outputs }: Pair): PairPaths {
  return { ...active, outputs, ...present({ combined }) };
}

/**
 * Finds the file of a certificate or of a key: instead of both, a directory can be named with `--dir`.
 *
 * @throws as {@linkcode resolvePair}.
 */
export function resolveHalf(files: FileSystem, path: string): string {
  return wrapError(
    () => resolveFile(files, path),
    (cause) => withUse(cause, "certificate-or-key"),
  );
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

/** Whether a path is reserved for certswap's own files, which it removes. */
function isReserved(path: string): boolean {
  // deno-lint-ignore certswap/linear-regex -- a file name has at most 255 bytes
  return /^\..+\.certswap\.[a-z]+$/.test(nameOf(path)) || nameOf(directoryOf(path)) === ".certswap";
}
