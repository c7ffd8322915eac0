/** Copies of a pair, in the forms that services read. */
export type { Part } from "./contents.ts";
export { type ExportOptions, prepareCopy, type PreparedCopy, writeCopy } from "./export.ts";
export type { OutputFormat } from "./formats.ts";
