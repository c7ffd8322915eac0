/** The doors to the outside. Nothing outside this folder calls `Deno.*` or `node:*` for them. */
export * from "./clock.ts";
export * from "./deno_file_system.ts";
export * from "./digest.ts";
export * from "./error.ts";
export * from "./file_system.ts";
export * from "./files.ts";
export * from "./network.ts";
export * from "./path.ts";
export * from "./permissions.ts";
export * from "./processes.ts";
export * from "./program.ts";
export * from "./runtime.ts";
export * from "./system.ts";
export * from "./terminal.ts";
