import type { CommonFlags } from "../declaration/command.ts";
import { bashCompletion } from "../completion/bash.ts";
import { fishCompletion } from "../completion/fish.ts";
import { completionModel } from "../completion/model.ts";
import { zshCompletion } from "../completion/zsh.ts";
import { UsageError } from "../errors.ts";
import type { Outcome } from "../print/output.ts";
import { visible } from "../text.ts";
import type { World } from "../world.ts";

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** `certswap completion`. */
export default function completion(_: World, _flags: CommonFlags, shell: string): Promise<Outcome> {
  if (!Object.hasOwn(shells, shell)) {
    throw new UsageError(
      [`there is no completion for '${visible(shell)}'`],
      "Choose bash, zsh or fish.",
    );
  }
  const script = shells[shell as keyof typeof shells](completionModel());
  return Promise.resolve({ json: { shell, script }, lines: script.trimEnd().split("\n") });
}
