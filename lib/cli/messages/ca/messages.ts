/** Texts for the errors of the mini CA. */
import type * as errors from "../../../ca/errors.ts";
import type * as keyErrors from "../../../ca/key/errors.ts";
import type {
  BadCaCrlError,
  BadCaFileError,
  BadIndexError,
  ClockBehindError,
  PublishFailedError,
  RequestRefusedError,
} from "../../../ca/mod.ts";
import { formatDuration, formatTime, present } from "../../../system/mod.ts";
import { inventoryMessages } from "../inventory/mod.ts";
import { ruleText } from "../settings/mod.ts";
import { storeMessages } from "../store/mod.ts";
import {
  type DescribeCause,
  type ErrorsOf,
  type Message,
  type MessageTable,
  quotedCommand,
  type Text,
} from "../message.ts";
import { describeEnd, notRunText, outputLines } from "../service/mod.ts";
import { keyKinds, type KeyUse, kindsFor, rsaLimits } from "../../../x509/mod.ts";
import { lengthText } from "../../text.ts";

/** The kinds of keys that the CA supports for a use. It takes RSA keys of any length within the limits. */
function keyNames(use: KeyUse): string {
  const { minimum, maximum } = rsaLimits;
  const names = kindsFor(use).map((kind) => {
    const { name, algorithm } = keyKinds[kind];
    return algorithm.kind === "rsa" ? `RSA ${minimum} to ${maximum}` : name;
  });
  return [...new Set(names)].join(", ");
}

/** How many files a message lists. */
const shownFiles = 5;

/** A text for every error of the CA. Scripts rely on the wording of many of them. */
export const caMessages: MessageTable<ErrorsOf<typeof errors & typeof keyErrors>> = {
  ...inventoryMessages,
  ...storeMessages,
  "ca-not-initialized": ({ dataDirectory, isRecoveryDue }) => ({
    message: "CA not initialized. Run 'ca init' first.",
    hint: isRecoveryDue
      ? recoverHint
      : `There is no CA in ${dataDirectory}. If it is elsewhere, give its directory with --data-dir ` +
        "or $CA_DATA_DIR.",
  }),
  "ca-already-initialized": ({ dataDirectory }) => ({
    message: `CA already initialized at ${dataDirectory}`,
    hint: "To create another CA, give another directory with --data-dir.",
  }),
  "ca-stray-file": ({ path }) => ({
    message: `${path} already exists, but there is no CA here: a new CA could reuse serial numbers`,
    hint: "Choose another --data-dir, or move the files of the old CA away.",
  }),
  "ca-incomplete": ({ dataDirectory, missing, isRecoveryDue }) => ({
    message: `CA incomplete at ${dataDirectory}: ${missing} is missing`,
    hint: isRecoveryDue
      ? recoverHint
      : missing === "serial" || missing === "crlnumber"
      ? counterHint
      : missing === "ca.crt"
      ? "If this CA still needs its certificate, there is a request for it, ca.csr (from 'ca init " +
        "--request'). Have the issuing CA sign it: 'certswap ca sign ca.csr --profile " +
        `intermediate --data-dir ISSUING-CA'. ${activationSteps}. Otherwise restore ca.crt from a backup.`
      : missing === "ca.db"
      ? "store.json says that this CA keeps its records in ca.db. certswap does not create a new one, " +
        "because it would reuse serial numbers. Mount its file system, or restore the whole data " +
        "directory from a backup."
      : "Restore it from a backup of the whole data directory.",
  }),
  "ca-key-not-available": ({ path }) => ({
    message: `CA private key not available at ${path}`,
    hint:
      "Put the key back at this path: from the removable disk of an offline root, or from a backup. " +
      "Without it, 'list', 'verify', 'check' and 'show' work, but nothing can be signed or changed.",
  }),
  "ca-expired": ({ notAfter, place }) => ({
    message: `CA certificate expired on ${formatTime(notAfter)}`,
    hint: caRenewalHints[place],
  }),
  "path-length-exhausted": ({ authority }) => ({
    message:
      `${authority} cannot sign CA certificates: a path length in its chain does not allow another CA`,
    hint:
      "Sign the request with a CA closer to the root, or issue this CA a certificate with a larger path " +
      "length.",
  }),
  "ca-expires": ({ subject, notAfter, left, place }) => ({
    message: left < 0
      ? `the CA certificate ${subject} expired on ${formatTime(notAfter)}`
      : `the CA certificate ${subject} expires on ${formatTime(notAfter)}, in ${lengthText(left)}`,
    hint: caRenewalHints[place],
  }),
  "clock-behind": ({ now, earliest, known }) => ({
    message: `the clock says ${formatTime(now)}, which is before ${
      known === "root-not-before" ? "the CA certificate's Not Before" : "the last CRL's This Update"
    }, ${formatTime(earliest)}`,
    hint: clockHints[known],
  }),
  "clock-before-build": ({ now, built }) => ({
    message: `the clock says ${
      formatTime(now)
    }, which is before this version of certswap was built, ${
      formatTime(built)
    }: the CA certificate would have wrong dates`,
    hint: "Set the clock. If it is correct, run the command again with --force.",
  }),
  "bad-ca-file": ({ path, reason, cause }, describe) => ({
    message: `${path} ${badFiles[reason]}`,
    ...detailsOf(cause, describe),
    ...present({ hint: badFileHints[reason] }),
  }),
  "ca-key-mismatch": ({ certificatePath, keyPath }) => ({
    message: `the CA certificate ${certificatePath} does not match the key ${keyPath}`,
    hint: "Restore both from the same backup.",
  }),
  "no-passphrase": ({ path, use }) => ({
    message: use === "current"
      ? `${path} is encrypted, and no passphrase was given`
      : `no new passphrase was given for ${path}`,
    hint: use === "current" ? currentPassphraseHint : newPassphraseHint,
  }),
  "wrong-passphrase": ({ path }) => ({
    message: `wrong passphrase for ${path}`,
    hint: "Nothing was changed. To test a passphrase: " +
      `openssl pkey -in ${path} -noout -passin file:PASSPHRASE-FILE`,
  }),
  "key-already-encrypted": ({ path }) => ({
    message: `${path} is already encrypted`,
    hint: "To use another passphrase, run 'certswap ca key change'.",
  }),
  "key-not-encrypted": ({ path }) => ({
    message: `${path} is not encrypted`,
    hint: "To encrypt it, run 'certswap ca key encrypt'.",
  }),
  "bad-counter": ({ path, found }) => ({
    message: `${path} must contain one lowercase hexadecimal number with at least two digits, ` +
      `found '${found.trim()}'`,
    hint: counterHint,
  }),
  "counter-behind": ({ path, value, used, usedIn }) => ({
    message: `${path} contains ${value}, but ${usedIn} already uses ${used}`,
    hint:
      "Run 'certswap ca check --repair' to raise the counter. The usual cause is a restored backup.",
  }),
  "counter-exhausted": ({ path, isWanted }) => ({
    message: isWanted
      ? `cannot raise ${path} that far: there would be no numbers left`
      : `${path} has reached the largest possible number`,
    hint:
      "Numbers have at most 20 bytes (RFC 5280 4.1.2.2). Give 'ca serial --raise-to' a lower number. If " +
      "the CA has used them all, create a new one with 'certswap ca init', and give its certificate to " +
      "every client.",
  }),
  "bad-index": describeBadIndex,
  "bad-history": ({ path, line }) => ({
    message: `${path} line ${line} is not a valid history entry`,
    hint:
      "Restore the file from a backup. If there is no backup, move the file away: the next change " +
      "starts a new history.",
  }),
  "bad-shards": ({ path }) => ({
    message: `${path} is not a valid list of CRL shard addresses`,
    hint: "Restore the file from a backup.",
  }),
  "index-full": ({ path, limit }) => ({
    message: `${path} would be larger than ${limit / 1024 / 1024} MiB`,
    hint: path.endsWith("/enrolments.json")
      ? "Revoke unused one-time secrets (certswap ca token revoke ID), or reject waiting requests."
      : "Move the records to a database: certswap ca migrate --to sqlite",
  }),
  "bad-enrolment": ({ path }) => ({
    message: `${path} is corrupt: cannot read the one-time secrets and the requests in it`,
    hint:
      "Restore the file from a backup. If there is no backup, move the file away, and create new " +
      "one-time secrets.",
  }),
  "bad-ca-crl": ({ path, reason, cause }, describe) => ({
    message: `${path} ${badCrls[reason]}`,
    ...detailsOf(cause, describe),
    hint: "Restore the file from a backup, or move it away: CRL numbers continue either way.",
  }),
  "crl-publish-failed": describePublishFailed,
  "request-unreadable": ({ file, cause }, describe) => ({
    message: `failed to parse CSR from ${file}`,
    ...detailsOf(cause, describe),
  }),
  "request-key-unsupported": ({ file, use }) => ({
    message: `unsupported key algorithm in CSR. Supported: ${keyNames(use)}`,
    details: [`CSR: ${file}`],
  }),
  "request-signature": ({ file, reason, algorithm }) => ({
    message: "CSR signature verification failed",
    details: [`CSR: ${file}`],
    hint: reason === "mismatch"
      ? "Create the request again: it was changed after it was signed, or was signed with another key."
      : reason === "broken-hash"
      ? `Create the request again with SHA-256: ${algorithm} is broken.`
      : `Create the request again with SHA-256: ${algorithm} is not supported.`,
  }),
  "names-not-requested": ({ file, names }) => ({
    message: `the request does not ask for ${names.join(", ")}`,
    details: [`CSR: ${file}`],
    hint: "If you are sure that the device has these names, use --allow-names-not-requested.",
  }),
  "certificate-not-delivered": ({ path, issued, cause }, describe) => ({
    message: `the certificate was issued, but could not be written to ${path}`,
    ...detailsOf(cause, describe),
    hint: `Copy it from ${issued}.`,
  }),
  "no-alternative-names": ({ files }) => ({
    message: files.length === 1
      ? "the certificate has no alternative names: TLS clients will reject it as a server certificate"
      : `${files.length} certificates have no alternative names: TLS clients will reject them as ` +
        "server certificates",
    details: [
      ...files.slice(0, shownFiles).map((file) => `CSR: ${file}`),
      ...(files.length > shownFiles ? [`and ${files.length - shownFiles} more`] : []),
    ],
    hint: "Sign again with --san DNS:NAME --allow-names-not-requested, and revoke " +
      `${files.length === 1 ? "this certificate" : "these certificates"}.`,
  }),
  "request-refused": ({ file, reason, detail }) => ({
    message: `CSR refused: ${refusals[reason]}${detail === undefined ? "" : `: ${detail}`}`,
    details: [`CSR: ${file}`],
  }),
  "request-outside-profile": ({ file, rule, refused, allowed, isMalformed }) =>
    isMalformed
      ? {
        message: `CSR refused: ${refused} is malformed, so ${ruleText(rule)} cannot allow it`,
        details: [`CSR: ${file}`],
        hint:
          "Write the name as its type requires: a host name, an email address, or a URI with a valid " +
          "host and without user information.",
      }
      : {
        message: `CSR refused: ${refused} is not allowed by ${ruleText(rule)}`,
        details: [
          `CSR: ${file}`,
          `Allowed: ${allowed.length === 0 ? "none" : allowed.join(", ")}`,
        ],
        hint: "Request other names or another key, or choose another profile with --profile.",
      },
  "requests-refused": ({ total, errors }, describe) => ({
    message: errors.length === total
      ? `none of the ${total} requests can be signed`
      : `${errors.length} of ${total} requests cannot be signed, so none was signed`,
    details: errors.map((error) => describeRequestError(error, describe(error))),
    ...present({
      hint: errors.length === total ? undefined : "Sign the others with --skip-bad.",
    }),
  }),
  "too-many-requests": ({ count, limit }) => ({
    message: `cannot sign ${count} requests in one change`,
    hint: `Sign at most ${limit} requests per command.`,
  }),
  "no-requests": ({ directory }) => `no requests (*.csr) in ${directory}`,
  "serial-not-found": ({ serial, isOwn }) => ({
    message: `certificate with serial ${serial} not found`,
    hint: isOwn
      ? `${serial} is the CA's own certificate. Only the CA that signed it can revoke it. If it is a ` +
        "root, remove it from every device and client that trusts it."
      : (/^[0-9a-f]+$/i.test(serial) ? "" : "A serial number is hexadecimal, such as 02 or 1a9. ") +
        "'certswap ca list' shows all serial numbers.",
  }),
  "certificate-not-kept": ({ serial }) => ({
    message: `the CA was imported without certificate ${serial} and has only its record`,
    hint: `If you find the certificate, put it into certs/ as ${serial}.pem, then run ` +
      "'certswap ca check --repair'.",
  }),
  "already-revoked": ({ serial }) => `certificate with serial ${serial} is already revoked`,
  "validity-cut": ({ notAfter, end }) =>
    end === "two-roots"
      ? {
        message: `the cross-certificate is valid only until ${
          formatTime(notAfter)
        }, when the first of the two roots expires`,
        hint:
          "Renew that root with 'certswap ca root renew --data-dir DIR', then cross-certify it again.",
      }
      : {
        message: `the certificate is valid only until ${
          formatTime(notAfter)
        }, when the CA certificate expires`,
        hint: caRenewalHints[end],
      },
  "crl-expired": ({ nextUpdate }) => ({
    message: `the CA's CRL expired on ${formatTime(nextUpdate)}: clients that check CRLs refuse ` +
      "every certificate of this CA",
    hint: "Run 'certswap ca crl' to create a new one. To have this done automatically, run " +
      "'certswap install systemd --ca DIR', or 'certswap install cron --ca DIR'.",
  }),
  "revocation-time": ({ now, revokedAt }) => ({
    message: `the clock says ${
      formatTime(now)
    }, which is before the last CRL's This Update, so the revocation is dated ${
      formatTime(revokedAt)
    }, like that CRL`,
    hint: "Set the clock: until the clock is right, no CRL can be created.",
  }),
  "certificate-unreadable": ({ file, cause }, describe) => ({
    message: `failed to parse certificate from ${file}`,
    details: [describe(cause).message],
  }),
  "file-exists": ({ path }) => ({
    message: `${path} already exists`,
    hint: "Choose another name, or remove the file: keys and requests are never overwritten.",
  }),
};

/** How an intermediate gets a certificate that the issuing CA has signed. */
const activationSteps =
  "Then run 'certswap ca activate CERT-FILE --chain CHAIN-FILE'. CERT-FILE is the new certificate; " +
  "CHAIN-FILE is the output of 'certswap ca certificates --data-dir ISSUING-CA'";

/** What to do about a CA certificate that has expired, or will expire soon. */
export const caRenewalHints: Readonly<Record<errors.CaExpiresWarning["place"], string>> = {
  root:
    "Renew the CA certificate with the same key: run 'certswap ca root renew'. Then install the output " +
    "of 'certswap ca certificates' on every client.",
  intermediate:
    "Renew the CA certificate with the same key: run 'certswap ca intermediate request --out " +
    "inter.csr'. Have the issuing CA sign it: 'certswap ca sign inter.csr --profile intermediate --renew " +
    "SERIAL --data-dir ISSUING-CA'. SERIAL is the serial number of the old CA certificate: 'certswap ca " +
    `list --data-dir ISSUING-CA' shows it. ${activationSteps}. ` +
    "Do not revoke the old one: devices send it until their next renewal.",
  above:
    "Renew the certificate of that CA first. Then run 'certswap ca activate ca.crt --chain CHAIN-FILE' " +
    "here. CHAIN-FILE is the output of 'certswap ca certificates --data-dir ISSUING-CA'.",
};

const currentPassphraseHint =
  "Give --passphrase-file FILE or --passphrase-fd N, or run the command on a terminal. In a systemd unit, " +
  "use LoadCredential=ca-passphrase:FILE; for an issuer in the configuration, set passphrase_file.";

const newPassphraseHint =
  "Give it with --passphrase-file FILE or --passphrase-fd N (for 'ca key change', --new-passphrase-file " +
  "or --new-passphrase-fd), or run the command on a terminal.";

const convertKeyHint =
  "Convert it: (umask 077; openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000 " +
  "-in ca.key -out NEW), then replace ca.key with it.";

const counterHint =
  "Run 'certswap ca check --repair'. If that cannot repair it, restore the file from a backup.";

const recoverHint = "Run 'certswap ca recover' to finish or undo an interrupted change.";

const clockHints: Readonly<Record<ClockBehindError["known"], string>> = {
  "root-not-before": "Set the clock, then run the command again.",
  "crl-this-update":
    "Set the clock, then run the command again. If it was wrong when that CRL was created, " +
    "move ca.crl away: CRL numbers continue either way.",
};

const badFileHints: { readonly [Reason in BadCaFileError["reason"]]?: string } = {
  "encrypted-key": convertKeyHint,
  "no-subject-key-identifier":
    "certswap identifies a CA by this extension (RFC 5280 4.2.1.2). Create a new CA certificate with the " +
    "same key, the same name and this extension. For a root: openssl req -x509 -key ca.key -subj SUBJECT " +
    "-days 3650 -out NEW. Certificates that the CA has issued stay valid.",
};

const badFiles: Readonly<Record<BadCaFileError["reason"], string>> = {
  "not-a-certificate": "is not a certificate",
  "not-a-ca-certificate": "is not a CA certificate",
  "no-subject-key-identifier": "has no subjectKeyIdentifier",
  "unsupported-key": `has an unsupported key algorithm (supported: ${keyNames("ca")})`,
  "not-a-pkcs8-key": "does not contain a usable private key",
  "encrypted-key": "is encrypted with an algorithm that certswap does not support",
};

const badCrls: Readonly<Record<BadCaCrlError["reason"], string>> = {
  "not-a-crl": "is not a CRL",
  "no-number": "is a CRL without a number",
  "foreign": "is not signed by this CA",
  "critical-extension": "has an unknown critical extension",
};

const refusals: Readonly<Record<RequestRefusedError["reason"], string>> = {
  "no-name": "it has neither a subject nor alternative names",
  "name-type": "its subject has a value of an invalid type",
  "name-value-empty": "its subject has an empty value",
  "name-attribute-type": "its subject has an attribute type whose number is too large",
  "own-name": "its subject is the CA's own name",
  "own-key": "its key is the CA's own key",
  "name-kind": "it has an unsupported kind of alternative name (supported: DNS, IP, URI, email)",
  "name-empty": "an alternative name is empty",
  "name-constraint": "the name constraints of a CA in the chain do not permit this name",
  "no-subject": "a CA certificate needs a subject",
  "name-control-character": "an alternative name contains a control character",
  "name-too-long": "an alternative name is longer than 2000 bytes",
  "subject-too-long": "its subject is longer than 2000 bytes",
  "critical-extension": "it has an unknown critical extension",
};

/** Prefixes the file, unless the message already contains it. */
/** The detail that names the file is left out: the line begins with it. */
function describeRequestError(error: object, { code, message, details = [] }: Message): string {
  const file = "file" in error ? String(error.file) : undefined;
  if (file === undefined) return message;
  const reason = details.filter((detail) => detail !== `CSR: ${file}`).join("; ");
  const text = reason === ""
    ? message
    : `${message}${code === "request-unreadable" ? ": " : ". "}${reason}`;
  return message.includes(file) ? text : `${file}: ${text}`;
}

const publishAgain = "The CRL was created. 'certswap ca crl --if-due' runs the hook again.";

function describePublishFailed(
  { command, timeLimit, number, failure, cause }: PublishFailedError,
  describe: DescribeCause,
): Text {
  const hook = `the publish hook ${quotedCommand(command)}`;
  if (failure === undefined) {
    return {
      message: notRunText(`${hook} for CRL ${number}`, cause, describe),
      hint: publishAgain,
    };
  }
  const isLate = failure.end.kind === "time-limit";
  const end = isLate
    ? `did not finish within its time limit of ${formatDuration(timeLimit)} and was killed`
    : describeEnd(failure);
  return {
    message: `cannot publish CRL ${number}: ${hook} ${end}`,
    details: outputLines(failure),
    hint: isLate
      ? `If it needs longer, increase its 'time_limit' in ca.toml. ${publishAgain}`
      : publishAgain,
  };
}

function describeBadIndex(
  { path, line, problem, field }: BadIndexError,
): { message: string; hint: string } {
  return {
    message: `${path} line ${line}: ${indexProblems[problem]}${
      field === undefined ? "" : ` '${field}'`
    }`,
    hint:
      (problem === "unknown-field"
        ? "If a newer version of certswap wrote it, update certswap. Otherwise remove the field"
        : "Correct this line") + ", or restore the file from a backup. Nothing was changed.",
  };
}

const indexProblems: Readonly<Record<BadIndexError["problem"], string>> = {
  "not-utf8": "not UTF-8",
  "not-json": "not JSON",
  "not-an-array": "not a JSON array",
  "not-an-object": "entry is not an object",
  "unknown-field": "unknown field",
  "missing-field": "missing field",
  "double-field": "duplicate field",
  "bad-value": "invalid value in field",
  "double-serial": "duplicate serial number in field",
};

/** The message of an error's cause as its only detail. */
function detailsOf(
  cause: unknown,
  describe: DescribeCause,
): Pick<Exclude<Text, string>, "details"> {
  return present({ details: cause === undefined ? undefined : [describe(cause).message] });
}
