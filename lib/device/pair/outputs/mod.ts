/** The outputs of a pair: further files, made from it in the same transaction. */
export { type Part, piecesOf } from "./contents.ts";
export { isInVersion, outputsInside, outputsOutside } from "./outside.ts";
export { type ServedFile, servedFiles } from "./served.ts";
export { type OutputFormat, writeOutput } from "./formats.ts";
export {
  formatNames,
  friendlyNameFault,
  friendlyNameLimit,
  isPart,
  type OutputFault,
  outputFaults,
  partNames,
  type Pkcs12Setting,
  profileNames,
  requireInputsApart,
  requireKnownAccounts,
} from "./settings/mod.ts";
export {
  type FormatName,
  isSecret,
  type Output,
  type OutputSpec,
  type WantedRights,
} from "./spec.ts";
export { writeBundle } from "./bundle.ts";
export { makeOutputs } from "./entries.ts";
export { noteOutputs } from "./note.ts";
export { recordedOutputs } from "./recorded.ts";
export { OutputLeftBehindError, OutputPasswordError, OutputStaleError } from "./errors.ts";
