/** Several files change as one: stage, commit, recover. Knows nothing of certificates. */
export * from "./entry.ts";
export * from "./errors.ts";
export { hasJournal } from "./journal.ts";
export { inspect } from "./recovery/inspect.ts";
export type { Keep } from "./recovery/recovery.ts";
export { replaceFile, type Replacement } from "./replace_file.ts";
export * from "./site.ts";
export * from "./session.ts";
export { type Site, temporaryName } from "./site.ts";
export { type SnapshotWithContent, takeSnapshot, toSnapshot } from "./entry.ts";
export { makeDirectoryDurably, reasonForDistrust } from "./state_directory.ts";
