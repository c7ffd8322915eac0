/** The outputs of a pair: further files, made from it in the same transaction. */
export { type Part, piecesOf } from "./contents.ts";
export { type OutputFormat, writeOutput } from "./formats.ts";
export { requireKnownAccounts } from "./accounts.ts";
export { requireInputsApart } from "./inputs.ts";
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
} from "./rules.ts";
export {
  type Account,
  type FormatName,
  isSecret,
  type Output,
  type OutputSpec,
  type WantedRights,
} from "./spec.ts";
