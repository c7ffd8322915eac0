/** Reads a data directory for `ca check`. */
export { DirectoryInspection } from "./directory_inspection.ts";
