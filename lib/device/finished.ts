import type { System } from "../system/mod.ts";
import type { RecoveryReport } from "../transaction/mod.ts";
import type { SwapProposal } from "./activation.ts";
import type { ActivePair } from "./active_pair.ts";
import type { Pair } from "./pair.ts";
import { type ChangeKind, readState } from "./state.ts";
import { summarize } from "./summary.ts";

/** What was asked for, and what recovery has just done. */
export interface Finished {
  readonly recovery: RecoveryReport | undefined;
  readonly active: ActivePair;
  readonly by: ChangeKind;
}

/**
 * A change that a crash cut short, that is asked for again, and that recovery has finished just now:
 * whoever calls again has what was asked for, and not an error that there is nothing to swap in any more.
 *
 * @returns a proposal with nothing to do, `undefined` where it was not this change that was finished.
 */
export async function finishedByRecovery(
  system: System,
  pair: Pair,
  { recovery, active, by }: Finished,
): Promise<SwapProposal | undefined> {
  if (recovery?.outcome !== "rolled-forward" || active.condition !== "sound") return undefined;
  // Whatever makes a pair active writes down what it was, in the same transaction.
  if (!recovery.targets.includes(pair.state)) return undefined;
  const { state } = await readState(system, pair);
  if (state.lastChange?.by !== by) return undefined;
  return {
    certificate: await summarize(active.loaded.leaf),
    replaced: undefined,
    isChange: false,
    keepsPrevious: false,
    entries: [],
    warnings: [],
  };
}
