/** Texts for the errors of the mini CA. */
import type * as errors from "../../ca/errors.ts";
import type {
  BadCaCrlError,
  BadCaFileError,
  BadIndexError,
  ClockBehindError,
  RequestRefusedError,
} from "../../ca/mod.ts";
import { formatTime, present } from "../../system/mod.ts";
import type { DescribeCause, ErrorsOf, MessageTable, Text } from "./message.ts";
import { keyKinds, kindsFor } from "../../x509/mod.ts";

/** The kinds of keys that a CA has to do with. */
const caKeyNames = kindsFor("ca").map((kind) => keyKinds[kind].name);

/** Texts for what stops a command of the mini CA. Scripts rely on the words of many of them. */
export const caMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "ca-not-initialized": ({ isRecoveryDue }) => ({
    message: "CA not initialized. Run 'ca init' first.",
    ...(isRecoveryDue ? { hint: recoverHint } : {}),
  }),
  "ca-already-initialized": ({ dataDirectory }) => `CA already initialized at ${dataDirectory}`,
  "ca-stray-file": ({ path }) => ({
    message: `${path} is there already, but no CA: a new one would use its numbers again`,
    hint: "Choose another --data-dir, or move away what is left of the old CA.",
  }),
  "ca-incomplete": ({ dataDirectory, missing, isRecoveryDue }) => ({
    message: `CA incomplete at ${dataDirectory}: ${missing} is missing`,
    hint: isRecoveryDue ? recoverHint : "Restore it from a backup of the whole data directory.",
  }),
  "ca-expired": ({ notAfter }) => ({
    message: `CA certificate expired on ${formatTime(notAfter)}`,
    hint: newRootHint,
  }),
  "clock-behind": ({ now, earliest, known }) => ({
    message: `the clock says ${formatTime(now)}, which is before ${
      known === "root-not-before" ? "the CA certificate's Not Before" : "the last CRL's This Update"
    }, ${formatTime(earliest)}`,
    hint: clockHints[known],
  }),
  "clock-before-build": ({ now, built }) => ({
    message: `the clock says ${formatTime(now)}, which is before this certswap was built, ${
      formatTime(built)
    }: the CA certificate would have wrong dates`,
    hint: "Set the clock right. If it is right, run the command again with --force.",
  }),
  "bad-ca-file": ({ path, reason, cause }, describe) => ({
    message: `${path} ${badFiles[reason]}`,
    ...detailsOf(cause, describe),
  }),
  "ca-key-mismatch": ({ certificatePath, keyPath }) => ({
    message: `the CA certificate ${certificatePath} does not match the key ${keyPath}`,
    hint: "Restore both from one backup.",
  }),
  "bad-counter": ({ path, found }) => ({
    message: `${path} does not hold one number in lowercase hexadecimal, but '${found.trim()}'`,
    hint: "See 'certswap ca check'.",
  }),
  "counter-behind": ({ path, value, used, usedIn }) => ({
    message: `${path} holds ${value}, but ${usedIn} has ${used} already`,
    hint: "Was an old backup restored? 'certswap ca check --repair' raises the counter.",
  }),
  "counter-exhausted": ({ path }) => `${path} has reached the largest number there is`,
  "bad-index": describeBadIndex,
  "index-full": ({ path, limit }) => ({
    message: `${path} would have more than ${limit / 1024 / 1024} MiB`,
    hint: "This CA has issued as much as it can keep track of: make another one beside it.",
  }),
  "bad-ca-crl": ({ path, reason, cause }, describe) => ({
    message: `${path} ${badCrls[reason]}`,
    ...detailsOf(cause, describe),
    hint: "Restore it from a backup, or move it away: the numbers of CRLs go on all the same.",
  }),
  "request-unreadable": ({ file, cause }, describe) => ({
    message: `failed to parse CSR from ${file}`,
    ...detailsOf(cause, describe),
  }),
  "request-key-unsupported": ({ file }) => ({
    message: `unsupported key algorithm in CSR. Supported: ${caKeyNames.join(", ")}`,
    details: [`CSR: ${file}`],
  }),
  "request-signature": ({ file, reason, algorithm }) => ({
    message: "CSR signature verification failed",
    details: [`CSR: ${file}`],
    hint: reason === "mismatch"
      ? "The request was changed after it was signed, or is for a key that its maker does not have."
      : reason === "broken-hash"
      ? `It is signed with ${algorithm}, which is broken: make it again with SHA-256.`
      : `It is signed with ${algorithm}, which is not known here: make it again with SHA-256.`,
  }),
  "request-refused": ({ file, reason, detail }) => ({
    message: `CSR refused: ${refusals[reason]}${detail === undefined ? "" : `: ${detail}`}`,
    details: [`CSR: ${file}`],
  }),
  "requests-refused": ({ total, errors }, describe) => ({
    message: errors.length === total
      ? `none of the ${total} requests can be signed`
      : `${errors.length} of ${total} requests cannot be signed, so none was`,
    details: errors.map((error) => describeRequestError(error, describe(error).message)),
    ...present({
      hint: errors.length === total ? undefined : "Sign the others with --skip-bad.",
    }),
  }),
  "too-many-requests": ({ count, limit }) => ({
    message: `${count} requests are too many for one change`,
    hint: `Sign at most ${limit} at once.`,
  }),
  "no-requests": ({ directory }) => `no request (*.csr) in ${directory}`,
  "serial-not-found": ({ serial }) => `certificate with serial ${serial} not found`,
  "already-revoked": ({ serial }) => `certificate with serial ${serial} is already revoked`,
  "validity-cut": ({ notAfter }) => ({
    message: `the certificate is valid only until ${
      formatTime(notAfter)
    }, when the CA's own expires`,
    hint: newRootHint,
  }),
  "crl-expired": ({ nextUpdate }) => ({
    message: `the CA's CRL expired on ${formatTime(nextUpdate)}: clients that check CRLs refuse ` +
      "every certificate of this CA",
    hint: "Make a new one with 'certswap ca crl', and run that from cron.",
  }),
  "revocation-time": ({ now, revokedAt }) => ({
    message: `the clock says ${
      formatTime(now)
    }, which is before the last CRL's This Update: the revocation is dated ${
      formatTime(revokedAt)
    }, as that is`,
    hint: "Set the clock right: until then no CRL can be made.",
  }),
  "certificate-unreadable": ({ file, cause }, describe) => ({
    message: `failed to parse certificate from ${file}`,
    details: [describe(cause).message],
  }),
  "file-exists": ({ path }) => ({
    message: `${path} exists already`,
    hint: "Keys and requests are never overwritten: choose another name, or remove it.",
  }),
};

/** What to do about a root that has ended, or soon will. */
export const newRootHint =
  "Renew the CA certificate with the same key ('openssl x509 -in ca.crt -signkey ca.key -set_serial 1 " +
  "-days 3650 -out new.crt'), let all devices trust it, then put it in the place of ca.crt; or make a " +
  "new CA in another directory.";

const recoverHint = "A change was cut short: 'certswap ca recover' finishes or undoes it.";

const clockHints: Readonly<Record<ClockBehindError["known"], string>> = {
  "root-not-before": "Set the clock right, then run the command again.",
  "crl-this-update":
    "Set the clock right, then run the command again. Where it was wrong when that CRL was made, " +
    "move ca.crl away: " +
    "the numbers of CRLs go on all the same.",
};

const badFiles: Readonly<Record<BadCaFileError["reason"], string>> = {
  "not-a-certificate": "is not a certificate",
  "not-a-ca-certificate": "is not the certificate of a CA",
  "no-subject-key-identifier": "has no subjectKeyIdentifier",
  "unsupported-key": `is for a key that is neither ${caKeyNames.join(" nor ")}`,
  "not-a-pkcs8-key": "does not hold a private key that can be used",
  "encrypted-key": "is encrypted, which certswap does not read",
};

const badCrls: Readonly<Record<BadCaCrlError["reason"], string>> = {
  "not-a-crl": "is not a CRL",
  "no-number": "is a CRL without number",
  "foreign": "is not signed by this CA",
  "critical-extension": "has a critical extension that is not known here",
};

const refusals: Readonly<Record<RequestRefusedError["reason"], string>> = {
  "no-name": "it has neither a subject nor alternative names",
  "name-type": "its subject has a value of a type that names are not made of",
  "name-value-empty": "its subject has an empty value",
  "name-attribute-type": "its subject has a type with too large a number",
  "own-name": "its subject is the CA's own name",
  "own-key": "its key is the CA's own",
  "name-kind": "an alternative name is neither DNS, IP, URI nor email, but",
  "name-empty": "an alternative name is empty",
  "name-control-character": "an alternative name holds a control character",
  "critical-extension": "it has a critical extension that is not known here",
};

/** Some name the file themselves. */
function describeRequestError(error: object, message: string): string {
  const file = "file" in error ? String(error.file) : undefined;
  return file === undefined || message.includes(file) ? message : `${file}: ${message}`;
}

function describeBadIndex(
  { path, line, problem, field }: BadIndexError,
): { message: string; hint: string } {
  return {
    message: `${path} line ${line}: ${indexProblems[problem]}${
      field === undefined ? "" : ` '${field}'`
    }`,
    hint: "Nothing was changed. Put this line right, or restore the file from a backup.",
  };
}

const indexProblems: Readonly<Record<BadIndexError["problem"], string>> = {
  "not-utf8": "not UTF-8",
  "not-json": "not JSON",
  "not-an-array": "not a JSON array",
  "not-an-object": "an entry that is not an object",
  "unknown-field": "unknown field",
  "missing-field": "missing field",
  "double-field": "a field twice:",
  "bad-value": "a value that cannot be in field",
  "double-serial": "a serial number for the second time, in field",
};

/** What lies under an error, as its one detail. */
function detailsOf(
  cause: unknown,
  describe: DescribeCause,
): Pick<Exclude<Text, string>, "details"> {
  return present({ details: cause === undefined ? undefined : [describe(cause).message] });
}
