/** Checks for monitoring systems: one line and exit codes by the rules of the Monitoring Plugins. */
export { checkPairs } from "./check_pairs.ts";
export { exitCodeOfCheck } from "./line.ts";
export { printUnknown } from "./unknown.ts";
