/** The doors to this process and to others. */
export * from "./environment.ts";
export * from "./permissions.ts";
export * from "./processes.ts";
export * from "./program.ts";
export * from "./runtime.ts";
export * from "./terminal.ts";
