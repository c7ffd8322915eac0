/** Where a pair was when it was last complete: a file that is missing since may be on an unmounted disk. */
import { type FileSystem, isListed, statIfPresent, type System } from "../../../system/mod.ts";
import { type SnapshotWithContent, takeSnapshot } from "../../../transaction/mod.ts";
import type { Pair } from "../layout.ts";
import { readState } from "../state.ts";

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
  /** Whether both halves were there. Before a first pair is put there, they are not. */
  readonly isComplete: boolean;
  readonly certificate: KnownFile;
  readonly key: KnownFile;
  readonly combined?: KnownFile;
}

/** The most that is read of a record, in bytes. */
const recordLimit = 64 * 1024;

/**
 * What was last known of a pair: from the state, which is beside the certificate; if the state is not
 * there, from the record beside the key.
 */
export async function readLastKnown(system: System, pair: Pair): Promise<LastKnown | undefined> {
  const { files } = system;
  // Through a link nothing is read: the change refuses what is no directory of certswap's own.
  if (statIfPresent(files, pair.site.stateDirectory)?.kind === "directory") {
    const { state: { lastKnown, lastChange } } = await readState(system, pair);
    // A first pair has become complete with the change that the state tells of.
    const isComplete = lastChange !== undefined || lastKnown?.isComplete === true;
    if (lastKnown !== undefined) return { ...lastKnown, isComplete };
  }
  return (await readRecord(files, pair))?.known;
}

/** The record beside the key. */
export interface StoredRecord {
  readonly stored: SnapshotWithContent;
  /** `undefined`: it cannot be read, and is replaced. */
  readonly known: LastKnown | undefined;
}

/** Reads the record beside the key. `undefined`: there is none. */
export async function readRecord(
  files: FileSystem,
  { record }: Pair,
): Promise<StoredRecord | undefined> {
  if (!isListed(files, record)) return undefined;
  const stored = await takeSnapshot(files, record, recordLimit);
  if (stored === undefined) return undefined;
  const { decodeRecord } = await import("../state_reader.ts");
  return { stored, known: decodeRecord(stored.content) };
}

/** If a pair in one directory vanishes, everything known of it vanishes too: there is nothing to keep. */
export function isInOneDirectory({ site }: Pair): boolean {
  return site.directories.length === 1;
}
