/** Copies of a pair, in the forms that services read. */
export { type ExportOptions, prepareCopy, type PreparedCopy, writeCopy } from "./export.ts";
