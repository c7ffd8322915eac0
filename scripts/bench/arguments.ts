/** What `deno task bench` is called with. */
import { parseArgs } from "node:util";

/** The command line of a benchmark is wrong. The message says what, in one sentence. */
export class ArgumentsError extends Error {}

/** How `deno task bench processes` is called. */
export interface ProcessesArguments {
  /** The executable to compare with, as an absolute path without links; `undefined`: none. */
  readonly against: string | undefined;
  /** How often each of the two is started for each row. */
  readonly pairs: number;
}

/**
 * Reads `--against FILE` and `--pairs N` (30).
 *
 * @throws ArgumentsError for anything else, and for a file that cannot be run.
 */
export async function readProcessesArguments(
  words: readonly string[],
): Promise<ProcessesArguments> {
  const { against, pairs } = parse(words);
  if (against === undefined && pairs !== undefined) {
    throw new ArgumentsError("--pairs needs --against FILE");
  }
  const count = pairs === undefined ? 30 : /^[1-9]\d{0,4}$/.test(pairs) ? Number(pairs) : NaN;
  if (!(count > 0)) throw new ArgumentsError(`--pairs: '${pairs}' is not a number from 1 on`);
  return { against: against === undefined ? undefined : await executableAt(against), pairs: count };
}

function parse(words: readonly string[]): { against?: string; pairs?: string } {
  try {
    const options = { against: { type: "string" }, pairs: { type: "string" } } as const;
    return parseArgs({ args: [...words], options }).values;
  } catch (error) {
    throw new ArgumentsError(error instanceof Error ? error.message : String(error));
  }
}

async function executableAt(path: string): Promise<string> {
  const because = (reason: string): ArgumentsError =>
    new ArgumentsError(`cannot compare with ${path}: ${reason}`);
  const found = await Deno.stat(path).catch(() => undefined);
  if (found === undefined) throw because("there is no such file");
  if (!found.isFile) throw because("it is not a regular file");
  if (((found.mode ?? 0) & 0o111) === 0) throw because("it is not executable");
  return await Deno.realPath(path);
}
