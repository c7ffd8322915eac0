/** Runs programs of the operator: issuers, hooks and probes. */
import {
  attempt,
  type FileSystem,
  join,
  type RunResult,
  type System,
  WrongFileKindError,
} from "../../system/mod.ts";
import { readUsers } from "../accounts/mod.ts";
import type { Pair } from "../pair/mod.ts";
import { NotExecutableError, type ProgramFailure, ProgramNotFoundError } from "./errors.ts";

/** Where a program without a path is searched for, in this order. */
const searchPath = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
] as const;

/**
 * The environment of every program, regardless of who runs certswap and how: a program that was tried by hand
 * behaves the same in a timer. Nothing is inherited from the caller.
 */
export function programEnvironment(system: System): Record<string, string> {
  return {
    PATH: searchPath.join(":"),
    LC_ALL: "C",
    HOME: homeDirectory(system),
  };
}

/** The home directory that passwd(5) names for this process's user; `/` if it names none. */
function homeDirectory({ files, processes }: System): string {
  const userId = processes.userId();
  const user = attempt(() => readUsers(files))?.find(({ id }) => id === userId);
  return user?.home.startsWith("/") ? user.home : "/";
}

/** The environment variables about a pair. @param name its name in the configuration. */
export function pairEnvironment(
  name: string,
  { active, combined }: Pair,
): Record<string, string> {
  return {
    CERTSWAP_NAME: name,
    CERTSWAP_CERT: active.certificate,
    CERTSWAP_KEY: active.key,
    ...(combined === undefined ? {} : { CERTSWAP_COMBINED: combined }),
  };
}

/** Describes how a program ended, with the end of its standard error. */
export function failureOf(
  [program]: readonly [string, ...string[]],
  { end, errorOutput }: RunResult,
): ProgramFailure {
  return { program, end, errorOutput: new TextDecoder().decode(errorOutput) };
}

/**
 * Checks that a program exists and can be run. One without a path is searched for as execvp(3) does when it
 * is run, in the PATH of {@linkcode programEnvironment}.
 *
 * @throws FileSystemError, WrongFileKindError, NotExecutableError, ProgramNotFoundError
 */
export function requireProgram(files: FileSystem, program: string): void {
  if (program.includes("/")) {
    requireExecutable(files, program);
    return;
  }
  const isFound = searchPath.some((directory) =>
    attempt(() => requireExecutable(files, join(directory, program))) !== undefined
  );
  if (!isFound) throw new ProgramNotFoundError(program, searchPath);
}

/** @returns the path. */
function requireExecutable(files: FileSystem, path: string): string {
  const { kind, mode } = files.stat(files.realPath(path));
  if (kind !== "file") throw new WrongFileKindError(path, "file", kind);
  if ((mode & 0o111) === 0) throw new NotExecutableError(path);
  return path;
}
