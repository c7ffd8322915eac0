/** Refusing to overwrite a file that is not part of any pair: most likely the path is wrong. */
import { type FileSystem, FileSystemError, readFile, type System } from "../../../system/mod.ts";
import { takeSnapshot } from "../../../transaction/mod.ts";
import type { FileRole } from "../../errors.ts";
import { type ActivePair, combinedFileLimit, type Pair, readState } from "../../pair/mod.ts";
import { requirePairFile } from "../../pair/unrelated/mod.ts";

/**
 * Requires that no file of the active pair, nor the combined file, holds something else.
 *
 * @throws UnrelatedFileError, and the errors of reading the combined file.
 */
export async function requireReplaceable(
  files: FileSystem,
  { active: paths, combined }: Pair,
  { condition, stored }: ActivePair,
): Promise<void> {
  if (condition === "broken") {
    requirePairFile(paths.certificate, "certificate", stored.certificate?.content);
    requirePairFile(paths.key, "key", stored.key?.content);
  }
  // A file without a certificate and a key is a pair that is missing, but not a file that is.
  if (stored.home !== undefined) requirePairFile(paths.key, "combined", stored.home.content);
  if (combined === undefined) return;
  const old = await takeSnapshot(files, combined, combinedFileLimit);
  requirePairFile(combined, "combined", old?.content);
}

/**
 * Requires that everything that is made from a pair could be written, before there is a new pair: no other
 * file would be lost, and the passwords can be read. Reads only.
 *
 * @throws as {@linkcode requireReplaceable}; the errors of making the outputs.
 */
export async function requireDeliverable(
  system: System,
  pair: Pair,
  active: ActivePair,
): Promise<void> {
  await requireReplaceable(system.files, pair, active);
  if (pair.outputs.length === 0) return;
  const { requireDeliverableOutputs } = await import("../../pair/outputs/entries.ts");
  const { state: { outputs = [] } } = await readState(system, pair);
  await requireDeliverableOutputs(system, pair, outputs);
}

/**
 * Requires that a path does not lead to an unrelated file, for a check of the configuration. A file that is
 * missing or cannot be read passes: the change itself reports that.
 *
 * @throws UnrelatedFileError, FileTooLargeError
 */
export function requireReplaceableFile(files: FileSystem, path: string, role: FileRole): void {
  requirePairFile(path, role, readIfPossible(files, path));
}

function readIfPossible(files: FileSystem, path: string): Uint8Array | undefined {
  try {
    return readFile(files, path, combinedFileLimit).content;
  } catch (error) {
    if (error instanceof FileSystemError) return undefined;
    throw error;
  }
}
