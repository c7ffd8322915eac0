/** The values of a configuration. */
export { type HookReference, hookTable, isConfiguredName, pairHook } from "./hook.ts";
export { account, keyMode, mode, outputTable, readKeyMode, trustBundleTable } from "./output.ts";
export { probeTable, probeTables } from "./probe.ts";
export { command, path, timeLimit } from "../../../toml/read/mod.ts";
export { oneOrMore, string, text } from "./words.ts";
