/** Texts for the errors and warnings about a pair. */
import type * as errors from "../../device/errors.ts";
import type {
  BrokenActivePairError,
  FileRole,
  RenewalBlockedError,
  UnrelatedKind,
} from "../../device/mod.ts";
import { directoryOf, formatTime } from "../../system/mod.ts";
import { lengthText } from "../text.ts";
import type { ErrorsOf, MessageTable } from "./message.ts";
import { formatExtensions, formatPurposes } from "./x509/mod.ts";

/** Texts for what stops a change of a pair, and for what is only worth a warning. */
export const deviceMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "dangling-link": ({ path }) => ({
    message: `${path} is a symbolic link to nothing`,
    hint: "Make the link lead to a file, or remove it: certswap follows links, and keeps them.",
  }),
  "link-loop": ({ path }) => ({
    message: `${path} is a symbolic link that leads round in a circle`,
    hint: "Make the link lead to a file, or remove it.",
  }),
  "missing-directory": ({ path, directory }) => ({
    message: `${path} does not exist: there is no directory ${directory}`,
    hint: "Check the path. If the pair was there before, mount its file system, or restore the " +
      `directory from a backup. For a first pair, create it: mkdir -p ${directory}`,
  }),
  "same-path": ({ path, roles: [first, second] }) => ({
    message: `${path} is given twice: as the ${roleNames[first]} and as the ${roleNames[second]}`,
    hint: "Give each its own file. For one file with both, use --combined beside --cert and --key.",
  }),
  "reserved-path": ({ path }) => ({
    message: `${path} is a name that certswap keeps for its own files`,
    hint: "Name the file that the service reads.",
  }),
  "unrelated-file": ({ path, role, found }) => ({
    message:
      `cannot replace ${path}: it holds neither a certificate nor a private key, and looks ` +
      `like ${unrelatedText(found)}`,
    hint: `Give another path for the ${
      roleNames[role]
    }. If the file is not needed, remove it first.`,
  }),
  "unusable-file": ({ path, cause }, describe) => {
    const reason = describe(cause);
    return { ...reason, message: `${path}: ${reason.message}` };
  },
  "key-mismatch": ({ certificate, key }) => ({
    message: `the key ${key} does not belong to the certificate ${certificate}`,
    hint: "Give the key that the certificate was requested with.",
  }),
  "key-not-own": ({ path, reason }) =>
    reason === "hard-links"
      ? {
        message: `the key ${path} has more than one name (hard links)`,
        hint:
          `Find the others with 'find / -xdev -samefile ${path}'. Make the key a file of its own: ` +
          `cp -p ${path} ${path}.new && mv ${path}.new ${path}`,
      }
      : {
        message: `cannot keep the key: ${path} is a symbolic link`,
        hint: "Set 'key' to the file itself, or let each renewal make a new key: " +
          "remove 'keep_key'.",
      },
  "certificate-expired": ({ path, notAfter, now }) => ({
    message: `the certificate ${path} expired at ${formatTime(notAfter)}`,
    hint: `It is ${formatTime(now)} by this device's clock. Get a new certificate.`,
  }),
  "certificate-expires-soon": ({ path, notAfter, now, least }) => ({
    message: `the certificate ${path} expires in less than ${lengthText(least)}, at ${
      formatTime(notAfter)
    }`,
    hint:
      `It is ${formatTime(now)} by this device's clock. Get a new certificate: an hour must be ` +
      "left, or a tenth of its whole life if that is less.",
  }),
  "certificate-not-yet-valid": ({ path, notBefore, now }) => ({
    message: `the certificate ${path} is valid only from ${formatTime(notBefore)}`,
    hint: `It is ${formatTime(now)} by this device's clock. Set the clock right, or wait.`,
  }),
  "authority-as-leaf": ({ path, isSelfSigned }) =>
    isSelfSigned
      ? {
        message: `${path} is a self-signed certificate that is marked as a CA (CA:TRUE)`,
        details: [
          "'openssl req -x509' marks every certificate so, unless it is told otherwise.",
          "Whoever trusts it also trusts everything that its key signs.",
        ],
        hint: "Make it again with -addext basicConstraints=critical,CA:FALSE, " +
          "or accept it with --allow-ca.",
      }
      : {
        message: `${path} starts with a CA certificate; expected the service's own (leaf) ` +
          "certificate first",
        hint: "Put the service's certificate first in the file, then those of its CAs. " +
          "If the service is to use a CA certificate, accept it with --allow-ca.",
      },
  "chain-order": ({ path, order, leaf }) => ({
    message: `${path}: the certificates are in the wrong order`,
    details: [`the service's own certificate: '${leaf}', number ${order[0]} in the file`],
    hint: "Put the service's certificate first, then the issuer of each. " +
      `In this file: ${order.join(", ")}.`,
  }),
  "unreadable-anchor": ({ path, position, cause }, describe) => ({
    message: `${path}: certificate ${position} is left out: ${describe(cause).message}`,
    hint: "The other certificates of the file are trusted. Remove this one to end the warning.",
  }),
  "unrelated-certificate": ({ path, position, subject, expected }) => ({
    message: `${path}: certificate ${position}, '${subject}', is not the issuer of the one before`,
    details: [`expected there: '${expected}'`],
    hint: "A certificate file holds one service's certificate, then its issuer's, and so on.",
  }),
  "critical-extension": ({ path, extensions }) =>
    `the certificate ${path} has an unsupported critical extension: ${
      formatExtensions(extensions)
    }`,
  "identity-changed": ({ path, subject, missingNames }) => ({
    message: `the certificate ${path} is for another identity than the active one`,
    details: [
      ...(subject === undefined ? [] : [
        `active subject: ${subject.active}`,
        `new subject:    ${subject.given}`,
      ]),
      ...missingNames.map((name) => `missing name:   ${name}`),
    ],
    hint: "If this is meant, say so with --allow-identity-change.",
  }),
  "purpose-lost": ({ path, purposes }) => ({
    message: `the certificate ${path} does not allow ${
      formatPurposes(purposes)
    }, and the active one does`,
    hint: "If this is meant, name the purposes that are needed: --purpose serverAuth, or " +
      'purposes = ["serverAuth"] in the configuration.',
  }),
  "older-than-active": ({ path, notBefore, activeNotBefore }) => ({
    message: `the certificate ${path} (valid from ${formatTime(notBefore)}) is older than the ` +
      `active one (from ${formatTime(activeNotBefore)}) and ends no later`,
    hint: "If this is meant, say so with --allow-older.",
  }),
  "no-pending-pair": ({ certificate }) => ({
    message: `there is no pending pair for ${certificate}`,
    hint: "Put one there with 'certswap stage', or give --new-cert and --new-key.",
  }),
  "no-previous-pair": ({ certificate }) => ({
    message: `there is no previous pair for ${certificate}`,
    hint:
      "A previous pair is kept only by 'certswap swap --keep-previous', or with keep_previous in " +
      "the configuration.",
  }),
  "swap-failed": ({ pendingRemoved, cause }, describe) => ({
    ...describe(cause),
    code: "swap-failed",
    details: [
      "The old pair stands.",
      pendingRemoved
        ? "The pending pair was removed: stage it once more before you run the command again."
        : "The pending pair could not be removed and is still there.",
    ],
  }),
  "broken-active-pair": ({ certificate, defect, cause }, describe) => ({
    message: `the active pair of ${certificate} is broken: ${defects[defect]}`,
    ...(defect === "unreadable" ? { details: [describe(cause).message] } : {}),
  }),
  "unreadable-state": ({ path, fields, cause }, describe) => {
    if (cause !== undefined) {
      return {
        message: `cannot read the state file: ${describe(cause).message}`,
        hint: `Move ${path} away. Until then certswap cannot record what the service was told.`,
      };
    }
    const isOwedLost = fields === undefined || fields.includes("owed");
    return {
      message: fields === undefined
        ? `${path} is corrupt: what it said of earlier changes is lost`
        : `${path}: cannot read ${fields.join(", ")}; the other fields are kept`,
      ...(isOwedLost
        ? { hint: "If this pair has a hook or a probe, 'certswap rotate' runs them again." }
        : {}),
    };
  },
  "newer-state": ({ path, version, known }) => ({
    message:
      `${path} was written by a newer version of certswap (format ${version}; this version ` +
      `knows format ${known}): the file is left as it is`,
    hint:
      "Update certswap. Or, if this version is to be used from now on, remove the file: certswap then " +
      `forgets its attempts and what the service still has to be told: rm ${path}`,
  }),
  "access-list-lost": ({ path, gid }) => ({
    message:
      `${path} had an access control list, which cannot be kept without getfacl and setfacl: ` +
      `only its owner can read the new file. The users and groups of the list can no longer read it, ` +
      `and group ${gid} could not read it before`,
    hint: "Install the package 'acl', and give these users their access again: " +
      `setfacl -m u:USER:r ${path}`,
  }),
  "public-file-closed": ({ path }) => ({
    message:
      `${path} held no private key and everyone could read it: the new file holds one, and ` +
      "only its owner can read it",
    hint:
      `If the service reads it as another user, set its owner, group and mode: chgrp GROUP ${path}; ` +
      `chmod 640 ${path}`,
  }),
  "combined-left-behind": ({ path }) => ({
    message: `the combined file ${path} is not part of this change: it keeps what it has`,
    hint: `Give --combined ${path} as in an earlier change, or remove the file.`,
  }),
  "combined-stale": ({ path, isMissing, active: { certificate, key } }) => ({
    message: isMissing
      ? `there is no combined file ${path}`
      : `the combined file ${path} does not hold the active pair`,
    hint:
      `The next change writes it. To have it now: certswap swap --cert ${certificate} --key ${key} ` +
      `--combined ${path} --new-cert ${certificate} --new-key ${key}`,
  }),
  "not-mounted": ({ path, directory }) => ({
    message: `${path} is missing, and ${directory} is not the directory it was in: not mounted?`,
    hint: "Mount the file system and run the command again. If the file is gone for good, use " +
      "--accept-missing.",
  }),
  "renewal-blocked": (error) => ({
    message: error.reason === "full"
      ? `the next change of the pair may not fit: ${blockedText(error)}`
      : `the next change of the pair cannot be written: ${blockedText(error)}`,
    hint: blockedHint(error),
  }),
  "mounted-file": ({ path }) => ({
    message: `${path} is a mount point: the file is mounted by itself`,
    hint:
      "A file that is mounted by itself, such as a container's single-file volume, cannot be replaced. " +
      `Mount the directory, not the file: ${directoryOf(path)}`,
  }),
  "mount-required": ({ directory }) => ({
    message: `${directory} is not mounted, and requires_mount names it`,
    hint: `Mount it: mount ${directory}`,
  }),
  "recovery-due": ({ certificate }) => ({
    message: `a change of ${certificate} was cut short, and recovery is due`,
    hint: "What is said here is how things stand now. Every changing command recovers first; " +
      "'certswap recover' does nothing else.",
  }),
};

function unrelatedText(found: UnrelatedKind): string {
  return found.kind === "pem" ? `PEM with the label ${found.label}` : unrelatedTexts[found.kind];
}

const unrelatedTexts: Readonly<Record<Exclude<UnrelatedKind["kind"], "pem">, string>> = {
  nothing: "an empty file",
  script: "a script",
  text: "a text or configuration file",
  binary: "binary data",
  der: "DER, the binary form (certswap writes PEM)",
  pkcs12: "PKCS#12 (certswap writes PEM)",
  pkcs7: "PKCS#7 (certswap writes PEM)",
};

function blockedText(
  { path, reason, leftBytes = 0, neededBytes = 0, userId = 0 }: RenewalBlockedError,
): string {
  switch (reason) {
    case "read-only":
      return `${path} is on a file system that is mounted read-only`;
    case "full":
      return `the file system of ${path} has ${kibibytes(leftBytes)} KiB left, and ` +
        `a change needs up to ${kibibytes(neededBytes)} KiB`;
    case "no-inodes":
      return `the file system of ${path} has no free inodes`;
    case "permission":
      return `user ${userId}, who renews it, may not write in ${path}`;
  }
}

function blockedHint({ path, reason, userId = 0 }: RenewalBlockedError): string {
  switch (reason) {
    case "read-only":
      return "Remount it read-write. If the kernel made it read-only after an error, see dmesg.";
    case "full":
      return `Free some space on this file system: df ${path}`;
    case "no-inodes":
      return `Remove files from this file system: df -i ${path}`;
    case "permission":
      return `Give the directory back to user ${userId}, with mode 0755, or to root and let root renew.`;
  }
}

const kibibytes = (bytes: number): number => Math.floor(bytes / 1024);

const roleNames: Readonly<Record<FileRole, string>> = {
  certificate: "certificate",
  key: "key",
  combined: "combined file",
  trust: "trust anchors",
};

const defects: Readonly<Record<BrokenActivePairError["defect"], string>> = {
  "certificate-missing": "the certificate is missing",
  "key-missing": "the key is missing",
  "unreadable": "a file of it cannot be read",
  "mismatched": "the key does not belong to the certificate",
};
