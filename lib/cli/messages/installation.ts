/** Texts for the errors of an installation. */
import type * as errors from "../../device/installation/errors.ts";
import type { ErrorsOf, MessageTable } from "./message.ts";

/** Texts for what stops an installation. */
export const installationMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "foreign-file": ({ path }) => ({
    message: `${path} is there already, and certswap has not written it`,
    hint: "Nothing was written. Move it away, or see with --print what would be in its place.",
  }),
  "no-executable": ({ path }) => ({
    message: `there is no executable ${path} that could be run`,
    hint: "Nothing was written. Install certswap there first, or say with --program where it is.",
  }),
  "unknown-user": ({ user, path }) => ({
    message: `there is no user '${user}' in ${path}`,
    hint: "Nothing was written. Create the user first, or give the name that its service runs as.",
  }),
  "unwritable-path": ({ path }) => ({
    message: `${path} cannot stand in a unit or a cron table, for the characters in it`,
    hint: "Give the file or directory another name.",
  }),
};
