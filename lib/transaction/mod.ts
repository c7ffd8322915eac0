/** Changes several files as one. Knows nothing of certificates. */

/*
 * The story of a transaction: `withSession` (session.ts) takes the lock (lock.ts) and has recovery settle
 * what an earlier run left (recovery/). The caller then reads each target, keeps a snapshot of it
 * (snapshot.ts), validates, and commits a list of entries (entry.ts). The commit (commit/commit.ts)
 * stages each new file and backs up each old one beside its target (commit/stage.ts), and writes the
 * journal (journal.ts). Renaming the journal into its place is the commit point. Then every target is
 * made new (commit/apply.ts), and the journal and the backups are removed.
 *
 * Where all of this lies is the site (site.ts). docs/durability.md says what is promised, step by step.
 */

export type { CommitReport } from "./commit/mod.ts";
export * from "./entry.ts";
export * from "./errors.ts";
export { hasJournal } from "./journal.ts";
export { inspect, type Keep, type RecoveryOutlook, type RecoveryReport } from "./recovery/mod.ts";
export { replaceFile, type Replacement } from "./replace_file.ts";
export * from "./session.ts";
export { backupPath, type Site, stagedPath, temporaryName } from "./site.ts";
export { type Snapshot, type SnapshotWithContent, takeSnapshot, toSnapshot } from "./snapshot.ts";
export { makeDirectoryDurably, reasonForDistrust } from "./state_directory.ts";
