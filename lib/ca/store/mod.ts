/** The store of a CA: its interface, and how to open and create one. */
export type { CertificateDetails, DescribedRecord, DetailsPatch } from "./details.ts";
export { isComplete, requireComplete } from "./completeness.ts";
export {
  type CopiedField,
  type DetailsCorrection,
  type Finding,
  isMendable,
  isProblem,
  orBadFile,
  type Problem,
} from "./finding.ts";
export type { KeptCertificates, StoreInspection } from "./inspection.ts";
export { type CaLocation, createStore, openStore } from "./open.ts";
export type {
  CaStore,
  CertificateRecord,
  IssuedCertificate,
  NewRoot,
  RecordFilter,
  RecoverOptions,
  StoreChange,
  StoreReader,
} from "./store.ts";
