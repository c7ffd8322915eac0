/** What a monitoring system is told: one line by the guidelines of the Monitoring Plugins, and their exit codes. */
export { checkPairs } from "./check_pairs.ts";
export { exitCodeOfCheck } from "./line.ts";
export { printUnknown } from "./unknown.ts";
