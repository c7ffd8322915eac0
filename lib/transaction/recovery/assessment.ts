/** Assesses the targets of a journal, and decides how recovery ends the transaction. */
import { type FileSystem, statIfPresent } from "../../system/mod.ts";
import { contentAt, missing, otherKind } from "../commit/mod.ts";
import { attributesEqual, type JournalRecord } from "../journal.ts";
import { backupPath, stagedPath } from "../site.ts";

/** The state of the target of a journal entry, and which states it can be brought to. */
export interface Assessment {
  readonly record: JournalRecord;
  /** Whether the target is as before the transaction. If old and new are equal, it is both. */
  readonly isOld: boolean;
  readonly isNew: boolean;
  /** Whether the target is missing. */
  readonly isMissing: boolean;
  /** Whether it is old, or its backup is complete. */
  readonly canBeOld: boolean;
  /** Whether it is new, or its staged file is complete. */
  readonly canBeNew: boolean;
}

/** How recovery ends a transaction that it finds in the journal. */
export type Direction = "forward" | "back" | "drop" | "undecidable";

/** Whether another program wrote the target. */
export const isForeign = (entry: Assessment): boolean => !entry.isOld && !entry.isNew;

/**
 * Whether the target, its staged file and its backup are all gone. It is unlikely that all three were
 * removed: rather, their file system is not mounted, and the entry may already be applied there.
 */
const isOutOfReach = (entry: Assessment): boolean =>
  isForeign(entry) && entry.isMissing && !entry.canBeOld && !entry.canBeNew;

/**
 * Examines the targets, staged files and backups of a journal. Changes nothing.
 */
export async function assess(
  files: FileSystem,
  records: readonly JournalRecord[],
): Promise<readonly Assessment[]> {
  const entries: Assessment[] = [];
  for (const record of records) entries.push(await assessOne(files, record));
  return entries;
}

/**
 * Finishing is preferred: after the commit the new state is authoritative. Undoing is for a transaction that
 * was already being undone: then a staged file is used up.
 */
export function chooseDirection(entries: readonly Assessment[]): Direction {
  if (entries.some(isOutOfReach)) return "undecidable";
  if (entries.some(isForeign)) {
    return entries.some((entry) => entry.isNew && !entry.isOld) ? "undecidable" : "drop";
  }
  if (entries.every((entry) => entry.canBeNew)) return "forward";
  if (entries.every((entry) => entry.canBeOld)) return "back";
  return "undecidable";
}

async function assessOne(files: FileSystem, record: JournalRecord): Promise<Assessment> {
  const { kind, target } = record;
  if (kind === "makeDirectory") return assessDirectory(files, record);
  const found = await contentAt(files, kind, target);
  const isMissing = found === missing;
  const hasNewContent = record.new === undefined ? isMissing : found === record.new;
  const hasOldContent = record.old === undefined ? isMissing : found === record.old;
  const isNew = hasNewContent && mayBeNew(files, record);
  const isOld = hasOldContent && (record.attributes === undefined || !isNew);
  if (found === otherKind) {
    return { record, isOld, isNew, isMissing, canBeOld: false, canBeNew: false };
  }
  // A created file or link is undone by removing it, but only if it is ours; a removed file needs nothing to
  // be removed again.
  const canBeOld = isOld || record.old === undefined || record.onRollback === "keep" ||
    await contentAt(files, kind, backupPath(target)) === record.old;
  const canBeNew = isNew || record.new === undefined ||
    await contentAt(files, kind, stagedPath(target)) === record.new;
  return { record, isOld, isNew, isMissing, canBeOld, canBeNew };
}

/** Owner and mode count only if nothing else distinguishes the new file from the old one. */
function mayBeNew(files: FileSystem, { target, attributes }: JournalRecord): boolean {
  return attributes === undefined || attributesEqual(files.stat(target), attributes);
}

function assessDirectory(files: FileSystem, record: JournalRecord): Assessment {
  const info = statIfPresent(files, record.target);
  const isOld = info === undefined;
  const isNew = info?.kind === "directory";
  const isOurs = isOld || isNew;
  return { record, isOld, isNew, isMissing: isOld, canBeOld: isOurs, canBeNew: isOurs };
}
