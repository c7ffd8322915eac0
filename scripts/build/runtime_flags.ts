/** Isolates the runtime: no configuration, no downloads, no prompts, only the files that it was given. */
export const runtimeFlags: readonly string[] = [
  "--quiet",
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--cached-only",
  "--no-prompt",
];

/**
 * For starts that use what was compiled ahead; the cache is good for these flags only, and a start without
 * one would be slower with them. Not for `ca serve`, which runs for long.
 *
 * - V8 puts into its cache the functions that it has compiled when a module is loaded: told not to be lazy,
 *   all of them.
 * - Compiling a function better because it was called often comes too late for a process of 30 ms: put off
 *   until it is called ten times as often as is usual. A thousand signatures take no longer.
 * - A swap makes a little more than one megabyte of objects, and all of them are gone with the process: with
 *   room for twice as many there is nothing to collect.
 */
export const compiledAheadFlags: readonly string[] = [
  "--v8-flags=--no-lazy,--no-sparkplug,--invocation-count-for-maglev=4000,--min-semi-space-size=2",
];
