/** The files of a data directory that every kind of store has, and how they are created and replaced. */
export { CaFiles, type FilePart } from "./ca_files.ts";
export { crlFiles } from "./crl_files.ts";
export type { FirstContent, NewKind } from "./create.ts";
export {
  caModes,
  type CaPaths,
  certificatePath,
  commonFiles,
  databaseFiles,
  type DataDirectory,
  enrolmentsLimit,
  entryFor,
  findDataDirectory,
  newFile,
  ownAttributes,
  presenceOf,
  readIfPresent,
  readStartIfPresent,
  replacedFiles,
  requireNoLink,
  requireTrustedCa,
  segmentPath,
  sequenceOfSegment,
  serialOfFileName,
  shardCrlNames,
  writtenFile,
} from "./data_directory.ts";
export { commitAll, madeDirectory } from "./new_directories.ts";
export { changedTemplates, decodeTemplates, encodeTemplates, readTemplates } from "./shards.ts";
export { withPublishLock } from "./publish_lock.ts";
export {
  type BegunMove,
  readStoreFile,
  readStoreName,
  type StoreFile,
  writtenStoreFile,
} from "./store_file.ts";
