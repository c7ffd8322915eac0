/** The programs of the operator: their environment, where they are searched for, and how they end. */
import { readUsers } from "../accounts/mod.ts";
import {
  attempt,
  NotExecutableError,
  ProgramNotFoundError,
  WrongFileKindError,
} from "../errors.ts";
import { type FileSystem, join, type UsedPath } from "../files/mod.ts";
import { errorOutputKept, type ProgramEnd, type RunResult } from "../process/mod.ts";
import type { System } from "../system.ts";

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

/** How a program that was asked for something disappointed: how it ended, and what it said of it. */
export interface ProgramFailure {
  readonly program: string;
  readonly end: ProgramEnd;
  /** The last lines of its standard error. Untrusted text. */
  readonly errorOutput: string;
  /** The last lines of its standard output, likewise, if that is meant for people: a hook's is. */
  readonly output?: string;
}

/** Describes how a program ended, with the end of its standard error. */
export function failureOf(
  [program]: readonly [string, ...string[]],
  { end, errorOutput }: RunResult,
): ProgramFailure {
  return { program, end, errorOutput: new TextDecoder().decode(errorOutput) };
}

/** A hook to run. */
export interface HookRun {
  /** The program, absolute or to be found in {@linkcode programEnvironment}, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Milliseconds. */
  readonly timeLimit: number;
  /** What it gets besides {@linkcode programEnvironment}. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Runs a hook to its end, without a shell and without input.
 *
 * @returns `undefined` if it exited with 0, else how it failed, with the end of what it printed.
 * @throws ProcessStartError if it cannot be started.
 */
export async function runHookProgram(
  system: System,
  { command, timeLimit, environment }: HookRun,
): Promise<ProgramFailure | undefined> {
  const result = await system.processes.run({
    command,
    environment: { ...programEnvironment(system), ...environment },
    input: new Uint8Array(),
    // Only the output of a hook that fails is shown. Many programs say why on standard output.
    outputLimit: errorOutputKept,
    onExcess: "drop",
    timeLimit,
  });
  const { end } = result;
  if (end.kind === "exit" && end.code === 0) return undefined;
  return { ...failureOf(command, result), output: new TextDecoder().decode(result.output) };
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

/**
 * The place of a program, to be judged. A bare name is searched for in certswap's own PATH, which has only
 * system directories.
 */
export function programPlaces(path: string): readonly UsedPath[] {
  return path.includes("/") ? [{ path, as: "obeyed" }] : [];
}
