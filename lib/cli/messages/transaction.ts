/** Messages for errors of transactions and recovery. */
import { directoryOf, formatTime } from "../../system/mod.ts";
import type * as errors from "../../transaction/errors.ts";
import type {
  JournalRefusedError,
  LockedError,
  TargetFinding,
  UntrustedStateError,
} from "../../transaction/mod.ts";
import type { ErrorsOf, MessageTable, Text } from "./message.ts";
import { fileKinds } from "./system.ts";

/** Messages for errors of transactions and recovery. */
export const transactionMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "locked": describeLocked,
  "untrusted-state": ({ path, reason }) => ({
    message: `${path} ${untrusted[reason]}`,
    hint: reason === "not-a-directory"
      ? "certswap keeps its state in a directory of this name. Find out what created the file, then move " +
        "it away."
      : "certswap trusts only files that belong to root or to the user who runs it. " +
        "Find out who created it, then remove it, or restore its owner and set its mode to 0700" +
        (reason === "writable-by-others"
          ? " (vfat and exFAT store no modes: mount them with 'umask=077')."
          : "."),
  }),
  "journal-refused": ({ path, reason, detail }) => {
    const message = `the journal ${path} ${refusedText(reason, detail)}`;
    const hint =
      (reason === "moved-target" && detail !== undefined ? movedHint(detail) : undefined) ??
        refusedHints[reason];
    if (hint !== undefined) return { message, hint };
    return {
      message,
      details: repairSteps(path),
      hint:
        "Repair the files by hand, step by step. Then check that the key matches the certificate: " +
        "'certswap status' (of a CA: 'certswap ca check').",
    };
  },
  "neighbour-unfinished": ({ leftovers, certificate }) => ({
    message: `a change of another pair was interrupted, and ${
      leftovers.join(", ")
    } may belong to it`,
    details: ["Nothing was changed."],
    hint: `Recover that pair first: 'certswap recover' with the paths of ${certificate}.`,
  }),
  "target-changed": ({ path }) => ({
    message: `${path} was changed by another program while certswap was running`,
    details: ["Nothing was changed."],
    hint: "Find out which program writes this file, then run the command again.",
  }),
  "transaction-failed": ({ undone, cause }, describe) => ({
    ...describe(cause),
    code: "transaction-failed",
    details: [
      undone ? "The change was undone: everything is as it was before." : "Nothing was changed.",
    ],
  }),
  "interrupted": ({ signal }) => `stopped by ${signal}; nothing was changed`,
  "outcome-unknown": ({ targets, cause }, describe) => ({
    message: `cannot tell whether the change reached the disk: ${describe(cause).message}`,
    details: [`Everything was left in place for recovery: ${targets.join(", ")}`],
    hint: "Check the disk (dmesg), then run 'certswap recover' (of a CA: 'certswap ca recover') " +
      "with the same paths.",
  }),
  "recovery-undecidable": ({ journal, findings }) => ({
    message: `recovery cannot decide: another program changed files of an unfinished change`,
    details: [...findings.map(describeFinding), `The journal is ${journal}. Nothing was changed.`],
    hint: keepHint(findings),
  }),
};

/** A suspended process keeps its lock. Only ps(1) can tell: certswap may not read /proc. */
function describeLocked({ path, waited, holder }: LockedError): Text {
  const time = `gave up after ${waited / 1000} s`;
  const retry =
    "Run the command again after that process has ended, or wait longer with --lock-timeout.";
  if (holder === undefined) {
    return {
      message: `another process holds the lock ${path}: ${time}`,
      hint: `${retry} To see which process it is: fuser -v ${path}`,
    };
  }
  const { processId, since } = holder;
  return {
    message: `another certswap, process ${processId}, has held the lock ${path} since ${
      formatTime(since)
    }: ${time}`,
    hint: `${retry} To see what it does: ps -o pid,stat,etime,args -p ${processId} ` +
      `(STAT T: it is suspended; 'kill -CONT ${processId}' resumes it). ` +
      `If there is no such process, something else holds the lock: fuser -v ${path}`,
  };
}

const untrusted: Readonly<Record<UntrustedStateError["reason"], string>> = {
  "owner": "belongs to another user",
  "writable-by-others": "can be written by other users",
  "not-a-directory": "is not a directory",
};

const refused: Readonly<Record<JournalRefusedError["reason"], string>> = {
  "torn": "is corrupt or incomplete: its checksum does not match",
  "version": "was written by a newer version of certswap, in format",
  "owner": "belongs to another user",
  "writable-by-others": "can be written by other users",
  "foreign-target": "names a file that this command does not manage",
  "moved-target": "names a file in another directory",
  "too-large": "is too large to be a journal",
  "not-a-file": "is not a regular file",
};

function refusedText(reason: JournalRefusedError["reason"], detail: string | undefined): string {
  if (detail === undefined) return refused[reason];
  switch (reason) {
    case "version":
      return `${refused[reason]} ${detail}`;
    case "not-a-file":
      return `is ${fileKinds[detail as keyof typeof fileKinds]}, expected ${fileKinds.file}`;
    default:
      return `${refused[reason]}: ${detail}`;
  }
}

const refusedHints: Partial<Readonly<Record<JournalRefusedError["reason"], string>>> = {
  "version": "Nothing was changed. Update certswap, then run 'certswap recover' (of a CA: " +
    "'certswap ca recover').",
  "foreign-target": "Nothing was changed. Give the same paths (--cert, --key, --combined) " +
    "as for the command that was interrupted.",
  "not-a-file":
    "Nothing was changed. This journal was not created by certswap: find out what created it. Compare " +
    "the files of the pair or the CA with their backups (.TARGET.certswap.bak, TARGET being the name of " +
    "a file), then move the journal away.",
};

/** How to repair files by hand, if their journal cannot be used. */
function repairSteps(journal: string): readonly string[] {
  return [
    "Nothing was changed.",
    "1. Copy the directories of the files, with all hidden files, to a safe place.",
    "2. If there are backups (.TARGET.certswap.bak, TARGET being the name of a file), a change was " +
    "interrupted. Either restore every file from its backup, or move every new file " +
    "(.TARGET.certswap.tmp) into place. Do not mix the two.",
    `3. Move the journal away: mv ${journal} ${journal}.refused`,
  ];
}

/** The paths in a journal are absolute, so it is valid only where it was written. */
function movedHint(target: string): string {
  const directory = directoryOf(target);
  return `Nothing was changed. If the disk was mounted elsewhere when the change was interrupted, ` +
    `mount it at ${directory} again ('mount --bind' works), then run 'certswap recover' ` +
    "with the paths of that command.";
}

function keepHint(findings: readonly TargetFinding[]): string {
  const possible = [
    ...(findings.every(({ canBeOld }) => canBeOld) ? ["--keep old"] : []),
    ...(findings.every(({ canBeNew }) => canBeNew) ? ["--keep new"] : []),
  ];
  const isOutOfReach = findings.some(({ found, canBeOld, canBeNew }) =>
    found === "missing" && !canBeOld && !canBeNew
  );
  if (isOutOfReach) {
    return "If the file system of the missing files is not mounted, mount it and run " +
      "'certswap recover' again. If these files were deleted on purpose, move the journal away.";
  }
  return possible.length === 0
    ? "Neither version of all files can be restored: repair them from the backups " +
      "(.TARGET.certswap.bak) or your own copies, then move the journal away."
    : "Check these files, then run 'certswap recover' (of a CA: 'certswap ca recover') with " +
      `the same paths and ${possible.join(" or ")}.`;
}

function describeFinding({ target, found, canBeOld, canBeNew }: TargetFinding): string {
  const possible = [canBeOld ? "old" : "", canBeNew ? "new" : ""].filter((word) => word !== "");
  const can = possible.length === 0
    ? "neither version can be kept"
    : `${possible.map((word) => `--keep ${word}`).join(" and ")} ${
      possible.length === 1 ? "is" : "are"
    } possible`;
  return `${target}: ${foundTexts[found]} (${can})`;
}

const foundTexts: Readonly<Record<TargetFinding["found"], string>> = {
  old: "the old file",
  new: "the new file",
  foreign: "neither the old nor the new file",
  missing: "missing",
};
