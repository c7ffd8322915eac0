import type * as errors from "../errors.ts";
import type { ErrorsOf, MessageTable } from "./message.ts";

/** Texts for what is wrong with the command line. */
export const cliMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "usage": ({ problems, hint }) => ({
    message: problems.join("; "),
    ...(hint === undefined ? {} : { hint }),
  }),
};
