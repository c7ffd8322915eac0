/** Running one command without the rest of the command tree. */
import { buildApplication, run } from "@stricli/core";
import { type DeclaredCommand, parserCommand } from "../declaration/mod.ts";
import type { ExitCode } from "../exit_code.ts";
import { asksForCheck } from "./command_line.ts";
import { checkFlags } from "./flag_mistakes.ts";
import { invoke, parserConfiguration } from "./invoke.ts";
import type { Place } from "../tree/mod.ts";
import type { World } from "../world.ts";

/**
 * Runs one command through the parser. Never throws.
 *
 * The parser gets only this command: building the whole tree takes 2 ms.
 *
 * @param arguments_ what follows the command on the command line.
 */
export async function runCommand(
  { words: path, target }: Place<DeclaredCommand>,
  arguments_: readonly string[],
  world: World,
): Promise<ExitCode> {
  const name = path.join(" ");
  return await invoke(
    async (invocation) => {
      checkFlags({ words: path, target }, arguments_);
      const application = buildApplication(
        parserCommand(target),
        { name, ...parserConfiguration },
        {},
      );
      await run(application, arguments_, invocation);
    },
    {
      words: arguments_,
      isCheck: asksForCheck([...path.slice(1), ...arguments_]),
      world,
      hint: () => `See '${name} --help'.`,
    },
  );
}
