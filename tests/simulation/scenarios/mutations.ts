import type { Mutation } from "../model/walk.ts";
import { type Step, stepNamer } from "../model/step.ts";

/** A step that is removed from the protocol. */
export interface MutationRow {
  readonly without: string;
  /** Removes `what` only after one of these steps. */
  readonly what: string;
  readonly after: readonly string[];
  /** What the walk then finds. */
  readonly breaks: string;
}

const applied = ["rename staged file", "unlink target", "mkdir target"];
const start = "the start";
const backups = ["link backup", "symlink backup", "create backup"];
const leftovers = ["unlink staged file", "unlink backup", "unlink journal draft"];

/**
 * Every fsync and every other step of the protocol, with what breaks without it. The tests fail for a step
 * without a row, and for a row that breaks nothing.
 */
export const mutations: readonly MutationRow[] = [
  {
    without: "making the state directory",
    what: "mkdir state directory",
    after: [start],
    breaks: "the lock file cannot be made: nothing can be done on a new device",
  },
  {
    without: "recovery's first fsync of the directories",
    what: "fsync directory",
    after: [start, "mkdir state directory", "create lock"],
    breaks:
      "a state directory, or a rename, that a killed run made is lost after it was built upon",
  },
  {
    without: "recovery's first fsync of the state directory",
    what: "fsync state directory",
    after: [start, "mkdir state directory", "create lock"],
    breaks: "recovery rolls forward on a journal that a power cut takes away again: a mix",
  },
  {
    without: "the owner of a staged file",
    what: "chown staged file",
    after: ["create staged file"],
    breaks: "nothing may be renamed into place: the service could not read its new key",
  },
  {
    without: "the mode of a staged file",
    what: "chmod staged file",
    after: ["create staged file"],
    breaks: "the service cannot read its new key",
  },
  {
    without: "the access control list of a staged file",
    what: "setfacl staged file",
    after: ["create staged file"],
    breaks: "nothing may be renamed into place: the group would get the mask of the list",
  },
  {
    without: "the fsync of a staged file",
    what: "fsync staged file",
    after: ["create staged file"],
    breaks: "a torn certificate or key under its final name",
  },
  {
    without: "the fsync of a file that is staged ahead of the commit",
    what: "fsync staged file in the background",
    after: ["create staged file"],
    breaks: "a torn certificate under its final name",
  },
  {
    without: "the staged link",
    what: "symlink staged file",
    after: ["create lock", "create staged file", start],
    breaks: "no link is made, and nothing can be changed",
  },
  {
    without: "the backup of a link",
    what: "symlink backup",
    after: ["create staged file", "symlink staged file", ...backups],
    breaks:
      "a refused change of another file cannot be undone: the new link stays with the old file",
  },
  {
    without: "the fsync of a target before its backup",
    what: "fsync target",
    after: ["create staged file", "symlink staged file", ...backups],
    breaks: "a rollback to a file that was never durable: zeros instead of the old pair",
  },
  {
    without: "the backups",
    what: "link backup",
    after: ["create staged file", "symlink staged file", ...backups],
    breaks: "a refused rename cannot be undone: the new certificate stays with the old key",
  },
  {
    without: "the owner of a backup that is a copy",
    what: "chown backup",
    after: ["create backup"],
    breaks: "no backup is made, and nothing can be changed",
  },
  {
    without: "the mode of a backup that is a copy",
    what: "chmod backup",
    after: ["create backup"],
    breaks: "the service cannot read the restored key",
  },
  {
    without: "the access control list of a backup that is a copy",
    what: "setfacl backup",
    after: ["create backup"],
    breaks: "no backup is made, and nothing can be changed",
  },
  {
    without: "the fsync of a backup that is a copy",
    what: "fsync backup",
    after: ["create backup"],
    breaks: "a torn copy replaces the old file",
  },
  {
    without: "the fsync of the directories before the commit",
    what: "fsync directory",
    after: ["create staged file", "symlink staged file", ...backups],
    breaks: "the journal survives a power cut and the staged files that it names do not",
  },
  {
    without: "the fsync of the journal",
    what: "fsync journal draft",
    after: ["create journal draft"],
    breaks: "a torn journal: the device waits for a person",
  },
  {
    without: "the commit",
    what: "rename journal draft",
    after: ["create journal draft"],
    breaks: "nothing says what to do with half a transaction: a mix",
  },
  {
    without: "the fsync of the journal's name",
    what: "fsync state directory",
    after: ["rename journal draft"],
    breaks: "a target is durable before the journal is: a mix",
  },
  {
    without: "a target's rename",
    what: "rename staged file",
    after: ["create staged file", "symlink staged file", "rename journal draft", ...applied],
    breaks: "success is reported and the old file is still there",
  },
  {
    without: "the removal of a target",
    what: "unlink target",
    after: ["rename journal draft", ...applied],
    breaks: "success is reported and the file is still there",
  },
  {
    without: "the fsync of the directories after applying",
    what: "fsync directory",
    after: applied,
    breaks: "the journal is gone for good and a rename is not: a mix",
  },
  {
    without: "the fsync of the state directory after applying",
    what: "fsync state directory",
    after: applied,
    breaks: "success is reported, and a power cut brings the old state file back",
  },
  {
    without: "the removal of the journal",
    what: "unlink journal",
    after: applied,
    breaks: "a finished transaction would be repeated over later changes",
  },
  {
    without: "the fsync of the journal's removal",
    what: "fsync state directory",
    after: ["unlink journal", "unlink backup"],
    breaks: "a journal comes back after success was reported",
  },
  {
    without: "the removal of the backups",
    what: "unlink backup",
    after: ["unlink journal", "unlink backup"],
    breaks: "the old private key stays on the device",
  },
  {
    without: "the fsync of the backups' removal",
    what: "fsync directory",
    after: ["unlink backup"],
    breaks: "a power cut brings the old private key back after success was reported",
  },
  {
    without: "undoing a refused change",
    what: "rename backup",
    after: [start, ...applied, "rename backup", "rename journal draft"],
    breaks: "failure is reported and the new file is still there",
  },
  {
    without: "undoing a creation",
    what: "unlink target",
    after: ["rename backup"],
    breaks: "failure is reported and a file is left that did not exist before",
  },
  {
    without: "the fsync of the directories after undoing",
    what: "fsync directory",
    after: ["rename backup"],
    breaks: "the journal is gone for good and the undoing is not: a mix",
  },
  {
    without: "the removal of the journal after undoing",
    what: "unlink journal",
    after: ["rename backup"],
    breaks: "the journal of a failed transaction is left",
  },
  {
    without: "the fsync of the state directory after undoing",
    what: "fsync state directory",
    after: ["rename backup"],
    breaks: "a power cut brings the new state file back after failure was reported",
  },
  {
    without: "the removal of a staged file that is no longer needed",
    what: "unlink staged file",
    after: ["unlink journal", ...leftovers],
    breaks: "a private key that never became active stays on the device",
  },
  {
    without: "recovery's rename of a staged file",
    what: "rename staged file",
    after: [start],
    breaks: "half a transaction stays half: a mix",
  },
  {
    without: "recovery's removal of a target",
    what: "unlink target",
    after: [start],
    breaks: "half a transaction stays half: a mix",
  },
  {
    without: "recovery's removal of the journal",
    what: "unlink journal",
    after: [start],
    breaks: "every later start settles a finished transaction again",
  },
  {
    without: "recovery's removal of staged files",
    what: "unlink staged file",
    after: [start],
    breaks: "a private key that never became active stays on the device",
  },
  {
    without: "recovery's removal of backups",
    what: "unlink backup",
    after: [start, "unlink staged file", "unlink journal draft"],
    breaks: "the old private key stays on the device",
  },
  {
    without: "recovery's removal of the journal's draft",
    what: "unlink journal draft",
    after: [start, ...leftovers],
    breaks: "a useless file next to the lock stops the next transaction",
  },
  {
    without: "the fsync after recovery has removed leftovers",
    what: "fsync directory",
    after: ["unlink staged file", "unlink journal draft"],
    breaks: "a power cut brings leftovers back after recovery was reported",
  },
  {
    without: "the fsync of the state directory after recovery has removed leftovers",
    what: "fsync state directory",
    after: leftovers,
    breaks: "a power cut brings a journal's draft back after recovery was reported",
  },
];

/** The mutation of one row, as an option of the walk. */
export function toMutation(row: MutationRow): Mutation {
  return () => {
    const nameStep = stepNamer();
    return (operation) => isNamedBy(row, nameStep(operation));
  };
}

/** Whether a row removes this step. */
export function isNamedBy(row: MutationRow, step: Step): boolean {
  return row.what === step.what && row.after.includes(step.after);
}
