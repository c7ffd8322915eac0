/** Removing a pending pair outside of a transaction: because a swap failed, or because that was cut short. */
import {
  directoryOf,
  type FileSystem,
  isListed,
  syncDirectory,
  unlinkEach,
} from "../../system/mod.ts";
import type { Pair, PairFiles } from "./layout.ts";

/**
 * Removes both files of a pending pair, the key first, and makes that durable.
 *
 * @returns whether that succeeded. What is left, if it is half a pair, is removed by the next run.
 */
export function removePending(files: FileSystem, { pending }: Pair): boolean {
  try {
    removeFiles(files, pending);
    return true;
  } catch {
    // The error that the swap failed with is the one to report, and most often it is the same.
    return false;
  }
}

/** The file of a pending pair whose other half is missing. */
export function findHalfPending(files: FileSystem, { pending }: Pair): string | undefined {
  const [certificate, key] = [pending.certificate, pending.key]
    .map((path) => isListed(files, path) ? path : undefined);
  if ((certificate === undefined) === (key === undefined)) return undefined;
  return certificate ?? key;
}

/**
 * Removes half a pending pair. Staging and swapping are transactions: only {@linkcode removePending},
 * cut by a crash, leaves one. The lock must be held.
 *
 * @returns what was removed.
 * @throws FileSystemError
 */
export function removeHalfPending(files: FileSystem, pair: Pair): readonly string[] {
  const half = findHalfPending(files, pair);
  if (half === undefined) return [];
  removeFiles(files, pair.pending);
  return [half];
}

function removeFiles(files: FileSystem, { key, certificate }: PairFiles): void {
  unlinkEach(files, [key, certificate]);
  for (const directory of new Set([key, certificate].map(directoryOf))) {
    syncDirectory(files, directory);
  }
}
