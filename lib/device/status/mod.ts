/** The status of pairs, and metrics. */
export { writeMetrics } from "./metrics.ts";
export {
  type ConfiguredStatus,
  type PairReport,
  type PairStatus,
  readAllStatus,
  readStatus,
} from "./status.ts";
