/** The outputs of a pair: further files, made from it in the same transaction. */
export { type Part, piecesOf } from "./contents.ts";
export { isInVersion, outputsInside, outputsOutside } from "./outside.ts";
export { type ServedFile, servedFiles } from "./served.ts";
export { type OutputFormat, writeOutput } from "./formats.ts";
export {
  type FormatName,
  isSecret,
  type Output,
  type OutputSpec,
  type WantedRights,
} from "./spec.ts";
