/** A CA's store in a directory of files. */
export { DirectoryStore } from "./directory_store.ts";
