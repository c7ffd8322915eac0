/** The status of pairs, checks for monitoring, and metrics. */
export { crlMetricsStart, replaceMetrics } from "./metrics_file.ts";
export { checkPair, type CheckState, type Finding, type PairCheck, worstState } from "./check.ts";
export type { KeptPair } from "./kept.ts";
export type { PairRun } from "./measure.ts";
export { writeMetrics } from "./metrics.ts";
export { metricsNameWarnings } from "./metrics_name.ts";
export {
  isRefused,
  type PublicFacts,
  readPublicFacts,
  type SeenPair,
  withPublicFacts,
} from "./public_facts.ts";
export type { TrustedRoot, TrustStatus } from "./trust.ts";
export { lookAround, type Surroundings } from "./surroundings.ts";
export {
  type ConfiguredStatus,
  type PairReport,
  type PairStatus,
  readAllStatus,
  readStatus,
  type StatusOptions,
} from "./status.ts";
