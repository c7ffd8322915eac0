/** Running one command line through the parser, and printing the result. */
import { ExitCode as ParserExitCode } from "@stricli/core";
import { exitCodeOfCheck, printUnknown } from "../check/mod.ts";
import type { Invocation } from "../declaration/mod.ts";
import { UsageError } from "../errors.ts";
import { type ExitCode, exitCode } from "../exit_code.ts";
import { type GivenFlags, givenFlags } from "../given_flags.ts";
import { type Outcome, printError, printOutcome } from "../print/mod.ts";
import { asksForJournal, asksForJson } from "./command_line.ts";
import { parserText } from "./parse_errors.ts";
import type { World } from "../world.ts";

/** How the parser reads a command line. */
export const parserConfiguration = {
  scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
  localization: { text: parserText },
} as const;

/** Options of {@linkcode invoke}. */
export interface InvokeOptions {
  readonly words: readonly string[];
  /** Whether the line is a check, which has its own exit codes. */
  readonly isCheck: boolean;
  readonly world: World;
  /** The hint for a line that cannot be parsed. @param isUnknownCommand whether it names no command. */
  readonly hint: (isUnknownCommand: boolean) => string;
}

/**
 * Parses and runs a command line, prints the result, and returns the exit code. Never throws.
 *
 * @param parse runs the parser, which runs the command.
 */
export async function invoke(
  parse: (invocation: Invocation) => Promise<void>,
  { words, isCheck, world, hint }: InvokeOptions,
): Promise<ExitCode> {
  const options = { json: asksForJson(words), journal: asksForJournal(words) };
  // A hint about a line that cannot be parsed is about any line of this command: it repeats no flags.
  const fail = (error: unknown, given: GivenFlags = {}): Promise<ExitCode> =>
    (isCheck ? printUnknown : printError)(world, error, { ...options, given });
  const problems: string[] = [];
  const help: string[] = [];
  let result: { outcome: Outcome } | { error: unknown } | undefined;
  // The parser itself prints only help.
  const invocation: Invocation & { process: { exitCode?: number | string | null } } = {
    world,
    settle: (settled) => result = settled,
    // Not the real process: the parser would read its environment.
    process: {
      stdout: options.json ? { write: (text) => help.push(text) } : world.stdout,
      stderr: { write: (text) => problems.push(text.trimEnd()) },
    },
  };
  try {
    await parse(invocation);
    if (result !== undefined) {
      return "outcome" in result
        ? await printOutcome(world, result.outcome, { ...options, given: givenFlags(words) })
        : await fail(result.error, givenFlags(words));
    }
    const parsed = invocation.process.exitCode;
    if (parsed === ParserExitCode.Success) {
      // Help was printed, and nothing was checked.
      const exit = isCheck ? exitCodeOfCheck.unknown : exitCode.done;
      if (!options.json) return exit;
      const text = help.join("").trimEnd();
      return await printOutcome(world, { exit, json: { text }, lines: [] }, options);
    }
    return await fail(new UsageError(problems, hint(parsed === ParserExitCode.UnknownCommand)));
  } catch (error) {
    return await fail(error);
  }
}
