/** The pair of a device: its status, and everything that changes it. */
export {
  type NewPair,
  type Performed,
  type Plan,
  type PlannedChange,
  planRecovery,
  planRollback,
  planStage,
  planSwap,
  recoverPair,
  rollback,
  stage,
  swap,
  type SwapOptions,
  type SwapProposal,
} from "./change/mod.ts";
export { spread } from "./retry.ts";
export {
  BrokenActivePairError,
  type FileRole,
  type IdentityChangedError,
  type RenewalBlockedError,
  type UnrelatedKind,
} from "./errors.ts";
export type { CertificateSummary, PairFiles, PairPaths, PairState } from "./pair/mod.ts";
export {
  type ConfiguredStatus,
  type PairReport,
  type PairStatus,
  readAllStatus,
  readStatus,
  writeMetrics,
} from "./status/mod.ts";
