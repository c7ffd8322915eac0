/** The swap of a pair: what is active, what is pending, what is asked of a new pair, and the change itself. */
export type { SwapProposal } from "./change/activation.ts";
export type { Performed, Plan, PlannedChange } from "./change/change.ts";
export * from "./errors.ts";
export { formatMetrics, type MeasuredPair, writeMetrics } from "./status/metrics.ts";
export { type PairFiles, type PairPaths } from "./pair/layout.ts";
export { planRecovery, type RecoverOptions, recoverPair } from "./change/recover.ts";
export { planRollback, rollback, type RollbackOptions } from "./change/rollback.ts";
export { planStage, stage, type StageOptions, type StageProposal } from "./change/stage.ts";
export type { PairState } from "./pair/state.ts";
export { type PairReport, type PairStatus, readStatus } from "./status/status.ts";
export { type ConfiguredStatus, readAllStatus } from "./status/status.ts";
export type { CertificateSummary } from "./pair/summary.ts";
export { planSwap, swap, type SwapOptions } from "./change/swap.ts";
