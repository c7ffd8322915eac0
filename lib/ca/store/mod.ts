/** The store of a CA: its interface, and how to open and create one. */
export { isComplete, requireComplete, requireReadable } from "./completeness.ts";
export type { CertificateDetails, DescribedRecord, DetailsPatch } from "./details.ts";
export {
  type CopiedField,
  type DetailsCorrection,
  type Finding,
  isMendable,
  isProblem,
  orBadFile,
  type Problem,
} from "./finding.ts";
export {
  type EventContent,
  type EventKind,
  eventKinds,
  EventLog,
  hashOfLine,
  type HistoryEvent,
  type HistoryFilter,
  type HistoryHead,
  type HistoryLine,
  noHash,
  requesterOf,
  toJson,
} from "./history/mod.ts";
export {
  addressesOfShard,
  currentTemplates,
  type ShardCrl,
  shardOf,
  shardPlaceholder,
  shardsOf,
  type ShardTemplate,
  withTemplates,
} from "./shards/mod.ts";
export type {
  ContentPart,
  InspectedCertificate,
  StoreContents,
  StoreInspection,
} from "./inspection.ts";
export {
  type CaLocation,
  createPending,
  createStore,
  moveTo,
  openStore,
  openStoreIfAny,
  removeOld,
  requireNoCa,
  settle,
  settlePending,
  storeNameOf,
} from "./open.ts";
export { commonNames } from "./common_names.ts";
export { copiedFieldsOf, recordOf, statusFields } from "./record.ts";
export { readStoredCertificate } from "./stored_certificate.ts";
export type {
  CaStore,
  CertificateRecord,
  ChangeOptions,
  EnrolmentKind,
  EnrolmentPatch,
  FormerCertificate,
  IssuedCertificate,
  NewRequest,
  NewRoot,
  OutlookOptions,
  OwnCertificates,
  Past,
  RecordFilter,
  RecoverOptions,
  Revocation,
  Revoke,
  StoreChange,
  StoredCrl,
  StoreReader,
} from "./store.ts";
export { enrolmentKinds } from "./store.ts";
export type { RemovedStore } from "./move/mod.ts";
export { isStoreName, type StoreName, storeNames } from "./store_name.ts";
