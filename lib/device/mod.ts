/** The swap of a pair: what is active, what is pending, what is asked of a new pair, and the change itself. */
export type { SwapProposal } from "./activation.ts";
export type { Performed, Plan, PlannedChange } from "./change.ts";
export * from "./errors.ts";
export { formatMetrics, type MeasuredPair, writeMetrics } from "./metrics.ts";
export { type PairFiles, type PairPaths } from "./pair.ts";
export { planRecovery, type RecoverOptions, recoverPair } from "./recover.ts";
export { planRollback, rollback, type RollbackOptions } from "./rollback.ts";
export { planStage, stage, type StageOptions, type StageProposal } from "./stage.ts";
export type { PairState } from "./state.ts";
export { type PairReport, type PairStatus, readStatus } from "./status.ts";
export { type ConfiguredStatus, readAllStatus } from "./status_of_all.ts";
export type { CertificateSummary } from "./summary.ts";
export { planSwap, swap, type SwapOptions } from "./swap.ts";
