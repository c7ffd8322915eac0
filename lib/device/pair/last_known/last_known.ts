/** Where a pair was when it was last complete: a missing file may be on an unmounted disk. */
import {
  directoryOf,
  type FileSystem,
  isListed,
  statIfPresent,
  type System,
} from "../../../system/mod.ts";
import { type SnapshotWithContent, takeSnapshot } from "../../../transaction/mod.ts";
import type { Pair, PairFiles } from "../layout.ts";
import { outputsOutside } from "../outputs/mod.ts";
import { readState } from "../state.ts";

/** A file of a pair, and the directory where it was. */
export interface KnownFile {
  /** Absolute, every link resolved. */
  readonly path: string;
  /** Of its directory, from stat(2). A device number may change at reboot. */
  readonly device: number;
  readonly inode: number;
}

/** The files of a pair, and where they were. */
export interface LastKnown {
  /** Whether both halves existed. They do not before the first pair. */
  readonly isComplete: boolean;
  readonly certificate: KnownFile;
  readonly key: KnownFile;
  readonly combined?: KnownFile;
  readonly outputs?: readonly KnownFile[];
}

/** The size limit of a record, in bytes. */
const recordLimit = 64 * 1024;

/**
 * The last known places of a pair: from the state beside the certificate, or if there is no state, from the
 * record beside the key.
 */
export async function readLastKnown(system: System, pair: Pair): Promise<LastKnown | undefined> {
  const { files } = system;
  // Nothing is read through a link: the change refuses a state directory that is not certswap's own.
  if (statIfPresent(files, pair.site.stateDirectory)?.kind === "directory") {
    const { state: { lastKnown, lastChange } } = await readState(system, pair);
    // The first pair became complete with the change in the state.
    const isComplete = lastChange !== undefined || lastKnown?.isComplete === true;
    if (lastKnown !== undefined) return { ...lastKnown, isComplete };
  }
  return (await readRecord(files, pair))?.known;
}

/** The record beside the key. */
export interface StoredRecord {
  readonly stored: SnapshotWithContent;
  /** `undefined`: it is unreadable, and is replaced. */
  readonly known: LastKnown | undefined;
}

/** Reads the record beside the key; `undefined` if there is none. */
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

/**
 * The names by which the halves of the active pair are known: for a flip, the link that leads to both, as its
 * versions come and go.
 */
export function knownHalves({ active, shape }: Pick<Pair, "active" | "shape">): PairFiles {
  if (shape !== "flip") return active;
  const link = directoryOf(active.certificate);
  return { certificate: link, key: link };
}

/** The outputs whose places are known: those that are not in the version of a flip. */
export function knownOutputs(pair: Pick<Pair, "outputs" | "active" | "shape">): readonly string[] {
  return outputsOutside(pair).map(({ path }) => path);
}

/** If a pair in one directory vanishes, all records about it vanish with it: nothing to keep. */
export function isInOneDirectory({ site }: Pair): boolean {
  return site.directories.length === 1;
}
