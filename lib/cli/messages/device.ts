/** Messages for errors and warnings about a pair. */
import type * as errors from "../../device/errors.ts";
import type {
  BrokenActivePairError,
  FileRole,
  RenewalBlockedError,
  UnrelatedKind,
} from "../../device/mod.ts";
import { directoryOf, formatTime, nameOf, shellWord } from "../../system/mod.ts";
import { lengthText, modeText } from "../text.ts";
import type { ErrorsOf, MessageTable } from "./message.ts";
import { fileKinds, ownNameHint } from "./system.ts";
import { formatExtensions, formatPurposes } from "./x509/mod.ts";

/** Messages for errors that stop a change of a pair, and for warnings. */
export const deviceMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "dangling-link": ({ path }) => ({
    message: `${path} is a symbolic link, and its target does not exist`,
    hint:
      "Point the link to a file, or remove it. certswap follows links and does not replace them.",
  }),
  "link-loop": ({ path }) => ({
    message: `${path} is part of a symbolic link loop`,
    hint: "Point the link to a file, or remove it.",
  }),
  "missing-directory": ({ path, directory }) => ({
    message: `cannot use ${path}: directory ${directory} does not exist`,
    hint: "Check the path. If the pair existed before, mount its file system, or restore the " +
      `directory from a backup. For a first pair, create it: mkdir -p ${directory}`,
  }),
  "same-path": ({ path, roles: [first, second] }) => ({
    message: `${path} is given twice: as the ${roleNames[first]} and as the ${roleNames[second]}`,
    hint:
      "Give each its own file. If one file holds certificate and key, select it with --combined alone.",
  }),
  "reserved-path": ({ path }) => ({
    message: `${path} is a name that certswap reserves for its own files`,
    hint: "Give the path of the file that the service reads.",
  }),
  "unknown-account": ({ path, kind, account, wasAsked }) => {
    const { attribute, database, number } = accountTexts[kind];
    const query = `getent ${database} ${shellWord(account)}`;
    return wasAsked
      ? {
        message: `cannot set the ${attribute} of ${path}: ${kind} '${account}' does not exist`,
        hint: `Create the ${kind}, or correct '${attribute}' in the configuration. ` +
          `To see whether this machine knows the name: ${query}`,
      }
      : {
        message: `cannot set the ${attribute} of ${path}: ${kind} '${account}' is not in ` +
          `/etc/${database}, and getent gave no answer`,
        hint:
          `Run '${query}': it must print the ${kind} within 5 seconds. If the ${kind} does not ` +
          `exist, create it. To do without getent, set '${attribute}' to the ${number}.`,
      };
  },
  "unrelated-file": ({ path, role, found }) => ({
    message: `cannot replace ${path}: it contains no certificate or private key; it looks like ` +
      unrelatedText(found),
    hint: `Give another path for the ${
      roleNames[role]
    }. If the file is not needed, remove it first.`,
  }),
  "unusable-file": ({ path, cause }, describe) => {
    const reason = describe(cause);
    const message = `${path}: ${reason.message}`;
    return isKept(path) ? { ...reason, message, hint: keptHint } : { ...reason, message };
  },
  "key-mismatch": ({ certificate, key }) => ({
    message: `the key ${key} does not match the certificate ${certificate}`,
    hint: "Give the key that the certificate was requested with.",
  }),
  "key-not-own": ({ path, reason }) =>
    reason === "hard-links"
      ? {
        message: `cannot keep the key: ${path} has other hard links`,
        hint:
          `Find them with 'find / -xdev -samefile ${path}'. Replace the key with a separate copy: ` +
          `cp -p ${path} ${path}.new && mv ${path}.new ${path}`,
      }
      : {
        message: `cannot keep the key: ${path} is a symbolic link`,
        hint:
          "Set 'key' to the path of the file itself, or remove 'keep_key' so that each renewal makes a " +
          "new key.",
      },
  "certificate-expired": ({ path, notAfter, now }) => ({
    message: `the certificate ${path} expired at ${formatTime(notAfter)}`,
    hint: `This device's clock says ${formatTime(now)}. If that is right, get a new certificate.`,
  }),
  "certificate-expires-soon": ({ path, notAfter, now, least }) => ({
    message: `the certificate ${path} expires in less than ${lengthText(least)}, at ${
      formatTime(notAfter)
    }`,
    hint:
      `This device's clock says ${
        formatTime(now)
      }. If that is right, get a new certificate: at least ` +
      "an hour must be left, or a tenth of the lifetime if that is less.",
  }),
  "certificate-not-yet-valid": ({ path, notBefore, now }) => ({
    message: `the certificate ${path} is not valid before ${formatTime(notBefore)}`,
    hint: `This device's clock says ${formatTime(now)}. Correct the clock, or wait.`,
  }),
  "authority-as-leaf": ({ path, isSelfSigned }) =>
    isSelfSigned
      ? {
        message: `${path} is a self-signed certificate marked as a CA (CA:TRUE)`,
        details: [
          "'openssl req -x509' marks every certificate as a CA by default.",
          "A client that trusts it also trusts every certificate signed with its key.",
        ],
        hint: "Create it again with -addext basicConstraints=critical,CA:FALSE, " +
          "or accept it with --allow-ca.",
      }
      : {
        message: `${path} starts with a CA certificate; expected the service's own (leaf) ` +
          "certificate first",
        hint: "Put the service's certificate first in the file, then the CA certificates. " +
          "If the service really uses a CA certificate, accept it with --allow-ca.",
      },
  "chain-order": ({ path, order, leaf }) => ({
    message: `${path}: the certificates are in the wrong order`,
    details: [`the service's own certificate is number ${order[0]} in the file: '${leaf}'`],
    hint: "Put the service's certificate first, and after each certificate its issuer's. " +
      `The right order for this file: ${order.join(", ")}.`,
  }),
  "unreadable-anchor": ({ path, position, cause }, describe) => ({
    message: `${path}: certificate ${position} is ignored: ${describe(cause).message}`,
    hint: "The other certificates in the file are trusted. Remove this one to stop the warning.",
  }),
  "unrelated-certificate": ({ path, position, subject, expected }) => ({
    message: `${path}: certificate ${position}, '${subject}', is not the issuer of certificate ${
      position - 1
    }`,
    details: [`expected: a certificate of '${expected}'`],
    hint:
      "Put the service's certificate first, then its issuer's, and so on, and no other certificate.",
  }),
  "critical-extension": ({ path, extensions }) =>
    `the certificate ${path} has an unsupported critical extension: ${
      formatExtensions(extensions)
    }`,
  "identity-changed": ({ path, subject, missingNames }) => ({
    message: `the certificate ${path} has a different identity from the active certificate`,
    details: [
      ...(subject === undefined ? [] : [
        `active subject: ${subject.active}`,
        `new subject:    ${subject.given}`,
      ]),
      ...missingNames.map((name) => `missing name:   ${name}`),
    ],
    hint: "If this is intended, use --allow-identity-change.",
  }),
  "purpose-lost": ({ path, purposes }) => ({
    message: `the certificate ${path} does not allow ${
      formatPurposes(purposes)
    }, but the active one does`,
    hint:
      "Get a certificate that allows them. If the service needs other purposes now, name those: " +
      '--purpose clientAuth, or purposes = ["clientAuth"] in the configuration.',
  }),
  "older-than-active": ({ path, notBefore, activeNotBefore }) => ({
    message: `the certificate ${path} (valid from ${formatTime(notBefore)}) is older than the ` +
      `active one (from ${formatTime(activeNotBefore)}) and does not expire later`,
    hint: "If this is intended, use --allow-older.",
  }),
  "no-pending-pair": ({ certificate, missing }) => ({
    message: missing === undefined
      ? `there is no pending pair for ${certificate}`
      : `the pending pair for ${certificate} is incomplete: ${missing} is missing`,
    hint:
      `Stage ${
        missing === undefined ? "one" : "it again"
      } with 'certswap stage', or give the new ` +
      "pair (--new-cert and --new-key, or --new-pkcs12).",
  }),
  "no-previous-pair": ({ certificate }) => ({
    message: `there is no previous pair for ${certificate}`,
    hint:
      "To keep one at the next change, use 'certswap swap --keep-previous', or set keep_previous " +
      "in the configuration.",
  }),
  "swap-failed": ({ pendingRemoved, cause }, describe) => ({
    ...describe(cause),
    code: "swap-failed",
    details: [
      "The old pair is still active.",
      pendingRemoved
        ? "The pending pair was removed: stage it again before you repeat the command."
        : "The pending pair could not be removed and is still there.",
    ],
  }),
  "broken-active-pair": ({ certificate, defect, isReplaced, cause }, describe) => ({
    message: isReplaced
      ? `the pair before this change was broken (${certificate}): ${defects[defect].was}`
      : `the active pair of ${certificate} is broken: ${defects[defect].is}`,
    ...(defect === "unreadable" ? { details: [describe(cause).message] } : {}),
    ...(isReplaced ? {} : {
      hint: "To replace it, run 'certswap rotate', or 'certswap swap' with a new pair.",
    }),
  }),
  "metrics-name": ({ path }) => ({
    message: `${path} does not end in .prom, so node_exporter does not read it`,
    hint: "Choose a name that ends in .prom.",
  }),
  "not-metrics": ({ path }) => ({
    message:
      `cannot write metrics to ${path}: the file contains something other than certswap's metrics`,
    hint: "Give another path. If the file is not needed, remove it first.",
  }),
  "key-exposed": ({ path, mode }) => ({
    message: `every user can ${exposures[mode & 0o006]} the private key in ${path} (mode ${
      modeText(mode)
    })`,
    hint:
      `Remove this access: chmod o-rwx ${path} (vfat and exFAT store no modes: mount them with 'umask=077').`,
  }),
  "unreadable-state": ({ path, fields, cause }, describe) => {
    if (cause !== undefined) {
      return {
        message: `cannot read the state file: ${describe(cause).message}`,
        hint:
          `Move ${path} away. Until then certswap cannot record whether the hook and the probe succeeded.`,
      };
    }
    const isOwedLost = fields === undefined || fields.includes("owed");
    return {
      message: fields === undefined
        ? `${path} is corrupt: its record of earlier changes is lost`
        : `${path}: cannot read ${fields.join(", ")}; the other fields are kept`,
      ...(isOwedLost
        ? { hint: "If this pair has a hook or a probe, 'certswap rotate' runs them again." }
        : {}),
    };
  },
  "newer-state": ({ path, version, known }) => ({
    message:
      `${path} was written by a newer version of certswap (format ${version}; this version ` +
      `supports format ${known}): the file is left unchanged`,
    hint:
      "Update certswap. To keep using this version instead, remove the file; certswap then forgets " +
      `earlier attempts and pending hooks and probes: rm ${path}`,
  }),
  "access-list-lost": ({ path, gid }) => ({
    message:
      `${path} had an access control list, which cannot be kept without getfacl and setfacl: ` +
      `only the owner can read the new file. The users and groups on the list have lost access; ` +
      `group ${gid} had none before`,
    hint: "Install the package 'acl' and grant these users access again: " +
      `setfacl -m u:USER:r ${path}`,
  }),
  "public-file-closed": ({ path }) => ({
    message:
      `${path} contained no private key and was readable by everyone: the new file contains one, ` +
      "and only its owner can read it",
    hint:
      `If the service runs as another user, set the owner, group and mode: chgrp GROUP ${path}; ` +
      `chmod 640 ${path}`,
  }),
  "combined-left-behind": ({ path }) => ({
    message: `the combined file ${path} is not part of this change and is left unchanged`,
    hint: `Give --combined ${path} as in an earlier change, or remove the file.`,
  }),
  "combined-stale": ({ path, isMissing, active: { certificate, key } }) => ({
    message: isMissing
      ? `the combined file ${path} does not exist`
      : `the combined file ${path} does not contain the active pair`,
    hint:
      `The next change writes it. To write it now: certswap swap --cert ${certificate} --key ${key} ` +
      `--combined ${path} --new-cert ${certificate} --new-key ${key}`,
  }),
  "not-mounted": ({ path, directory }) => ({
    message:
      `${path} is missing, and ${directory} is a different directory than before: probably not mounted`,
    hint:
      "Mount the file system and run the command again. If the file was deleted on purpose, use " +
      "--accept-missing.",
  }),
  "renewal-blocked": (error) => ({
    message: error.reason === "full"
      ? `the next change of the pair may not fit: ${blockedText(error)}`
      : `cannot write the next change of the pair: ${blockedText(error)}`,
    hint: blockedHint(error),
  }),
  "mounted-file": ({ path }) => ({
    message: `cannot replace ${path}: it is a mount point`,
    hint:
      "A file that is mounted on its own, such as a container's single-file volume, cannot be " +
      `replaced. Mount the directory instead: ${directoryOf(path)}`,
  }),
  "mount-required": ({ directory }) => ({
    message: `${directory} is not mounted, but 'requires_mount' lists it`,
    hint: `Mount it (mount ${directory}), or remove it from requires_mount.`,
  }),
  "recovery-due": ({ certificate }) => ({
    message: `a change of ${certificate} was interrupted: recovery is needed`,
    hint: "Run 'certswap recover'. The next command that changes the pair also recovers it first.",
  }),
};

/** Whether a file is half of the pending or previous pair, which certswap keeps itself. */
function isKept(path: string): boolean {
  return /^\..+\.certswap\.(?:pending|previous)$/.test(nameOf(path));
}

const keptHint = "This file of the pending or previous pair was changed, or is corrupt. " +
  "Swap in another pair with --new-cert and --new-key.";

function unrelatedText(found: UnrelatedKind): string {
  return found.kind === "pem" ? `PEM with the label ${found.label}` : unrelatedTexts[found.kind];
}

const unrelatedTexts: Readonly<Record<Exclude<UnrelatedKind["kind"], "pem">, string>> = {
  nothing: "an empty file",
  script: "a script",
  text: "a text or configuration file",
  binary: "binary data",
  der: "DER (certswap writes PEM)",
  pkcs12: "PKCS#12 (certswap writes PEM)",
  pkcs7: "PKCS#7 (certswap writes PEM)",
};

function blockedText(
  { path, reason, leftBytes = 0, neededBytes = 0, userId = 0, found }: RenewalBlockedError,
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
      return `user ${userId}, who renews it, cannot write to ${path}`;
    case "wrong-kind":
      return `${path} is ${found && fileKinds[found.kind]}, expected ${
        isStateDirectory(path) ? fileKinds.directory : fileKinds.file
      }`;
    case "writable-by-others":
      return `other users can write to ${path} (mode ${modeText(found?.mode ?? 0)})`;
  }
}

/** Whether a path is the state directory itself, not a file in it. */
const isStateDirectory = (path: string): boolean => nameOf(path) === ".certswap";

function blockedHint(
  { path, reason, userId = 0, stateDirectory = "" }: RenewalBlockedError,
): string {
  switch (reason) {
    case "read-only":
      return "Remount it read-write. If the kernel made it read-only after an error, see dmesg.";
    case "full":
      return `Free some space on this file system: df ${path}`;
    case "no-inodes":
      return `Remove files from this file system: df -i ${path}`;
    case "permission":
      return `Make user ${userId} the owner of the directory, with mode 0755. If root is to renew the ` +
        `pair instead, run: chown -R root ${stateDirectory}`;
    case "wrong-kind":
      return ownNameHint;
    case "writable-by-others":
      return `Find out who made it writable and what is in it, then run: chmod 0700 ${path}`;
  }
}

const kibibytes = (bytes: number): number => Math.floor(bytes / 1024);

/** By the permission bits of all other users, chmod(2). */
const exposures: Readonly<Record<number, string>> = {
  0o002: "overwrite",
  0o004: "read",
  0o006: "read and overwrite",
};

const roleNames: Readonly<Record<FileRole, string>> = {
  certificate: "certificate",
  key: "key",
  combined: "combined file",
  output: "output",
  trust: "trust anchors",
  pkcs12: "PKCS#12 file",
  password: "password file",
};

const accountTexts = {
  user: { attribute: "owner", database: "passwd", number: "UID" },
  group: { attribute: "group", database: "group", number: "GID" },
} as const;

/** What is wrong with a pair that is active, and what was wrong with one that has been replaced. */
const defects: Readonly<
  Record<BrokenActivePairError["defect"], { readonly is: string; readonly was: string }>
> = {
  "certificate-missing": {
    is: "the certificate is missing",
    was: "the certificate was missing",
  },
  "key-missing": { is: "the key is missing", was: "the key was missing" },
  "unreadable": {
    is: "one of its files cannot be read",
    was: "one of its files could not be read",
  },
  "mismatched": {
    is: "the key does not match the certificate",
    was: "the key did not match the certificate",
  },
};
