/** Texts for the errors about the store of a CA. */
import type * as errors from "../../../ca/store_errors.ts";
import type { ErrorsOf, MessageTable } from "../message.ts";

const restore = "Restore the whole data directory from one backup.";

/** A text for every error about a store. */
export const storeMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "bad-store-file": ({ path, problem }) => ({
    message: `${path} ${
      {
        "not-json": "is not a JSON object: it must say which kind of store this CA has",
        "other-version": "has a format that this version of certswap does not support",
        "unknown-store": "names a kind of store that this version of certswap does not support",
      }[problem]
    }`,
    hint: problem === "not-json"
      ? restore
      : "Use the version of certswap that wrote it, or a newer one.",
  }),
  "wrong-database": ({ database, problem }) => ({
    message: `${database} ${
      {
        "not-a-ca": "is not the database of a CA",
        "older-schema": "was created by an older version of certswap with a different schema",
        "newer-schema": "was created by a newer version of certswap",
        "other-ca": "belongs to another CA: its key identifier is not that of ca.crt",
        "no-ca": "contains no CA",
        "no-schema": "has no certswap tables in its schema",
        "in-use": "already contains a CA",
        "unfinished": "contains rows from an interrupted move",
        "replica": "is a read-only replica",
      }[problem]
    }`,
    hint: problem === "newer-schema"
      ? "Use that version of certswap."
      : problem === "older-schema"
      ? "Use that version of certswap to move the CA to a directory: certswap ca migrate --to directory"
      : problem === "no-schema"
      ? "Apply the output of 'certswap ca schema' to it, as its owner. Check database and schema in " +
        "[postgres] of ca.toml. Nothing was changed."
      : problem === "unfinished"
      ? "As its owner, drop the schema in it and apply the output of 'certswap ca schema' again. The CA " +
        "itself is unchanged."
      : problem === "in-use"
      ? "Each CA needs a database, or a schema, of its own. For a second front end of the same CA, copy " +
        "its data directory instead. Nothing was changed."
      : problem === "replica"
      ? "Set host in [postgres] of ca.toml to the primary server. Nothing was changed."
      : problem === "other-ca"
      ? "Put the database of this CA back, or ca.crt and ca.key of the other one. " + restore
      : restore,
  }),
  "no-postgres-settings": ({ path }) => ({
    message: `${path} has no table [postgres], and this CA is in PostgreSQL`,
    hint: "Add it: host, database, user, and tls or password_file. Nothing was changed.",
  }),
  "bad-login-file": ({ path, use, cause }, describe) => ({
    message: `cannot use ${path} to ${
      use === "anchors" ? "check the server of the database" : "log in to the database"
    }: ${describe(cause).message}`,
    hint: "Correct [postgres.tls] of ca.toml. Nothing was changed.",
  }),
  "store-moved": ({ store, to }) => ({
    message: `${store} is no longer in use: this CA has moved to ${to}`,
    hint:
      "Restart 'certswap ca serve' if it runs, and do not use older copies of the data directory. If the " +
      "move was interrupted, run " +
      `'certswap ca migrate --to ${to}' again.`,
  }),
  "old-store-kept": ({ path, kind }) => ({
    message: `cannot move the CA: ${path} is still there from an earlier move`,
    hint: `If you no longer need the old ${
      kind === "directory" ? "files" : "database"
    }, run 'certswap ca migrate --remove-old'.`,
  }),
  "move-refused": ({ serial }) => ({
    message:
      `cannot move the CA: certificate ${serial} has no entry in the index, and would be lost`,
    hint: "Run 'certswap ca check --repair' first.",
  }),
  "move-differs": ({ part }) => ({
    message: `${part} differs between the two stores of the CA`,
    hint: "The store in use is unchanged, and the other one is kept. Run 'certswap ca check'.",
  }),
  "move-unsound": ({ problems }) => ({
    message: `cannot move the CA: ca check finds ${problems} problem${
      problems === 1 ? "" : "s"
    } in it`,
    hint: "The CA is unchanged. See 'certswap ca check', and 'certswap ca check --repair'.",
  }),
  "random-serials-unsaid": ({ path }) => ({
    message: `cannot move the CA: its serial numbers are random, and ${path} does not say so`,
    hint: 'Add the line serial = "random" at the start of that file.',
  }),
  "bad-row": ({ database, row, column }) => ({
    message: `${database}: ${row} has a value in column ${column} that certswap did not write`,
    hint: `Someone has changed the database. ${restore}`,
  }),
};
