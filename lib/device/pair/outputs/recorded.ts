/** The outputs that the state of a pair names: recovery has to know them, also without the configuration. */
import {
  CertswapError,
  directoryOf,
  type FileSystem,
  isErrno,
  readRegularFile,
  statIfPresent,
} from "../../../system/mod.ts";

/** As many bytes as a state has at most. */
const limit = 1024 * 1024;

/**
 * Reads which outputs a pair has had, or was about to get when a change was interrupted. Without valibot,
 * which every start would have to load: the state file is read again where more of it is needed.
 *
 * @param state the path of the state file.
 * @returns absolute paths, resolved; none if the state cannot be read, which others report. Those whose
 *   directory is now something else are left out: no output can be there any more.
 */
export async function recordedOutputs(files: FileSystem, state: string): Promise<string[]> {
  try {
    // Without its digest, for which the first one of a process starts a thread.
    const { content } = await readRegularFile(files, state, limit);
    const text = new TextDecoder().decode(content);
    // Nearly all pairs have none. JSON may spell a name with escapes.
    if (!text.includes("outputs") && !text.includes("\\u")) return [];
    return pathsIn(JSON.parse(text))
      .filter((path) => isPlace(files, directoryOf(path)));
  } catch (error) {
    if (error instanceof CertswapError || error instanceof SyntaxError) return [];
    throw error;
  }
}

function isPlace(files: FileSystem, directory: string): boolean {
  try {
    const kind = statIfPresent(files, directory)?.kind;
    return kind === undefined || kind === "directory";
  } catch (error) {
    if (isErrno(error, "ENOTDIR", "ELOOP")) return false;
    throw error;
  }
}

function pathsIn(state: unknown): string[] {
  const outputs = field(state, "outputs");
  if (!Array.isArray(outputs)) return [];
  return outputs.flatMap((output: unknown) => {
    const path = field(output, "path");
    return typeof path === "string" && path.startsWith("/") ? [path] : [];
  });
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
