/** The status of pairs, and metrics. */
export { checkPair, type CheckState, type Finding, type PairCheck, worstState } from "./check.ts";
export type { KeptPair } from "./kept.ts";
export type { PairRun } from "./measure.ts";
export { writeMetrics } from "./metrics.ts";
export {
  type ConfiguredStatus,
  type PairReport,
  type PairStatus,
  readAllStatus,
  readStatus,
} from "./status.ts";
