import type { FileSystem } from "../system/mod.ts";
import { type SnapshotWithContent, takeSnapshot } from "../transaction/mod.ts";
import { certificateFileLimit, privateKeyFileLimit } from "../x509/mod.ts";
import type { PairFiles } from "./pair.ts";

/** The two files of a pair as they were found on the disk. */
export interface StoredPair {
  readonly files: PairFiles;
  readonly certificate: SnapshotWithContent | undefined;
  readonly key: SnapshotWithContent | undefined;
}

/** A pair with both of its files. */
export interface WholePair extends StoredPair {
  readonly certificate: SnapshotWithContent;
  readonly key: SnapshotWithContent;
}

/**
 * Reads the files of a pair, without asking what is in them.
 *
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError
 */
export async function readStoredPair(files: FileSystem, pair: PairFiles): Promise<StoredPair> {
  return {
    files: pair,
    certificate: await takeSnapshot(files, pair.certificate, certificateFileLimit),
    key: await takeSnapshot(files, pair.key, privateKeyFileLimit),
  };
}

/** Whether both files are there. */
export function isWhole(pair: StoredPair): pair is WholePair {
  return pair.certificate !== undefined && pair.key !== undefined;
}

/** Whether neither file is there. */
export function isMissing({ certificate, key }: StoredPair): boolean {
  return certificate === undefined && key === undefined;
}
