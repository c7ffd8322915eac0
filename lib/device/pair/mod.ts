/** A pair: its files, its state, reading and validating it. */
export * from "./active_pair.ts";
export { combinedDefect, combinedFileLimit } from "./combined_file.ts";
export {
  attributesOf,
  drop,
  dropPair,
  firstAttributes,
  ofCertificateCopy,
  ofKeyCopy,
  put,
  putCopy,
} from "./entries.ts";
export type { Pair, PairFiles, PairPaths } from "./layout.ts";
export { requireOwnKey, requireSoleName } from "./own_key.ts";
export {
  concerning,
  isMissing,
  isWhole,
  load,
  loadAnchors,
  type LoadedPair,
  loadPair,
  loadStoredPair,
  readStoredPair,
} from "./read_pair.ts";
export * from "./resolve.ts";
export {
  type ChangeKind,
  type Course,
  encodeState,
  type Failure,
  failureTextLimit,
  mostTold,
  type Owed,
  type PairState,
  readState,
  type Renewal,
  type Told,
  type Totals,
  withChange,
  withTimeSeen,
} from "./state.ts";
export { type CertificateSummary, summarize } from "./summary.ts";
export * from "./validation.ts";
