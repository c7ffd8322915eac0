/** Texts for the errors of the servers of a CA. */
import type * as errors from "../../../server/errors.ts";
import type { ErrorsOf, MessageTable } from "../message.ts";

/** Texts for the errors of the servers of a CA. */
export const serverMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "nothing-served": ({ file }) => ({
    message: `${file} names no address to listen on`,
    hint: 'Add a table [serve] to it, for example with http = "0.0.0.0:8080".',
  }),
};
