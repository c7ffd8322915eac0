/** Shuts the runtime in: no configuration, no download, no question, nothing but the files it was given. */
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
 * For starts that use what was compiled ahead. V8 puts into its cache only the functions that it has compiled
 * when a module is loaded; told not to be lazy, that is all of them: 6 ms of `status` and `swap`. The cache is
 * good for these flags only. A start without a cache would be slower with them.
 */
export const compiledAheadFlags: readonly string[] = ["--v8-flags=--no-lazy"];
