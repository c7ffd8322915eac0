/** Whether a path can lead anyone astray: who could exchange a name on the way to it. */
import { FileSystemError, UntrustedPlaceError } from "../errors.ts";
import type { Processes } from "../process/mod.ts";
import type { FileInfo, FileSystem } from "./file_system.ts";
import { statIfPresent } from "./files.ts";
import { directoryOf, join } from "./path.ts";

/** A path that is going to be used, and what it is used as. */
export interface UsedPath {
  /** Absolute, or relative to the working directory. */
  readonly path: string;
  /**
   * - `file`: read or replaced under its name. Its owner may be anyone: a service may own its key.
   * - `new-file`: made exclusively (O_EXCL), so that it may lie in a sticky directory.
   * - `directory`: files are made in it.
   * - `obeyed`: its content decides what certswap does (a program, a configuration, trust anchors), so that
   *   the file itself must be the caller's or root's, too.
   */
  readonly as: "file" | "new-file" | "directory" | "obeyed";
}

/** What a walk asks: the disk, and who the caller is. */
export interface Walker {
  readonly files: FileSystem;
  readonly processes: Pick<Processes, "userId" | "groupId">;
}

/** The most symbolic links that are followed for one path: MAXSYMLINKS of Linux, see path_resolution(7). */
const linkLimit = 40;

/**
 * Insists that nobody but root and the caller can exchange any name on the way to these paths.
 *
 * There is no race-free way to open a path by its directories (Deno has no openat(2), and follows links in
 * spite of O_NOFOLLOW). Where only root and the caller can change what a name leads to, none is needed.
 *
 * @throws UntrustedPlaceError for the first place that others can change.
 * @throws FileSystemError where a directory cannot be looked at.
 */
export function requireTrustedPlaces(walker: Walker, paths: readonly UsedPath[]): void {
  const seen: Seen = new Map();
  for (const used of paths) {
    const found = walk(walker, used, seen);
    if (found !== undefined) throw found;
  }
}

/** Every place that {@linkcode requireTrustedPlaces} would refuse, each once. */
export function untrustedPlaces(
  walker: Walker,
  paths: readonly UsedPath[],
): readonly UntrustedPlaceError[] {
  const seen: Seen = new Map();
  const found = new Map<string, UntrustedPlaceError>();
  for (const used of paths) {
    const error = walk(walker, used, seen);
    if (error !== undefined && !found.has(error.place)) found.set(error.place, error);
  }
  return [...found.values()];
}

/** The directories that were found to be good, by their physical path, with what lstat(2) said. */
type Seen = Map<string, FileInfo>;

/**
 * Follows a path from `/`, one name at a time, as the kernel does: path_resolution(7).
 *
 * A directory must be root's or the caller's, and others must not be able to write it. In a sticky one they
 * can make names, and exchange none that is not theirs: below it a directory of the caller's or root's own is
 * good. A link there is not: anyone may have made it, link(2) included, which keeps the owner of the link.
 *
 * @returns `undefined` where nobody else can change where it leads, or where it leads nowhere.
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
  // The names that are left, the next one last.
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
      // Physical: what is above has been walked already.
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
      // What makes a directory here looks again once it is made.
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

/** Whether nobody but root and the caller can exchange the names in a directory that are theirs. */
function isTrusted(walker: Walker, info: FileInfo): boolean {
  const isSticky = (info.mode & 0o1000) !== 0;
  return isOwn(walker, info) && (isSticky || !isShared(walker, info));
}

/** Whether no one but root and the caller can write a file. No group may, not even the caller's own. */
function isTrustedFile(walker: Walker, info: FileInfo): boolean {
  return isOwn(walker, info) && (info.mode & 0o022) === 0;
}

function isOwn({ processes }: Walker, { uid }: FileInfo): boolean {
  return uid === 0 || uid === processes.userId();
}

/**
 * Whether others than the owner can make names in a directory. The caller's own group may, unless the caller
 * is root: an ordinary user has most often a group of its own, see useradd(8).
 */
function isShared({ processes }: Walker, { mode, gid }: FileInfo): boolean {
  if ((mode & 0o002) !== 0) return true;
  if ((mode & 0o020) === 0) return false;
  return processes.userId() === 0 || gid !== processes.groupId();
}
