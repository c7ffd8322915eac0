/** Looks for what is to be repaired. Apart from the repair, which few starts need. */
import { CertswapError, type System } from "../../../system/mod.ts";
import type { ActivePair, Pair, PairState } from "../../pair/mod.ts";
import type { Repair } from "./repair.ts";

/**
 * Looks for what belongs to an active pair and is not as it should be. Reads only.
 *
 * @returns the error, if that cannot be found out: the repair would fail for the same reason.
 */
export async function findDefects(
  system: System,
  pair: Pair,
  { active, state }: { readonly active: ActivePair; readonly state: PairState },
): Promise<Repair["defects"] | CertswapError> {
  if (active.condition !== "sound" || !mayNeedRepair(pair)) return [];
  const { proposeRepair } = await import("./repair.ts");
  try {
    const records = state.outputs ?? [];
    return (await proposeRepair(system, pair, { active, records })).defects;
  } catch (error) {
    if (error instanceof CertswapError) return error;
    throw error;
  }
}

/** Whether a pair has anything that could need a repair. */
function mayNeedRepair({ combined, outputs, rights }: Pair): boolean {
  return combined !== undefined || outputs.length > 0 ||
    [rights.certificate, rights.key].some((wanted) => Object.keys(wanted).length > 0);
}
