/** The values of a configuration. */
export { type HookReference, hookTable, isConfiguredName, pairHook } from "./hook.ts";
export { expectationOf, isTable, type KnownKeys, unknownKeys } from "./known_keys.ts";
export { account, keyMode, mode, outputTable, readKeyMode } from "./output.ts";
export { probeTable, probeTables } from "./probe.ts";
export { command, oneOrMore, path, string, text, timeLimit } from "./words.ts";
