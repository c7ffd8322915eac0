/** What issuers and hooks have in common: they are programs of the operator's. */
import {
  attempt,
  type FileSystem,
  type RunResult,
  type System,
  WrongFileKindError,
} from "../../system/mod.ts";
import type { Pair } from "../pair/mod.ts";
import { readUsers } from "../user_database.ts";
import { NotExecutableError, type ProgramFailure } from "./errors.ts";

/**
 * The environment that every program is given, whoever has called certswap and from where: a program that a
 * person has tried behaves the same in a timer. Nothing of the caller's own is in it.
 */
export function programEnvironment(system: System): Record<string, string> {
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LC_ALL: "C",
    HOME: homeDirectory(system),
  };
}

/** The largest user database that is read, in bytes: some ten thousand users. */
const userLimit = 1024 * 1024;

/** The home directory that passwd(5) names for this process's user; `/` if it names none. */
function homeDirectory({ files, processes }: System): string {
  const user = `${processes.userId()}`;
  for (const { name, uid, home } of attempt(() => readUsers(files, userLimit)) ?? []) {
    // Comments, and entries that only NIS can complete, nsswitch.conf(5).
    if (uid === user && !/^[#+-]/.test(name)) return home.startsWith("/") ? home : "/";
  }
  return "/";
}

/** What a program is told about the pair. @param name the pair's, in the configuration. */
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

/** Says how a program ended, with what it wrote last to standard error. */
export function failureOf(
  [program]: readonly [string, ...string[]],
  { end, errorOutput }: RunResult,
): ProgramFailure {
  return { program, end, errorOutput: new TextDecoder().decode(errorOutput) };
}

/**
 * Insists that a program is there and can be run. A bare name is let through: it is looked for in PATH when
 * it is run, and PATH is another one then.
 *
 * @throws FileSystemError, WrongFileKindError, NotExecutableError
 */
export function requireProgram(files: FileSystem, program: string): void {
  if (!program.startsWith("/")) return;
  const { kind, mode } = files.stat(files.realPath(program));
  if (kind !== "file") throw new WrongFileKindError(program, "file", kind);
  if ((mode & 0o111) === 0) throw new NotExecutableError(program);
}
