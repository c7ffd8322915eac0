/** `certswap.toml`: reading it, and everything that can be wrong with it. */
export * from "./configuration.ts";
export * from "./errors.ts";
export { requireProgram } from "./unusable_paths.ts";
export { pairNamed } from "./configuration.ts";
export { checkConfiguration, readConfiguration } from "./read.ts";
