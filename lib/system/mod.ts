/** The doors to the outside. Nothing outside this folder calls `Deno.*` or `node:*` for them. */
export * from "./clock.ts";
export * from "./digest.ts";
export * from "./errors.ts";
export * from "./files/mod.ts";
export * from "./network/mod.ts";
export * from "./present.ts";
export * from "./process/mod.ts";
export * from "./system.ts";
export * from "./time.ts";
export * from "./wrap_error.ts";
