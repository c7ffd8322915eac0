/** Where a pair was when it was last complete: what is missing since may lie on a disk that is not mounted. */
import {
  directoryOf,
  type FileSystem,
  isListed,
  statIfPresent,
  type System,
} from "../../system/mod.ts";
import {
  backupPath,
  type Entry,
  hasJournal,
  type Session,
  type SnapshotWithContent,
  stagedPath,
  takeSnapshot,
} from "../../transaction/mod.ts";
import { type FileRole, NotMountedError } from "../errors.ts";
import { readActivePair } from "./active_pair.ts";
import { drop, firstAttributes, firstMode, put } from "./entries.ts";
import type { Pair, PairFiles } from "./layout.ts";
import { encodeState, readState } from "./state.ts";

/** A file of a pair, and the directory that it was in. */
export interface KnownFile {
  /** Absolute, every link resolved. */
  readonly path: string;
  /** Of its directory, as stat(2) has them. A device number may change with a reboot. */
  readonly device: number;
  readonly inode: number;
}

/** The files of a pair, and where they were. */
export interface LastKnown {
  /** Whether both halves were there. While a first pair is put there, it is written down that they are not. */
  readonly isComplete: boolean;
  readonly certificate: KnownFile;
  readonly key: KnownFile;
  readonly combined?: KnownFile;
}

type KnownRole = Extract<FileRole, keyof LastKnown>;

type Half = keyof PairFiles;

/** The most that is read of a record, in bytes. */
const recordLimit = 64 * 1024;

/**
 * Refuses a pair of which a file is missing while its directory is another than when the pair was last complete:
 * its file system is most likely not mounted. What is written then lands under the mount point, and what is
 * removed is the half of something.
 *
 * @throws NotMountedError
 */
export async function requireMounted(system: System, pair: Pair): Promise<void> {
  const error = await findNotMounted(system, pair);
  if (error !== undefined) throw error;
}

/** What {@linkcode requireMounted} would throw. Reads only. */
export async function findNotMounted(
  system: System,
  pair: Pair,
): Promise<NotMountedError | undefined> {
  if (isInOneDirectory(pair)) return undefined;
  const { files } = system;
  const known = await readLastKnown(system, pair);
  if (known === undefined) return undefined;
  const moved = rolesOf(pair).filter((role) => hasMoved(files, pair, known[role]));
  if (moved.length === 0) return undefined;
  const path = findMissing(files, pair, { moved, known }) ??
    await findCovered(system, pair, { moved, known });
  return path === undefined ? undefined : new NotMountedError(path, directoryOf(path));
}

interface Moved {
  /** Whose directories are others than they were. */
  readonly moved: readonly KnownRole[];
  readonly known: LastKnown;
}

/** The file that is missing from a directory that is another now: of a complete pair, or one of two halves. */
function findMissing(
  files: FileSystem,
  pair: Pair,
  { moved, known }: Moved,
): string | undefined {
  const { active, pending, combined } = pair;
  const isCommitted = isUnderWay(files, pair);
  const isHalf = (of: PairFiles, half: Half): boolean =>
    isMissing(files, of[half]) && isThere(files, of[other[half]], isCommitted);
  for (const role of moved) {
    if (role === "combined") {
      if (known.isComplete && combined !== undefined && isMissing(files, combined)) return combined;
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
 * Where a file system is not mounted, a file that was left below its mount point shows. It belongs to no pair, and
 * the inode of its directory tells it from one that has only been given another device number.
 */
async function findCovered(
  { files }: System,
  pair: Pair,
  { moved, known }: Moved,
): Promise<string | undefined> {
  const covered = moved.map((role) => known[role]).find((file) =>
    file !== undefined && statIfPresent(files, directoryOf(file.path))?.inode !== file.inode
  );
  // Between the renames of a change, too, the halves do not belong together: that is for recovery.
  if (covered === undefined || isUnderWay(files, pair)) return undefined;
  const { condition } = await readActivePair(files, pair.active);
  return condition === "broken" ? covered.path : undefined;
}

function isUnderWay(files: FileSystem, { site }: Pair): boolean {
  return statIfPresent(files, site.stateDirectory) !== undefined && hasJournal(files, site);
}

/** What is about to be renamed into its place, or was just removed from it, shows that its directory is there. */
function isMissing(files: FileSystem, path: string): boolean {
  return ![path, stagedPath(path), backupPath(path)].some((name) => isListed(files, name));
}

/** Whether a half is in its place, or will be, for it was committed. */
function isThere(files: FileSystem, path: string, isCommitted: boolean): boolean {
  return isListed(files, path) || isCommitted && isListed(files, stagedPath(path));
}

/** Whether a file that is still meant lies in another directory, or on another device, than it did. */
function hasMoved(files: FileSystem, pair: Pair, known: KnownFile | undefined): boolean {
  const { active: { certificate, key }, combined } = pair;
  if (known === undefined || ![certificate, key, combined].includes(known.path)) return false;
  const now = statIfPresent(files, directoryOf(known.path));
  return now?.device !== known.device || now.inode !== known.inode;
}

/**
 * Writes down where a pair is, before it is changed: in its state, and beside the key if that lies on another device
 * than the certificate. Before, so that no transaction spans two disks of which nobody knows; each by itself, so
 * that this one does not either.
 *
 * @param entries the change.
 * @returns what else belongs to the change; `undefined`: something was written, and the change has to be proposed anew.
 */
export async function noteLastKnown(
  { session, system, pair }: {
    readonly session: Session;
    readonly system: System;
    readonly pair: Pair;
  },
  entries: readonly Entry[],
): Promise<readonly Entry[] | undefined> {
  if (isInOneDirectory(pair)) return [];
  const { files } = system;
  const { certificate, key } = pair.active;
  const isComplete = isListed(files, certificate) && isListed(files, key);
  if (!isComplete && !entries.some((entry) => putsHalf(pair, entry))) return [];
  const now = lookAt(files, pair);
  const { state, stored, isReplaceable } = await readState(system, pair);
  const first = firstAttributes(system, pair, firstMode.state);
  const { lastKnown } = state;
  if (isReplaceable && !isKnown(lastKnown, now, isComplete)) {
    const content = encodeState({ ...state, lastKnown: { isComplete, ...now } });
    await session.commit(put(pair.state, { content, old: stored, first }));
    return undefined;
  }
  const stands = await readRecord(files, pair);
  if (now.certificate.device === now.key.device) return drop(pair.record, stands?.stored);
  if (!isKnown(stands?.known, now, isComplete)) {
    const content = encodeRecord({ isComplete, ...now });
    await session.commit(put(pair.record, { content, old: stands?.stored, first }));
    return undefined;
  }
  const putsActive = entries.some(({ kind, target }) => kind !== "remove" && target === key);
  return putsActive
    ? put(pair.record, {
      content: encodeRecord({ isComplete: true, ...now }),
      old: stands?.stored,
      first,
    })
    : [];
}

/** Whether an entry puts a half of the active or of the pending pair in its place. */
function putsHalf({ active, pending }: Pair, { kind, target }: Entry): boolean {
  const halves = [active.certificate, active.key, pending.certificate, pending.key];
  return kind !== "remove" && halves.includes(target);
}

/** The change that forgets where a pair was: what is missing of it is gone for good, as a person says. */
export async function forgetLastKnown(system: System, pair: Pair): Promise<readonly Entry[]> {
  const { state, stored } = await readState(system, pair);
  const { lastKnown: _, ...content } = state;
  const first = firstAttributes(system, pair, firstMode.state);
  return [
    ...(stored === undefined
      ? []
      : put(pair.state, { content: encodeState(content), old: stored, first })),
    ...drop(pair.record, (await readRecord(system.files, pair))?.stored),
  ];
}

/** From the state, which lies beside the certificate; if that is not there, from the record beside the key. */
async function readLastKnown(system: System, pair: Pair): Promise<LastKnown | undefined> {
  const { files } = system;
  if (statIfPresent(files, pair.site.stateDirectory) !== undefined) {
    const { state: { lastKnown, lastChange } } = await readState(system, pair);
    // A first pair has become complete with the change that the state tells of.
    const isComplete = lastChange !== undefined || lastKnown?.isComplete === true;
    if (lastKnown !== undefined) return { ...lastKnown, isComplete };
  }
  return (await readRecord(files, pair))?.known;
}

/** The record beside the key. */
interface StoredRecord {
  readonly stored: SnapshotWithContent;
  /** `undefined`: it cannot be read, and is replaced. */
  readonly known: LastKnown | undefined;
}

async function readRecord(files: FileSystem, { record }: Pair): Promise<StoredRecord | undefined> {
  if (!isListed(files, record)) return undefined;
  const stored = await takeSnapshot(files, record, recordLimit);
  if (stored === undefined) return undefined;
  const { decodeRecord } = await import("./state_reader.ts");
  return { stored, known: decodeRecord(stored.content) };
}

/** The bytes of the record beside the key: JSON, UTF-8. */
function encodeRecord(lastKnown: LastKnown): Uint8Array {
  const text = JSON.stringify({ version: 1, lastKnown }, undefined, 2);
  return new TextEncoder().encode(`${text}\n`);
}

type Places = Omit<LastKnown, "isComplete">;

function lookAt(files: FileSystem, { active, combined }: Pair): Places {
  const known = (path: string): KnownFile => {
    const { device, inode } = files.stat(directoryOf(path));
    return { path, device, inode };
  };
  return {
    certificate: known(active.certificate),
    key: known(active.key),
    ...(combined === undefined ? {} : { combined: known(combined) }),
  };
}

/** Whether nothing new is to be written down. That a pair was complete is not forgotten while its places are the same. */
function isKnown(known: LastKnown | undefined, now: Places, isComplete: boolean): boolean {
  if (known === undefined || isComplete && !known.isComplete) return false;
  const { isComplete: _, ...places } = known;
  return JSON.stringify(places) === JSON.stringify(now);
}

/** A pair in one directory goes with all that is known of it. */
function isInOneDirectory({ site }: Pair): boolean {
  return site.directories.length === 1;
}

function rolesOf({ combined }: Pair): readonly KnownRole[] {
  return combined === undefined ? ["certificate", "key"] : ["certificate", "key", "combined"];
}
