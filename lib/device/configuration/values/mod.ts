/** The values that a configuration is made of. */
export { probeTable, probeTables } from "./probe.ts";
export { command, oneOrMore, path, string, text, timeLimit } from "./words.ts";
