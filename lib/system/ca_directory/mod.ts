/** The data directory of a CA, recognised without reading it: its files must never be overwritten. */
export { caDirectoryOf, isCaDirectory } from "./ca_directory.ts";
