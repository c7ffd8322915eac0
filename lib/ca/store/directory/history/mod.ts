/** The history of a CA in its data directory. */
export { appendedHistory } from "./append.ts";
export { readHistory, readHistoryHead } from "./read.ts";
