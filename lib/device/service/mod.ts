/** A service: the hook that tells it, the probe that looks at it. */
export { HookFailedError, ProbeStoppedError, type ProgramFailure } from "./errors.ts";
export { type HookConfiguration, runHook } from "./hook.ts";
export * from "./probe.ts";
export * from "./program.ts";
