/** A service: the hook that tells it, the probe that looks at it. */
export { checkProbes } from "./check.ts";
export {
  HookFailedError,
  isOfSharedHook,
  type ListPlace,
  placeIn,
  type ProbeFailedError,
  ProbeStoppedError,
} from "./errors.ts";
export { type HookConfiguration, type ListedHook, runHook, type ToldPair } from "./hook.ts";
export { lookOnce, probe } from "./probe.ts";
export * from "./probe_kinds.ts";
export * from "./program.ts";
export type { ExpectedPair, ProbeSight } from "./sight.ts";
export { untilStopped } from "./stop.ts";
