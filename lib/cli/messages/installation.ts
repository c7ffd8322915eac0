/** Messages for errors of an installation. */
import type * as errors from "../../device/installation/errors.ts";
import type { ErrorsOf, MessageTable } from "./message.ts";

/** Messages for errors of an installation. */
export const installationMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "foreign-file": ({ path }) => ({
    message: `${path} already exists, and certswap did not write it`,
    hint:
      "Nothing was written. Move the file away, or use --print to see what certswap would write.",
  }),
  "no-executable": ({ path }) => ({
    message: `the executable ${path} does not exist`,
    hint: "Nothing was written. Install certswap there first, or give its path with --program.",
  }),
  "unknown-user": ({ user, path }) => ({
    message: `there is no user '${user}' in ${path}`,
    hint: "Nothing was written. Create the user first, or give an existing user with --user.",
  }),
  "unwritable-path": ({ path }) => ({
    message: `${path} contains characters that a unit or a crontab cannot contain`,
    hint: "Rename the file or directory.",
  }),
};
