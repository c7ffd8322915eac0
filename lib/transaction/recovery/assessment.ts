/** What recovery finds at the targets of a journal, and where it takes the transaction. */
import { type FileSystem, statIfPresent } from "../../system/mod.ts";
import { contentAt } from "../commit/mod.ts";
import { attributesEqual, type JournalRecord } from "../journal.ts";
import { backupPath, stagedPath } from "../site.ts";

/** What stands at the target of a journalled entry, and what it can be made into. */
export interface Assessment {
  readonly record: JournalRecord;
  /** Whether the target is as it was before the transaction. Where old and new are alike, it is both. */
  readonly isOld: boolean;
  readonly isNew: boolean;
  /** Whether nothing stands there. */
  readonly isMissing: boolean;
  /** Whether it is old, or its backup is there and whole. */
  readonly canBeOld: boolean;
  /** Whether it is new, or its staged file is there and whole. */
  readonly canBeNew: boolean;
}

/** Where recovery takes a transaction that it finds in the journal. */
export type Direction = "forward" | "back" | "drop" | "undecidable";

/** Someone else's content stands at the target. */
export const isForeign = (entry: Assessment): boolean => !entry.isOld && !entry.isNew;

/**
 * The target is gone, and its staged file and its backup with it. Nobody removes all three: its directory is
 * more likely to lie on a file system that is not mounted, where it may have been applied already.
 */
const isOutOfReach = (entry: Assessment): boolean =>
  isForeign(entry) && entry.isMissing && !entry.canBeOld && !entry.canBeNew;

/**
 * Looks at the targets, staged files and backups of a journal. Changes nothing.
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
 * Finishing comes first: after the commit the new state is the truth. Undoing is for a transaction
 * whose undoing had begun, for then a staged file is used up.
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
  const found = await contentAt(files, target);
  const isMissing = found === "missing";
  const hasNewContent = kind === "remove" ? isMissing : found === record.new;
  const hasOldContent = kind === "create" ? isMissing : found === record.old;
  const isNew = hasNewContent && mayBeNew(files, record);
  const isOld = hasOldContent && (record.attributes === undefined || !isNew);
  if (found === "unreadable kind") {
    return { record, isOld, isNew, isMissing, canBeOld: false, canBeNew: false };
  }
  // What was created is undone by removing it, and only if it is ours; what was removed needs nothing to be
  // removed again.
  const canBeOld = isOld || kind === "create" || record.onRollback === "keep" ||
    await contentAt(files, backupPath(target)) === record.old;
  const canBeNew = isNew || kind === "remove" ||
    await contentAt(files, stagedPath(target)) === record.new;
  return { record, isOld, isNew, isMissing, canBeOld, canBeNew };
}

/** Owner and mode count only where they alone tell the new file from the old one. */
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
