/** Running one command from a simple command line. */
import { printUnknown } from "../check/mod.ts";
import type { DeclaredCommand } from "../declaration/mod.ts";
import type { ExitCode } from "../exit_code.ts";
import { givenFlags } from "../given_flags.ts";
import { printError, printOutcome } from "../print/mod.ts";
import { asksForJournal } from "./command_line.ts";
import { readPlainLine } from "./plain_line.ts";
import type { World } from "../world.ts";

/**
 * Runs a command and prints the result. Never throws.
 *
 * @param words what follows the command on the command line.
 * @returns `undefined` if the line needs the parser; then nothing was done.
 */
export async function runPlain(
  { parameters, act }: DeclaredCommand,
  words: readonly string[],
  world: World,
): Promise<ExitCode | undefined> {
  const line = readPlainLine(parameters, words);
  if (line === undefined) return undefined;
  const options = {
    json: line.flags["json"] === true,
    journal: asksForJournal(words),
    given: givenFlags(words),
  };
  try {
    return await printOutcome(world, await act(world, line), options);
  } catch (error) {
    return line.flags["check"] === true
      ? await printUnknown(world, error, options)
      : await printError(world, error, options);
  }
}
