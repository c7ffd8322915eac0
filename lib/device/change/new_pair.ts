/** A new pair as it is delivered: two PEM files, or one PKCS#12 file. */
import type { System } from "../../system/mod.ts";
import { type LoadedPair, loadPair, type PairFiles } from "../pair/mod.ts";
import type { Pkcs12Files } from "../pkcs12/mod.ts";

/** Where a new pair is. */
export type NewPair = PairFiles | Pkcs12Files;

/**
 * Reads a new pair that lies anywhere.
 *
 * @throws the errors of `loadPair`, or those of `loadPkcs12`.
 */
export async function loadNewPair(system: System, newPair: NewPair): Promise<LoadedPair> {
  if (!("pkcs12" in newPair)) return await loadPair(system.files, newPair);
  const { loadPkcs12 } = await import("../pkcs12/mod.ts");
  return await loadPkcs12(system, newPair);
}
