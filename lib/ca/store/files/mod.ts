/** The files of a data directory that every kind of store has, and how they are created and replaced. */
export { CaFiles, type FilePart } from "./ca_files.ts";
export { crlFiles } from "./crl_files.ts";
export { type FirstContent, newFile, type NewKind } from "./create.ts";
export {
  caModes,
  type CaPaths,
  certificatePath,
  commonFiles,
  databaseFiles,
  type DataDirectory,
  findDataDirectory,
  ownAttributes,
  presenceOf,
  readIfPresent,
  replacedFiles,
  requireNoLink,
  requireTrustedCa,
  serialOfFileName,
  writtenFile,
} from "./data_directory.ts";
export { encodeStoreFile, readStoreName } from "./store_file.ts";
