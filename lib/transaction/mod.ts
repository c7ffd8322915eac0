/** Several files change as one: stage, commit, recover. Knows nothing of certificates. */
export * from "./entry.ts";
export * from "./errors.ts";
export * from "./report.ts";
export * from "./site.ts";
