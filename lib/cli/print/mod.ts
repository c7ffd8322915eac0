/** Printing: results as text and as JSON, tables, progress, the log. */
export { performed, planned } from "./activation_text.ts";
export * from "./certificate_text.ts";
export { homeRows } from "./home_rows.ts";
export {
  type Json,
  type LongPage,
  type Outcome,
  printError,
  printNotes,
  printOutcome,
  withFlags,
} from "./output.ts";
export { type Progress, showProgress } from "./progress.ts";
export * from "./recovery_text.ts";
export * from "./rotation/mod.ts";
export * from "./status/mod.ts";
export { topicLines, topics } from "./topics.ts";
