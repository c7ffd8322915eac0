/** The commands for help and completion. */
import { deviceWords, shellNames, topicNames } from "../choices.ts";
import { command, jsonFlag, wordArgument } from "../declaration/mod.ts";
import { alternatives } from "../text.ts";
import { listsWords, saysOnly } from "./needs.ts";

/** `certswap help`. */
export const help = /* @__PURE__ */ command({
  documentation: {
    usage: "[TOPIC | COMMAND]",
    brief: "Show help on a topic or a command",
    description: [
      `Shows help on a topic (${
        alternatives(topicNames)
      }) or on a command. Without an argument, lists ` +
      "the topics and the commands. 'certswap help COMMAND' is the same as 'certswap COMMAND --help'.",
    ],
    examples: [
      { input: "certswap help exit-codes", does: "Show what exit code 4 means" },
      { input: "certswap help ca sign", does: "Show how to use 'certswap ca sign'" },
    ],
  },
  needs: saysOnly,
  parameters: {
    flags: { ...jsonFlag },
    positional: {
      kind: "array",
      parameter: {
        ...wordArgument("TOPIC", topicNames),
        brief: `${alternatives(topicNames)}, or a command`,
      },
    },
  },
  load: () => import("../commands/help.ts"),
});

/** `certswap complete`, which completion scripts call. */
export const complete = /* @__PURE__ */ command({
  documentation: {
    usage: "KIND [-- WORD...]",
    brief: "List words for a completion script",
    description: [
      `Lists ${
        alternatives(deviceWords)
      }, one per line, with a description after a tab. WORD... are ` +
      "the words of the command line so far; the last one is still being typed. Prints no errors.",
    ],
    examples: [
      { input: "certswap complete pairs -- rotate --name ''", does: "Names of pairs" },
    ],
  },
  needs: listsWords,
  parameters: {
    flags: { ...jsonFlag },
    positional: { kind: "array", parameter: wordArgument("KIND", deviceWords) },
  },
  load: () => import("../commands/completion/complete.ts"),
});

/** `certswap completion`. */
export const completion = /* @__PURE__ */ command({
  documentation: {
    usage: "SHELL",
    brief: "Print a shell completion script",
    description: [
      `Prints a completion script for ${alternatives(shellNames)}. Source it, or save it in the ` +
      "directory where the shell looks for completions. It completes commands, flags, files, the names of " +
      "configured pairs and, for 'certswap ca revoke', serial numbers.",
    ],
    examples: [
      { input: "source <(certswap completion bash)", does: "In the current bash" },
      {
        input: "certswap completion bash > /etc/bash_completion.d/certswap",
        does: "In every new bash",
      },
      {
        input: "certswap completion zsh > /usr/local/share/zsh/site-functions/_certswap",
        does: "For zsh",
      },
      {
        input: "certswap completion fish > ~/.config/fish/completions/certswap.fish",
        does: "For fish",
      },
    ],
  },
  needs: saysOnly,
  parameters: {
    flags: { ...jsonFlag },
    positional: {
      kind: "tuple",
      parameters: [wordArgument("SHELL", shellNames)],
    },
  },
  load: () => import("../commands/completion/completion.ts"),
});
