/** The commands of the device: a pair and its swap. */
import { command } from "../command.ts";
import { dryRunFlag, jsonFlag, lockTimeoutFlag, pairFlags } from "../flags.ts";

/** `certswap recover`. */
export const recover = command({
  documentation: {
    usage: "(--dir DIR | --cert FILE --key FILE) [FLAGS]",
    brief: "Finish or undo what a crash left (for boot)",
    description: [
      "Does what every changing command does first: if a crash left a change half-way, it is " +
      "finished or undone, so that the active pair is the old one or the new one.",
      "Give the same paths as the command that was interrupted. Exits 4, touching nothing, where " +
      "files were changed by something else and a person has to choose with --keep.",
    ],
    examples: [
      {
        input: "certswap recover --dir /etc/myservice/tls",
        does: "At boot, before the service starts",
      },
    ],
  },
  parameters: {
    flags: {
      ...pairFlags,
      keep: {
        kind: "enum",
        values: ["old", "new"],
        optional: true,
        brief: "Settle what recovery cannot decide",
      },
      ...lockTimeoutFlag,
      ...dryRunFlag,
      ...jsonFlag,
    },
  },
  load: () => import("../commands/recover.ts"),
});
