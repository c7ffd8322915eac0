/** The doors to the outside. Nothing outside this folder calls `Deno.*` or `node:*` for them. */
export * from "./clock.ts";
export * from "./files/deno_file_system.ts";
export * from "./digest.ts";
export * from "./errors.ts";
export * from "./files/file_system.ts";
export * from "./files/files.ts";
export * from "./network/network.ts";
export * from "./files/path.ts";
export * from "./files/place.ts";
export * from "./process/permissions.ts";
export * from "./process/processes.ts";
export * from "./process/program.ts";
export * from "./process/runtime.ts";
export * from "./system.ts";
export * from "./process/terminal.ts";
export * from "./time.ts";
export * from "./wrap_error.ts";
