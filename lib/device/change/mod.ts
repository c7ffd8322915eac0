/** Changes of a pair: swap, stage, rollback, recover. */
export { proposeActivation, type SwapProposal } from "./activation.ts";
export { perform, type Performed, type Plan, type PlannedChange, type Proposal } from "./change.ts";
export { type MissingOptions, requireNothingMissing } from "./missing.ts";
export { inspectPair } from "./outlook.ts";
export type { NewPair } from "./new_pair.ts";
export { planRecovery, recoverPair, recoverResolved } from "./recover.ts";
export {
  findDefects,
  proposeRepair,
  type Repair,
  requireDeliverable,
  requireReplaceableFile,
} from "./files/mod.ts";
export { planRollback, rollback } from "./rollback.ts";
export { pendingEntries, planStage, stage } from "./stage.ts";
export { planSwap, swap, type SwapOptions } from "./swap.ts";
