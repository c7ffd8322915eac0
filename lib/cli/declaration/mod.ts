/** Declaring commands: flags, arguments, help. */
export * from "./ca_flags.ts";
export {
  command,
  type CommonFlags,
  type DeclaredCommand,
  type DeclaredGroup,
  group,
  type Invocation,
  type Parameters,
  type ReadLine,
} from "./command.ts";
export { parseFriendlyName } from "./export_flags.ts";
export {
  acceptMissingFlag,
  certificateArgument,
  certificateFlag,
  type Completes,
  configFlag,
  directory,
  dryRunFlag,
  file,
  idArgument,
  inputArgument,
  inputFile,
  jsonFlag,
  keepFlag,
  keepPreviousFlag,
  lockTimeoutFlag,
  metricsFlag,
  type MissingFlags,
  newPairFiles,
  type NewPairFlags,
  newPairFlags,
  type PairFlags,
  pairFlags,
  pairName,
  parseDuration,
  passwordFileFlag,
  purposeFlag,
  requiredDirectory,
  requiredFile,
  requiredNewPair,
  requireStreamsOnce,
  serialNumberFlag,
  toggle,
  trustFlag,
  type WaiverFlags,
  waiverFlags,
  wordArgument,
} from "./flags.ts";
export { commandRows, helpOf, placeholderOf } from "./help_page.ts";
export { type OutputFlags, outputFlags, outputPaths } from "./output_flags.ts";
export { parserCommand, parserGroup } from "./parser.ts";
export * from "./passphrase/mod.ts";
export * from "./selected_ca/mod.ts";
export {
  configuration,
  configurationPath,
  defaultsOf,
  loadJudgeBy,
  type SelectedPair,
  selectPair,
  selectPairs,
} from "./selected_pair.ts";
