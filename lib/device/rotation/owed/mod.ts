/** Pending hooks and probes: tells services about their new pairs, and rolls back. */
export { owedFor } from "./debt.ts";
export { type EarlierSights, lookBefore } from "./evidence.ts";
export {
  type Debtor,
  nothingOwed,
  type OwedConfiguration,
  type Settle,
  type Settlement,
  settleOwed,
  settleTogether,
  sharedHooksOf,
} from "./owed.ts";
export { isStopped } from "./tell_service.ts";
