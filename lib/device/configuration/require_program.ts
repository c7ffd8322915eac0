import { type FileSystem, WrongFileKindError } from "../../system/mod.ts";
import { NotExecutableError } from "./errors.ts";

/**
 * Insists that a program is there and can be run. A bare name is let through: it is looked for in PATH when it
 * is run, and PATH is another one then.
 *
 * @throws FileSystemError, WrongFileKindError, NotExecutableError
 */
export function requireProgram(files: FileSystem, program: string): void {
  if (!program.startsWith("/")) return;
  const { kind, mode } = files.stat(files.realPath(program));
  if (kind !== "file") throw new WrongFileKindError(program, "file", kind);
  if ((mode & 0o111) === 0) throw new NotExecutableError(program);
}
