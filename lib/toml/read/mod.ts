/** Reads strict TOML files: the parser, schemas of values, and the line of each key. */
export { isTable, type KnownKeys } from "./known_keys.ts";
export type { KeyPath } from "./locate.ts";
export { keyText, type Reported, shortJson, TomlReading, valueAt } from "./reading.ts";
export { command, oneOrMore, path, string, text, timeLimit } from "./words.ts";
