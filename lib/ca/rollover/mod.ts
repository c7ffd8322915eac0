/** `ca rollover`: one CA replaces another, in steps that can be reversed up to the next one. */
export { cancelRollover, finishRollover } from "./end.ts";
export type { RolloverStep } from "./errors.ts";
export {
  deviceIdOf,
  encodeFetched,
  type Fetched,
  fetchedPath,
  mostFetched,
  readFetched,
} from "./fetched.ts";
export type { RolloverReport } from "./parties.ts";
export { startRollover } from "./start.ts";
export {
  compareCas,
  type NextRolloverStep,
  nextStepOf,
  type RolloverStatus,
  rolloverStatus,
} from "./status.ts";
export { switchBack, switchRollover } from "./switch.ts";
