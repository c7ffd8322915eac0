/** The pair of a device: its status, and everything that changes it. */
export type { SwapProposal } from "./change/activation.ts";
export type { Performed, Plan, PlannedChange } from "./change/change.ts";
export * from "./errors.ts";
export { formatMetrics, type MeasuredPair, writeMetrics } from "./status/metrics.ts";
export { type PairFiles, type PairPaths } from "./pair/layout.ts";
export { planRecovery, type RecoverOptions, recoverPair } from "./change/recover.ts";
export { planRollback, rollback, type RollbackOptions } from "./change/rollback.ts";
export { planStage, stage, type StageOptions, type StageProposal } from "./change/stage.ts";
export type { PairState } from "./pair/state.ts";
export {
  type ConfiguredStatus,
  type PairReport,
  type PairStatus,
  readAllStatus,
  readStatus,
} from "./status/status.ts";
export type { CertificateSummary } from "./pair/summary.ts";
export { planSwap, swap, type SwapOptions } from "./change/swap.ts";
