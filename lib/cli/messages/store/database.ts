/** Texts for the errors of databases. */
import type { DatabaseProblem } from "../../../system/mod.ts";
import type * as errors from "../../../system/database/errors.ts";
import type { ErrorsOf, MessageTable, Text } from "../message.ts";

/** What a database refused, and what to do. */
const problems: Readonly<Record<DatabaseProblem, { readonly is: string; readonly hint: string }>> =
  {
    "full": {
      is: "its disk is full",
      hint: "Free some space and run the command again. Nothing was changed.",
    },
    "damaged": {
      is: "the database is corrupt",
      hint: "Restore the whole data directory from one backup, then run 'certswap ca check'.",
    },
    "not-a-database": {
      is: "it is not a database",
      hint: "Restore the whole data directory from one backup.",
    },
    "read-only": {
      is: "it cannot be written",
      hint: "Mount its file system for writing, or run the command as the owner of the file.",
    },
    "cannot-open": {
      is: "it cannot be opened",
      hint: "Run the command as the owner of the file. SQLite also keeps files beside it " +
        "(-wal, -shm): the directory must not be read-only.",
    },
    "input-output": {
      is: "reading or writing failed",
      hint: "Check the disk, for example with 'dmesg'.",
    },
    "constraint": {
      is: "a row would contradict another one",
      hint: "Run 'certswap ca check'. Nothing was changed.",
    },
    "schema": {
      is: "a table or a column is missing",
      hint:
        "Someone has changed its tables. Restore it from a backup, or for PostgreSQL compare it with " +
        "the output of 'certswap ca schema'. Nothing was changed.",
    },
    "connection": {
      is: "no connection to the server",
      hint: "Check that the server is running and reachable.",
    },
    "access": {
      is: "access was denied",
      hint:
        "Compare the rights of the user with what 'certswap ca schema' grants. Nothing was changed.",
    },
    "time-limit": {
      is: "a statement took too long",
      hint:
        "Raise statement_timeout in [postgres] of ca.toml, or find out what slows the server down. " +
        "Nothing was changed.",
    },
    "other": {
      is: "the database refused a statement",
      hint: "Run 'certswap ca check'.",
    },
  };

/** A text for every error of a database. */
export const databaseMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "database-failed": ({ database, problem, detail }): Text => {
    const { is, hint } = problems[problem];
    return { message: `cannot use ${database}: ${is} (${detail})`, hint };
  },
  "database-busy": ({ database }) => ({
    message: `${database} is locked by another program`,
    hint:
      "Wait until it has finished, or end it. A backup program or the sqlite3 shell may hold the lock.",
  }),
  "database-commit-failed": ({ cause }, describe) => describe(cause),
};
