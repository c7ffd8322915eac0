/** A CA's store in a directory of files. */
export { findDataDirectory } from "./data_directory.ts";
export { DirectoryStore } from "./directory_store.ts";
