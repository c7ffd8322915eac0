/** Compares the combined file with the active pair. */
import { CertswapError, type FileSystem } from "../../system/mod.ts";
import { takeSnapshot } from "../../transaction/mod.ts";
import { bytesEqual, readPem } from "../../x509/mod.ts";
import type { ActivePair } from "./active_pair.ts";
import { CombinedStaleError } from "../errors.ts";
import type { Pair } from "./layout.ts";
import { combinedFileLimit } from "./read_pair.ts";
import { requirePairFile } from "./unrelated/mod.ts";

/**
 * Warnings about the combined file, if there should be one and the pair itself is usable. Only its leaf is
 * compared: a file in another order is accepted.
 */
export async function combinedDefect(
  files: FileSystem,
  { combined, active: paths }: Pair,
  active: ActivePair,
): Promise<CertswapError | undefined> {
  if (combined === undefined || active.condition !== "sound") return undefined;
  try {
    const stored = await takeSnapshot(files, combined, combinedFileLimit);
    if (stored !== undefined && holds(stored.content, active.loaded.leaf.der)) return undefined;
    requirePairFile(combined, "combined", stored?.content);
    return new CombinedStaleError(combined, { isMissing: stored === undefined, active: paths });
  } catch (error) {
    if (error instanceof CertswapError) return error;
    throw error;
  }
}

/** Whether this is the first certificate in a PEM file. */
function holds(content: Uint8Array, leaf: Uint8Array): boolean {
  try {
    const blocks = readPem(content, { limit: combinedFileLimit });
    const first = blocks.find(({ label }) => label === "CERTIFICATE");
    return first !== undefined && bytesEqual(first.der, leaf);
  } catch (error) {
    if (error instanceof CertswapError) return false;
    throw error;
  }
}
