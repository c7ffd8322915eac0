/** Texts for the errors of the servers of a CA. */
import type * as errors from "../../../server/errors.ts";
import type * as ocspErrors from "../../../protocol/ocsp/errors.ts";
import type { ErrorsOf, MessageTable } from "../message.ts";

/** Texts for the errors of the servers of a CA. */
export const serverMessages: MessageTable<ErrorsOf<typeof errors & typeof ocspErrors>> = {
  "bad-ocsp-request": ({ problem }) => ({
    message: `not an OCSP request that can be answered (${problem})`,
    hint: "Update the client, or ask about fewer certificates.",
  }),
  "nothing-served": ({ file }) => ({
    message: `${file} names no address to listen on`,
    hint: 'Add a table [serve] to it, for example with http = "0.0.0.0:8080".',
  }),
};
