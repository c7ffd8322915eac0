/** Prints what `status` finds: one pair, a table of all, the public facts. */
export { keptText } from "./kept_text.ts";
export * from "./public_facts_text.ts";
export { statusTable } from "./status_table.ts";
export {
  isUsable,
  missingLines,
  statusLines,
  statusToJson,
  statusWarnings,
} from "./status_text.ts";
