/** What issuers and hooks have in common: they are programs of the operator's. */
import { type FileSystem, type RunResult, WrongFileKindError } from "../../system/mod.ts";
import type { Pair } from "../pair/layout.ts";
import { NotExecutableError, type ProgramFailure } from "./errors.ts";

/** All that every program is given of an environment; whatever else it needs it has to bring. */
export const programEnvironment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
} as const;

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
