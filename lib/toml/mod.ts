/** Strict TOML files: every mistake with its line, and the known word that may be meant. */
// What reads such files is in `read/`: most commands never load it.
export { nearest } from "./nearest.ts";
export type { Place, Problem, TomlMistake, TopLevelForm } from "./problems.ts";
