/** Times and lengths of time: how they are read and written. */
export { formatDuration, readDuration, readValidity } from "./duration.ts";
export * from "./time.ts";
