/** The commands about certswap itself. */
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
      `Shows help on what concerns every command: TOPIC is ${
        alternatives(topicNames)
      }. Without one, lists ` +
      "the topics. 'certswap help COMMAND' is the same as 'certswap COMMAND --help'.",
    ],
    examples: [
      { input: "certswap help exit-codes", does: "What does exit code 4 mean?" },
      { input: "certswap help ca sign", does: "What does 'certswap ca sign' take?" },
    ],
  },
  needs: saysOnly,
  parameters: {
    flags: { ...jsonFlag },
    positional: { kind: "array", parameter: wordArgument("TOPIC", topicNames) },
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
      }, one in a line, with a description after a tab. The WORDs are ` +
      "those of the line that is being typed; the last one is not complete. Prints no error.",
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
    brief: "Print what makes a shell complete certswap's words",
    description: [
      `Prints a script for SHELL, which is ${
        alternatives(shellNames)
      }: source it, or put it where the shell ` +
      "looks for completions.",
    ],
    examples: [
      { input: "source <(certswap completion bash)", does: "In this bash" },
      {
        input: "certswap completion bash > /etc/bash_completion.d/certswap",
        does: "In every bash to come",
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
