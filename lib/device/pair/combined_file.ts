/** Compares the combined file with the active pair. */
import { CertswapError, type FileSystem } from "../../system/mod.ts";
import { bytesEqual } from "../../x509/mod.ts";
import type { ActivePair } from "./active_pair.ts";
import { CombinedStaleError } from "../errors.ts";
import type { Pair } from "./layout.ts";
import { isWhole, loadStoredPair, readHome, type StoredPair } from "./read_pair.ts";
import { requirePairFile } from "./unrelated/mod.ts";

/**
 * Warnings about the combined file, if there should be one and the pair itself is usable. Its key and its
 * leaf are compared: a file in another order is accepted.
 */
export async function combinedDefect(
  files: FileSystem,
  { combined, active: paths }: Pair,
  active: ActivePair,
): Promise<CertswapError | undefined> {
  if (combined === undefined || active.condition !== "sound") return undefined;
  try {
    const stored = await readHome(files, combined);
    if (await holds(stored, active.loaded.leaf.der)) return undefined;
    requirePairFile(combined, "combined", stored.home?.content);
    return new CombinedStaleError(combined, {
      isMissing: stored.home === undefined,
      active: paths,
    });
  } catch (error) {
    if (error instanceof CertswapError) return error;
    throw error;
  }
}

/** Whether a combined file has this leaf, first among its certificates, and its key. */
async function holds(stored: StoredPair, leaf: Uint8Array): Promise<boolean> {
  if (!isWhole(stored)) return false;
  try {
    return bytesEqual((await loadStoredPair(stored)).leaf.der, leaf);
  } catch (error) {
    if (error instanceof CertswapError) return false;
    throw error;
  }
}
