/** Has the parser run one command line, and prints what came of it. */
import { ExitCode as ParserExitCode } from "@stricli/core";
import type { Invocation } from "../declaration/mod.ts";
import { UsageError } from "../errors.ts";
import { type ExitCode, exitCode } from "../exit_code.ts";
import { type Outcome, printError, printOutcome } from "../print/mod.ts";
import { asksForJournal, asksForJson } from "./command_line.ts";
import { parserText } from "./parse_errors.ts";
import type { World } from "../world.ts";

/** How the parser reads a command line. */
export const parserConfiguration = {
  scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
  localization: { text: parserText },
} as const;

/** What {@linkcode invoke} needs to know of a command line. */
export interface InvokeOptions {
  readonly words: readonly string[];
  readonly world: World;
  /** What to do about a line that cannot be parsed. `isUnknownCommand`: not even a command is named. */
  readonly hint: (found: { readonly isUnknownCommand: boolean }) => string;
}

/**
 * Has a command line parsed and run, prints what the command has to say, and returns its exit code.
 * Never throws.
 *
 * @param parse runs the parser, and it the command.
 */
export async function invoke(
  parse: (invocation: Invocation) => Promise<void>,
  { words, world, hint }: InvokeOptions,
): Promise<ExitCode> {
  const options = { json: asksForJson(words), journal: asksForJournal(words) };
  const problems: string[] = [];
  const help: string[] = [];
  let result: { outcome: Outcome } | { error: unknown } | undefined;
  // The parser itself prints nothing but help.
  const invocation: Invocation & { process: { exitCode?: number | string | null } } = {
    world,
    settle: (settled) => result = settled,
    // A process of our own: handed the real one, the parser would read its environment.
    process: {
      stdout: options.json ? { write: (text) => help.push(text) } : world.stdout,
      stderr: { write: (text) => problems.push(text.trimEnd()) },
    },
  };
  try {
    await parse(invocation);
    if (result !== undefined) {
      return "outcome" in result
        ? await printOutcome(world, result.outcome, options)
        : await printError(world, result.error, options);
    }
    const parsed = invocation.process.exitCode;
    if (parsed === ParserExitCode.Success) {
      if (!options.json) return exitCode.done;
      const text = help.join("").trimEnd();
      return await printOutcome(world, { json: { text }, lines: [] }, options);
    }
    const isUnknownCommand = parsed === ParserExitCode.UnknownCommand;
    return await printError(world, new UsageError(problems, hint({ isUnknownCommand })), options);
  } catch (error) {
    return await printError(world, error, options);
  }
}
