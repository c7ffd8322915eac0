/** A pair: its files, its state, reading and validating it. */
export * from "./active_pair.ts";
export { combinedDefect } from "./combined_file.ts";
export {
  attributesOf,
  drop,
  dropPair,
  type FileContent,
  firstAttributes,
  hasRights,
  isPublicWithoutKey,
  likeKey,
  ofCertificateCopy,
  ofKeyCopy,
  put,
  putCopy,
  putSecret,
  withRights,
} from "./entries.ts";
export { layOut, type Pair, type PairFiles, type PairPaths, rotationSite } from "./layout.ts";
export { exposedKeys, requireOwnKey, requireSoleName } from "./own_key.ts";
export {
  combinedFileLimit,
  concerning,
  isMissing,
  isWhole,
  load,
  loadAnchors,
  type LoadedPair,
  loadPair,
  loadStoredPair,
  readKeptPair,
  readStoredPair,
  type StoredPair,
} from "./read_pair.ts";
export * from "./resolve.ts";
export {
  type BundleRecord,
  type ChangeKind,
  type Course,
  type EarlierSight,
  type Failure,
  failureTextLimit,
  findNewerRecord,
  type KeptReason,
  mostRecorded,
  mostTold,
  type OutputRecord,
  type Owed,
  type PairState,
  putState,
  readState,
  type Renewal,
  requireKnownFormat,
  type TakenBack,
  type Told,
  type Totals,
  withChange,
  withKept,
  withTimeSeen,
} from "./state.ts";
export { type CertificateSummary, summarize } from "./summary.ts";
export * from "./validation.ts";
