/** Checks whether other users could exchange a name on a path. */
import { FileSystemError, UntrustedPlaceError } from "../errors.ts";
import type { Processes } from "../process/mod.ts";
import type { FileInfo, FileSystem } from "./file_system.ts";
import { statIfPresent } from "./files.ts";
import { directoryOf, join } from "./path.ts";

/** A path that is going to be used, and for what. */
export interface UsedPath {
  /** Absolute, or relative to the working directory. */
  readonly path: string;
  /**
   * - `file`: read or replaced under its name. It may have any owner: a service may own its key.
   * - `new-file`: created exclusively (O_EXCL), so it may be in a sticky directory.
   * - `directory`: files are created in it.
   * - `obeyed`: its content decides what certswap does (a program, a configuration, trust anchors), so the
   *   file itself must also belong to the caller or root.
   */
  readonly as: "file" | "new-file" | "directory" | "obeyed";
}

/** What a walk needs: the disk, and who the caller is. */
export interface Walker {
  readonly files: FileSystem;
  readonly processes: Pick<Processes, "userId" | "groupId">;
}

/** The most symbolic links to follow for one path: MAXSYMLINKS of Linux, see path_resolution(7). */
const linkLimit = 40;

/**
 * Insists that only root and the caller can exchange any name on these paths.
 *
 * Deno cannot open a path race-free, directory by directory (it has no openat(2), and follows links in spite
 * of O_NOFOLLOW). If only root and the caller can change where a name leads, that is not needed.
 *
 * @throws UntrustedPlaceError for the first place that others can change.
 * @throws FileSystemError if a directory cannot be examined.
 */
export function requireTrustedPlaces(walker: Walker, paths: readonly UsedPath[]): void {
  const seen: Seen = new Map();
  for (const used of distinct(paths)) {
    const found = walk(walker, used, seen);
    if (found !== undefined) throw found;
  }
}

/** All places that {@linkcode requireTrustedPlaces} would refuse, each once. */
export function untrustedPlaces(
  walker: Walker,
  paths: readonly UsedPath[],
): readonly UntrustedPlaceError[] {
  const seen: Seen = new Map();
  const found = new Map<string, UntrustedPlaceError>();
  for (const used of distinct(paths)) {
    const error = walk(walker, used, seen);
    if (error !== undefined && !found.has(error.place)) found.set(error.place, error);
  }
  return [...found.values()];
}

/** Each path once for each use: without links, a path is also the one that it leads to. */
function distinct(paths: readonly UsedPath[]): Iterable<UsedPath> {
  return new Map(paths.map((used) => [`${used.as} ${used.path}`, used])).values();
}

/** Directories that were already accepted, by physical path, with their lstat(2). */
type Seen = Map<string, FileInfo>;

/**
 * Follows a path from `/`, one name at a time, as the kernel does: path_resolution(7).
 *
 * A directory must belong to root or the caller, and others must not be able to write to it. In a sticky
 * one, others can create names but exchange only their own: a directory of root or the caller below it is
 * accepted. A link there is not: anyone may have created it, also with link(2), which keeps the link's
 * owner.
 *
 * @returns `undefined` if no one else can change where the path leads, or if it leads nowhere.
 */
function walk(
  walker: Walker,
  { path, as }: UsedPath,
  seen: Seen,
): UntrustedPlaceError | undefined {
  const { files } = walker;
  const absolute = path.startsWith("/") ? path : join(files.realPath("."), path);
  const refused = (place: string, info: FileInfo): UntrustedPlaceError =>
    new UntrustedPlaceError(path, { place, info, userId: walker.processes.userId() });
  // The remaining names, the next one last.
  let left = namesOf(absolute);
  let directory = "/";
  const infoOf = (path: string): FileInfo => seen.get(path) ?? files.stat(path);
  let info = infoOf(directory);
  for (let links = 0;;) {
    if (!seen.has(directory)) {
      if (!isTrusted(walker, info)) return refused(directory, info);
      seen.set(directory, info);
    }
    const isOpen = isShared(walker, info);
    const name = left.pop();
    if (name === undefined) {
      return isOpen && as === "directory" ? refused(directory, info) : undefined;
    }
    if (name === "..") {
      // Physical: everything above has already been walked.
      directory = directoryOf(directory);
      info = infoOf(directory);
      continue;
    }
    const here = join(directory, name);
    const next = seen.get(here) ?? statIfPresent(files, here);
    if (next?.kind === "directory") {
      directory = here;
      info = next;
    } else if (next?.kind === "link") {
      if (isOpen) return refused(directory, info);
      if (++links > linkLimit) throw new FileSystemError("ELOOP", "readlink", path);
      const target = files.readLink(here);
      left = [...left, ...namesOf(target)];
      if (target.startsWith("/")) {
        directory = "/";
        info = infoOf(directory);
      }
    } else if (next === undefined) {
      // The code that creates a directory here checks again afterwards.
      const isMadeHere = as === "new-file" || as === "directory";
      return isOpen && !isMadeHere ? refused(directory, info) : undefined;
    } else {
      if (as === "obeyed") return isTrustedFile(walker, next) ? undefined : refused(here, next);
      return isOpen && as !== "new-file" ? refused(directory, info) : undefined;
    }
  }
}

/** The names of a path, the first one last. */
function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".").toReversed();
}

/** Whether only root and the caller can exchange their own names in a directory. */
function isTrusted(walker: Walker, info: FileInfo): boolean {
  const isSticky = (info.mode & 0o1000) !== 0;
  return isOwn(walker, info) && (isSticky || !isShared(walker, info));
}

/** Whether only root and the caller can write a file. No group may, not even the caller's own. */
function isTrustedFile(walker: Walker, info: FileInfo): boolean {
  return isOwn(walker, info) && (info.mode & 0o022) === 0;
}

function isOwn({ processes }: Walker, { uid }: FileInfo): boolean {
  return uid === 0 || uid === processes.userId();
}

/**
 * Whether users other than the owner can create names in a directory. The caller's own group may, unless the
 * caller is root: an ordinary user usually has a group of its own, see useradd(8).
 */
function isShared({ processes }: Walker, { mode, gid }: FileInfo): boolean {
  if ((mode & 0o002) !== 0) return true;
  if ((mode & 0o020) === 0) return false;
  return processes.userId() === 0 || gid !== processes.groupId();
}
