/** The table of a pair: which of its keys go together, and what they mean. */
export { checkCombination, type Report } from "./combination.ts";
export { interpretPair, type ParsedPair } from "./interpret.ts";
export { layoutNames, layouts } from "./layouts.ts";
