/** The CA that a command is about, and whether it is kept on a server. */
export { dataDirectory, dataDirectoryFlag, type DataDirectoryFlags } from "./data_directory.ts";
export { neededFor } from "./store_server.ts";
