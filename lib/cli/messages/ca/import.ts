/** Texts for the errors of `ca import`. */
import type * as errors from "../../../ca/import/errors.ts";
import type { ErrorsOf, MessageTable } from "../message.ts";

/** A text for every error of `ca import`. */
export const importMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "bad-database": ({ path, line, problem }) => ({
    message: `${path} line ${line}: ${databaseProblems[problem]}`,
    hint: "Correct this line in a copy of the CA, and import the copy. Nothing was changed.",
  }),
  "no-import-source": ({ directory, kind, missing, tried }) => ({
    message: missing === "database"
      ? `${directory} has no database of issued certificates`
      : `${directory} has no CA ${missing}`,
    details: [`Looked for: ${tried.join(", ")}`],
    hint: missing === "database"
      ? "Without it, certswap cannot know what the CA has issued. If it is lost, give the " +
        "remaining files with --key, --cert, --certs and --crl."
      : kind === "easy-rsa"
      ? "Give the directory that easy-rsa calls pki. If the key is kept elsewhere, name the files with " +
        "--key, --cert, --certs and --crl."
      : "Give the directory that openssl.cnf calls dir. If its files have other names, name them with " +
        "--key, --cert, --certs and --crl.",
  }),
  "imported-key-mismatch": ({ certificatePath, keyPath }) => ({
    message: `${keyPath} is not the key of ${certificatePath}`,
    hint: "Name the key and the certificate of the same CA.",
  }),
  "double-serial": ({ serial, paths }) => ({
    message: `two different certificates have the serial number ${serial}: ${paths.join(" and ")}`,
    hint:
      "Serial numbers must be unique: otherwise one revocation would apply to both certificates. " +
      "Revoke one of them in the old CA, replace it on its device, and move its file away before importing.",
  }),
  "unusable-serial": ({ serial, path }) => ({
    message: `the certificate ${path} has an invalid serial number: ${serial}`,
    hint:
      "A serial number must be positive and at most 20 bytes long (RFC 5280). Replace the certificate, " +
      "and move its file away before importing.",
  }),
  "serials-exhausted": ({ highest }) => ({
    message: `this CA has used ${highest}, the largest possible number`,
    hint: "Serial numbers and CRL numbers have at most 20 bytes (RFC 5280). Create a new CA with " +
      "'certswap ca init', and let all clients trust both until the old certificates have expired.",
  }),
  "import-place": ({ dataDirectory, source }) => ({
    message: `cannot import ${source} into ${dataDirectory}: one is inside the other`,
    hint: "Give a data directory outside the old CA with --data-dir. The old CA is never changed.",
  }),
  "bad-imported-crl": ({ path, reason }) => ({
    message: reason === "foreign"
      ? `${path} is not signed by the imported CA`
      : `${path} is not a CRL`,
    hint: "Name the last CRL of this CA with --crl, or move the file away if the CA never had one.",
  }),
  "too-many-certificates": ({ count, limit }) => ({
    message: `cannot import ${count} certificates: a data directory holds at most ${limit}`,
    hint:
      "In a copy of the old CA, remove expired certificates and their lines in the database first.",
  }),
};

const databaseProblems: Readonly<Record<errors.DatabaseProblem, string>> = {
  "not-six-fields": "not six fields, separated by tabs",
  "unknown-status": "the status is not V, R or E",
  "bad-serial": "the serial number is not a positive hexadecimal number of at most 20 bytes",
  "bad-expiry": "the expiry is not a time such as 290301033037Z",
  "bad-revocation": "the time of the revocation is missing or malformed",
};
