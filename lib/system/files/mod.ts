/** The door to files, and what is done through it. */
export * from "./access_lists.ts";
export * from "./deno_file_system.ts";
export * from "./file_system.ts";
export * from "./files.ts";
export * from "./path.ts";
export * from "./place.ts";
export * from "./read.ts";
export { standardInputPath, streamAt } from "./stream.ts";
