/** Distinguishes a file that is gone from one whose file system is not mounted. */
import {
  directoryOf,
  type FileSystem,
  isListed,
  statIfPresent,
  type System,
} from "../../../system/mod.ts";
import { backupPath, hasJournal, stagedPath } from "../../../transaction/mod.ts";
import type { FileRole } from "../../errors.ts";
import { readActivePair } from "../active_pair.ts";
import type { Pair, PairFiles } from "../layout.ts";
import { outputsOutside } from "../outputs/mod.ts";
import { type KnownFile, type LastKnown, placesOf, readLastKnown } from "./last_known.ts";

type KnownRole = Extract<FileRole, keyof LastKnown>;

/** A file whose directory has changed. */
interface MovedFile {
  readonly role: KnownRole | "output";
  readonly known: KnownFile;
}

/** The path of the file that `findNotMounted` found. */
export async function findMissingFile(system: System, pair: Pair): Promise<string | undefined> {
  const { files } = system;
  const known = await readLastKnown(system, pair);
  if (known === undefined) return undefined;
  const moved = knownFiles(pair, known).filter((file) => hasMoved(files, pair, file.known));
  if (moved.length === 0) return undefined;
  return findMissing(files, pair, { moved, known }) ??
    await findCovered(system, pair, { moved, known });
}

interface Moved {
  /** The files whose directories have changed. */
  readonly moved: readonly MovedFile[];
  readonly known: LastKnown;
}

/** The file that is missing from a changed directory: of a complete pair, or one of two halves. */
function findMissing(
  files: FileSystem,
  pair: Pair,
  { moved, known }: Moved,
): string | undefined {
  const { pending } = pair;
  const active = placesOf(pair);
  const isCommitted = isUnderWay(files, pair);
  const isHalf = (of: PairFiles, half: keyof PairFiles): boolean =>
    isMissing(files, of[half]) && isThere(files, of[other[half]], isCommitted);
  for (const { role, known: { path } } of moved) {
    if (role === "combined" || role === "output") {
      if (known.isComplete && isMissing(files, path)) return path;
      continue;
    }
    if (known.isComplete && isMissing(files, active[role])) return active[role];
    if (isHalf(active, role)) return active[role];
    if (isHalf(pending, role)) return pending[role];
  }
  return undefined;
}

const other = { certificate: "key", key: "certificate" } as const;

/**
 * If a file system is not mounted, an old file under its mount point may be visible, which does not belong to
 * the pair. The directory's inode distinguishes this from a disk with just another device number.
 */
async function findCovered(
  { files }: System,
  pair: Pair,
  { moved }: Moved,
): Promise<string | undefined> {
  const covered = moved.map(({ known }) => known).find((file) =>
    statIfPresent(files, directoryOf(file.path))?.inode !== file.inode
  );
  // Between the renames of a change, the halves also do not match: that is for recovery.
  if (covered === undefined || isUnderWay(files, pair)) return undefined;
  const { condition } = await readActivePair(files, pair);
  return condition === "broken" ? covered.path : undefined;
}

function isUnderWay(files: FileSystem, { site }: Pair): boolean {
  return statIfPresent(files, site.stateDirectory)?.kind === "directory" && hasJournal(files, site);
}

/** A staged file or backup shows that its directory is the right one, in the middle of a change. */
function isMissing(files: FileSystem, path: string): boolean {
  return ![path, stagedPath(path), backupPath(path)].some((name) => isListed(files, name));
}

/** Whether a half is in place, or will be after a committed change. */
function isThere(files: FileSystem, path: string, isCommitted: boolean): boolean {
  return isListed(files, path) || isCommitted && isListed(files, stagedPath(path));
}

/** Whether a file of the pair is in another directory or on another device than before. */
function hasMoved(files: FileSystem, pair: Pair, known: KnownFile): boolean {
  const { certificate, key } = placesOf(pair);
  const outputs = outputsOutside(pair).map(({ path }) => path);
  const used = [certificate, key, pair.combined, ...outputs];
  if (!used.includes(known.path)) return false;
  const now = statIfPresent(files, directoryOf(known.path));
  return now?.device !== known.device || now.inode !== known.inode;
}

function knownFiles({ combined }: Pair, known: LastKnown): readonly MovedFile[] {
  return [
    { role: "certificate", known: known.certificate },
    { role: "key", known: known.key },
    ...(combined === undefined || known.combined === undefined
      ? []
      : [{ role: "combined", known: known.combined } as const]),
    ...(known.outputs ?? []).map((file) => ({ role: "output", known: file }) as const),
  ];
}
