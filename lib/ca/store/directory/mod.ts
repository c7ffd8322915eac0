/** The store that is a directory of files. */
export { findDataDirectory } from "./data_directory.ts";
export { DirectoryStore } from "./directory_store.ts";
