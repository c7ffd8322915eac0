/** Makes targets new, or old again: in a commit, and in recovery. */
import { type FileSystem, statIfPresent } from "../../system/mod.ts";
import type { JournalRecord } from "../journal.ts";
import { backupPath, ownMode, stagedPath } from "../site.ts";
import { holds } from "./content.ts";

/*
 * `apply` is for a transaction whose staged files are at hand. The others look at what is there before they
 * act, and may be run again after a crash in their midst. None makes anything durable: the caller fsyncs the
 * directories.
 */

/**
 * Makes one target new, its staged file being at hand: what a transaction does for each entry in turn.
 */
export function apply(files: FileSystem, record: JournalRecord): void {
  const { kind, target } = record;
  switch (kind) {
    case "replace":
    case "create":
      files.rename(stagedPath(target), target);
      break;
    case "remove":
      files.unlink(target);
      break;
    case "makeDirectory":
      files.makeDirectory(target, record.mode ?? ownMode.stateDirectory);
  }
}

/** Makes every target new, in the order given. The staged files must be whole where they are needed. */
export async function makeNew(
  files: FileSystem,
  records: readonly JournalRecord[],
): Promise<void> {
  for (const record of records) await makeOneNew(files, record);
}

/** Makes every target old, in the reverse order. The backups must be whole where they are needed. */
export async function makeOld(
  files: FileSystem,
  records: readonly JournalRecord[],
): Promise<void> {
  for (const record of records.toReversed()) await makeOneOld(files, record);
}

async function makeOneNew(files: FileSystem, record: JournalRecord): Promise<void> {
  if (await isStillToBeApplied(files, record)) apply(files, record);
}

async function isStillToBeApplied(files: FileSystem, record: JournalRecord): Promise<boolean> {
  const { kind, target } = record;
  switch (kind) {
    case "replace":
    case "create":
      return await holds(files, stagedPath(target), record.new);
    case "remove":
      return await holds(files, target, record.old);
    case "makeDirectory":
      return statIfPresent(files, target) === undefined;
  }
}

async function makeOneOld(files: FileSystem, record: JournalRecord): Promise<void> {
  if (!await isStillToBeUndone(files, record)) return;
  const { kind, target } = record;
  switch (kind) {
    case "replace":
    case "remove":
      files.rename(backupPath(target), target);
      break;
    case "create":
      files.unlink(target);
      break;
    case "makeDirectory":
      files.removeDirectory(target);
  }
}

async function isStillToBeUndone(files: FileSystem, record: JournalRecord): Promise<boolean> {
  const { kind, target } = record;
  if (record.onRollback === "keep") return false;
  switch (kind) {
    case "replace":
    case "remove":
      // A target that is old is left alone: it may be one that nobody can rename, which is why all is undone.
      return !(record.old !== record.new && await holds(files, target, record.old)) &&
        await holds(files, backupPath(target), record.old);
    case "create":
      return await holds(files, target, record.new);
    case "makeDirectory":
      return statIfPresent(files, target) !== undefined;
  }
}
