/** `certswap.toml`: reading it, and everything that can be wrong with it. */
export * from "./configuration.ts";
export * from "./errors.ts";
export { requireProgram } from "./require_program.ts";
export { pairNamed } from "./pair_named.ts";
export { checkConfiguration, readConfiguration } from "./read.ts";
