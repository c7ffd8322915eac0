/** Makes targets new, or old again: for the commit and for recovery. */
import { type FileSystem, statIfPresent } from "../../system/mod.ts";
import type { JournalRecord } from "../journal.ts";
import { backupPath, ownMode, stagedPath } from "../site.ts";
import { holds } from "./content.ts";

/*
 * `apply` is for a transaction whose staged files exist. The others check what is there before they act, and
 * may be run again after a crash. None makes anything durable: the caller fsyncs the directories.
 */

/**
 * Makes one target new from its staged file. A transaction does this for each entry in turn.
 */
export function apply(files: FileSystem, record: JournalRecord): void {
  const { kind, target } = record;
  switch (kind) {
    case "replace":
    case "create":
    case "link":
      files.rename(stagedPath(target), target);
      break;
    case "remove":
      files.unlink(target);
      break;
    case "makeDirectory":
      files.makeDirectory(target, record.mode ?? ownMode.stateDirectory);
  }
}

/** Makes every target new, in the given order. The staged files that are needed must be complete. */
export async function makeNew(
  files: FileSystem,
  records: readonly JournalRecord[],
): Promise<void> {
  for (const record of records) await makeOneNew(files, record);
}

/** Makes every target old, in reverse order. The backups that are needed must be complete. */
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
    case "link":
      return await holds(files, stagedPath(target), { kind, content: record.new });
    case "remove":
      return await holds(files, target, { kind, content: record.old });
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
    case "link":
      if (record.old === undefined) files.unlink(target);
      else files.rename(backupPath(target), target);
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
      return await isStillToBeRestored(files, record);
    case "create":
      return await holds(files, target, { kind, content: record.new });
    case "link":
      return record.old === undefined
        ? await holds(files, target, { kind, content: record.new })
        : await isStillToBeRestored(files, record);
    case "makeDirectory":
      return statIfPresent(files, target) !== undefined;
  }
}

/**
 * A target that is still old is left alone: perhaps it cannot be renamed, and that is why everything is
 * undone.
 */
async function isStillToBeRestored(files: FileSystem, record: JournalRecord): Promise<boolean> {
  const { kind, target } = record;
  const old = { kind, content: record.old };
  return !(record.old !== record.new && await holds(files, target, old)) &&
    await holds(files, backupPath(target), old);
}
