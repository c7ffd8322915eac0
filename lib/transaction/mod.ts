/** Changes several files as one. Knows nothing of certificates. */
export * from "./commit/mod.ts";
export type {
  CreateEntry,
  Entry,
  LinkEntry,
  MakeDirectoryEntry,
  ReplaceEntry,
  SetAccess,
} from "./entry.ts";
export * from "./errors.ts";
export { attributesEqual, hasJournal } from "./journal.ts";
export * from "./recovery/mod.ts";
export { removeDurably, replaceFile } from "./replace_file.ts";
export { recover, type Session, type SessionOptions, withLock, withSession } from "./session.ts";
export { backupPath, lockPath, type Site, stagedPath, temporaryName } from "./site.ts";
export {
  type Snapshot,
  type SnapshotWithContent,
  snapshotWithoutContent,
  takeSnapshot,
  toSnapshot,
} from "./snapshot.ts";
export { makeDirectoryDurably, requireWritable } from "./state_directory.ts";
