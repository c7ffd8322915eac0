/** The commands about certswap itself. */
import { shellNames, topicNames } from "../choices.ts";
import { command, jsonFlag, wordArgument } from "../declaration/mod.ts";
import { alternatives } from "../text.ts";
import { saysOnly } from "./needs.ts";

/** `certswap help`. */
export const help = /* @__PURE__ */ command({
  documentation: {
    usage: "[TOPIC]",
    brief: "Tell about durability, exit codes or files",
    description: [
      `Tells what concerns every command: TOPIC is ${
        alternatives(topicNames)
      }. Without one, lists ` +
      "them. 'certswap COMMAND --help' tells about a command.",
    ],
    examples: [{ input: "certswap help exit-codes", does: "What does exit code 4 mean?" }],
  },
  needs: saysOnly,
  parameters: {
    flags: { ...jsonFlag },
    positional: {
      kind: "tuple",
      parameters: [{ ...wordArgument("TOPIC", topicNames), optional: true }],
    },
  },
  load: () => import("../commands/help.ts"),
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
  load: () => import("../commands/completion.ts"),
});
