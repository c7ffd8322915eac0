/** `certswap completion`: prints the completion script of a shell. */
import { type ShellName, shellNames } from "../../choices.ts";
import type { CommonFlags } from "../../declaration/mod.ts";
import {
  bashCompletion,
  type Completed,
  completionModel,
  fishCompletion,
  zshCompletion,
} from "../../completion/mod.ts";
import { UsageError } from "../../errors.ts";
import type { Outcome } from "../../print/mod.ts";
import { alternatives, linesOf, visible } from "../../text.ts";
import type { World } from "../../world.ts";

/** The function that generates the script of each shell. */
const scripts: Readonly<Record<ShellName, (model: readonly Completed[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `certswap completion`. */
export default function completion(_: World, _flags: CommonFlags, word: string): Promise<Outcome> {
  const shell = shellNames.find((name) => name === word);
  if (shell === undefined) {
    throw new UsageError(
      [`unknown shell '${visible(word)}'`],
      `Choose ${alternatives(shellNames)}.`,
    );
  }
  const script = scripts[shell](completionModel());
  return Promise.resolve({ json: { shell, script }, lines: linesOf(script) });
}
