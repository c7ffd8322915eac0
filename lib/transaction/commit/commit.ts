/** Commits a transaction. The commit point is the journal's rename, marked COMMIT POINT in `commitMany`. */
import {
  directoryOf,
  type FileHandle,
  type FileIdentity,
  type FileSystem,
  isErrno,
  isSameFile,
  nameOf,
  type OpenedFile,
  openRegularFile,
  statIfPresent,
  type System,
  unlinkEach,
  WrongFileKindError,
} from "../../system/mod.ts";
import { linkAt, missing } from "./content.ts";
import { Directories } from "./directories.ts";
import type { Entry } from "../entry.ts";
import {
  InterruptedError,
  OutcomeUnknownError,
  TargetChangedError,
  TransactionFailedError,
} from "../errors.ts";
import { type Interruption, obeyInterruption } from "../interruption.ts";
import { encodeJournal, journalDraftPath, type JournalRecord, toRecord } from "../journal.ts";
import { backupPath, journalPath, ownMode, type Site, stagedPath } from "../site.ts";
import { isSnapshotted, openSnapshotted, type Snapshot } from "../snapshot.ts";
import { apply, makeOld } from "./apply.ts";
import { backUp, createDurably, stage } from "./stage.ts";
import type { StagedAhead } from "./stage_ahead.ts";

/** How many entries are staged between two checks for signals. The last check is right before the commit. */
const stagedAtOnce = 32;

/** Options of a commit. */
export interface CommitOptions {
  /** Applied in this order. Each target at most once. */
  readonly entries: readonly Entry[];
  readonly interruption: Interruption;
  /** Files of entries that are staged already. */
  readonly ahead: StagedAhead;
}

/** The result of a successful transaction. */
export interface CommitReport {
  /**
   * Errors of the last step: the new state is in place, but recovery may have a leftover to remove.
   */
  readonly warnings: readonly unknown[];
}

/** A transaction in progress. */
interface Transaction {
  readonly system: System;
  readonly site: Site;
  readonly entries: readonly Entry[];
  readonly records: readonly JournalRecord[];
  readonly interruption: Interruption;
  readonly ahead: StagedAhead;
  readonly directories: Directories;
  /** Staged files, by their temporary name. */
  readonly made: Map<string, FileIdentity>;
  /** The identity of each target when its backup was complete, by its path. */
  readonly found: Map<string, FileIdentity>;
  /** The temporary names in use by this transaction. */
  readonly begun: Set<string>;
  /** Locks that tell other sites that temporary files of shared targets are in use. A crash releases them. */
  readonly locks: FileHandle[];
}

/** A transaction with the bytes of its journal. */
interface JournaledTransaction extends Transaction {
  readonly journal: Uint8Array;
}

/**
 * Changes all targets, or none: stage, back up, commit, apply, finish. The lock must be held and
 * recovery must have run.
 *
 * @throws TargetChangedError, InterruptedError, TransactionFailedError: nothing has changed.
 * @throws OutcomeUnknownError: everything was left in place for recovery.
 * @throws TypeError for a link that other sites also manage, or with a content that is not allowed: a defect.
 */
export async function commit(
  system: System,
  site: Site,
  options: CommitOptions,
): Promise<CommitReport> {
  const { entries, interruption, ahead } = options;
  if (entries.length === 0) return { warnings: [] };
  requireNoSharedLink(site, entries);
  const directories = await openDirectories(system.files, [
    ...entries.map(directoryOfTarget),
    site.stateDirectory,
  ]);
  const locks: FileHandle[] = [];
  try {
    const records = await Promise.all(entries.map(toRecord));
    const own = {
      made: new Map<string, FileIdentity>(),
      found: new Map<string, FileIdentity>(),
      begun: new Set<string>(),
      locks,
    };
    const transaction = {
      system,
      site,
      entries,
      records,
      interruption,
      ahead,
      directories,
      ...own,
    };
    if (entries.length === 1) return await commitOne(transaction);
    // Before anything is created: a journal that cannot be read back is refused.
    const journal = await encodeJournal(site, records);
    return await commitMany({ ...transaction, journal });
  } finally {
    directories.close();
    for (const lock of locks) lock.close();
  }
}

/** Temporary files of shared targets are locked, and a link cannot be opened for that. */
function requireNoSharedLink(site: Site, entries: readonly Entry[]): void {
  const shared = entries.find(({ kind, target }) =>
    kind === "link" && site.sharesTarget?.(target) === true
  );
  if (shared !== undefined) throw new TypeError(`${shared.target} is a link, and shared`);
}

async function openDirectories(
  files: FileSystem,
  paths: readonly string[],
): Promise<Directories> {
  try {
    return await Directories.open(files, paths);
  } catch (cause) {
    throw new TransactionFailedError(false, { cause });
  }
}

/**
 * A single rename is atomic, and is the commit point: it needs neither backup nor journal. This also applies
 * to a link: a crash leaves the old name or the new one, and a link that is there has its content.
 */
async function commitOne(transaction: Transaction): Promise<CommitReport> {
  await beforeCommit(transaction, async () => {
    await stageAll(transaction);
    await lockShared(transaction);
    await obeyInterruption(transaction.system, transaction.interruption);
    await requireUnchangedTargets(transaction);
    applyAll(transaction);
  });
  orOutcomeUnknown(transaction, () => syncTargetDirectories(transaction));
  return { warnings: [] };
}

async function commitMany(transaction: JournaledTransaction): Promise<CommitReport> {
  const { system: { files }, site, directories } = transaction;
  await beforeCommit(transaction, async () => {
    await stageAll(transaction);
    await backUpAll(transaction);
    await lockShared(transaction);
    // Not the state directory: its fsync after the commit makes the journal and a staged file there durable
    // as one.
    const { stateDirectory } = site;
    directories.sync(directories.paths.filter((path) => path !== stateDirectory));
    await begin(transaction, journalDraftPath(site), () => writeJournalDraft(transaction));
    await obeyInterruption(transaction.system, transaction.interruption);
    // As late as possible: a change by another program between here and the rename is lost. No fsync in
    // between.
    await requireUnchangedTargets(transaction);
    requireOwn(transaction, journalDraftPath(site));
    if (!directories.isStill(files, stateDirectory)) throw new TargetChangedError(stateDirectory);
    // COMMIT POINT: before this line a crash leaves the old state, after it the new one.
    files.rename(journalDraftPath(site), journalPath(site));
  });
  orOutcomeUnknown(transaction, () => directories.sync([site.stateDirectory]));
  // From here on, the new state is authoritative.
  try {
    applyAll(transaction);
  } catch (cause) {
    await undo(transaction, cause);
    throw new TransactionFailedError(true, { cause });
  }
  orOutcomeUnknown(transaction, () => syncTargetDirectories(transaction));
  return finish(transaction);
}

/** Runs the steps before the commit. If one fails, removes what they created. */
async function beforeCommit(transaction: Transaction, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    discardTemporaryFiles(transaction);
    if (cause instanceof TargetChangedError || cause instanceof InterruptedError) throw cause;
    throw new TransactionFailedError(false, { cause });
  }
}

/** Claims a temporary name for this transaction, unless it is already taken. */
async function begin<T>(
  { begun }: Transaction,
  path: string,
  make: () => T | Promise<T>,
): Promise<T> {
  begun.add(path);
  try {
    return await make();
  } catch (error) {
    if (isErrno(error, "EEXIST")) begun.delete(path);
    throw error;
  }
}

async function stageAll(transaction: Transaction): Promise<void> {
  const { system, entries, interruption, ahead, made, begun } = transaction;
  for (const [index, entry] of entries.entries()) {
    if (index > 0 && index % stagedAtOnce === 0) await obeyInterruption(system, interruption);
    if (ahead.has(entry)) continue;
    const path = stagedPath(entry.target);
    const staged = await begin(transaction, path, () => stage(system.files, entry));
    if (staged !== undefined) made.set(path, staged);
  }
  // Last: the others are staged while these are still being fsynced.
  for (const [path, staged] of await ahead.take(entries)) {
    begun.add(path);
    made.set(path, staged);
  }
}

/**
 * Locks the temporary files of targets that other sites also manage: those sites remove unused ones. A file
 * that was removed before it was locked is noticed here, before the commit.
 */
async function lockShared({ system, site, begun, entries, locks }: Transaction): Promise<void> {
  const { files } = system;
  const shared = entries.filter(({ target }) => site.sharesTarget?.(target) === true);
  for (const { target } of shared) {
    for (const path of [stagedPath(target), backupPath(target)]) {
      if (!begun.has(path) || statIfPresent(files, path) === undefined) continue;
      const { handle, info } = await openOwn(files, path);
      locks.push(handle);
      const found = statIfPresent(files, path);
      if (!handle.tryLock() || found === undefined || !isSameFile(info, found)) {
        throw new TargetChangedError(path);
      }
    }
  }
}

async function backUpAll(transaction: Transaction): Promise<void> {
  const { system, entries, found } = transaction;
  for (const entry of entries) {
    const path = backupPath(entry.target);
    const identity = await begin(transaction, path, () => backUp(system.files, entry));
    if (identity !== undefined) found.set(entry.target, identity);
  }
}

async function openOwn(files: FileSystem, path: string): Promise<OpenedFile> {
  try {
    return await openRegularFile(files, path);
  } catch (error) {
    const isExchanged = error instanceof WrongFileKindError || isErrno(error, "ESTALE", "ENOENT");
    throw isExchanged ? new TargetChangedError(path) : error;
  }
}

/** Makes every target new, in order. Only files that this transaction staged are renamed into place. */
function applyAll(transaction: Transaction): void {
  const { system: { files }, records } = transaction;
  for (const record of records) {
    requireOwn(transaction, stagedPath(record.target));
    if (record.kind === "link") requireLink(files, record);
    apply(files, record);
  }
}

/**
 * A new link has no descriptor: what lstat(2) identified after symlink(2) may already have been another
 * link.
 */
function requireLink(files: FileSystem, { target, new: content }: JournalRecord): void {
  const path = stagedPath(target);
  if (linkAt(files, path) !== content) throw new TargetChangedError(path);
}

/** Refuses to rename a file that another program put under a temporary name. */
function requireOwn({ system: { files }, made }: Transaction, path: string): void {
  const own = made.get(path);
  if (own === undefined) return;
  const found = statIfPresent(files, path);
  if (found === undefined || !isSameFile(found, own)) throw new TargetChangedError(path);
}

/**
 * From how many new files in one directory on its names are listed once, instead of looking for each: to find
 * nothing takes an error, and a tenth of a millisecond.
 */
const listedFrom = 256;

async function requireUnchangedTargets({ system, entries, found }: Transaction): Promise<void> {
  const listed = listCrowded(system.files, entries);
  for (const entry of entries) {
    const names = entry.kind === "create" ? listed.get(directoryOfTarget(entry)) : undefined;
    if (names?.has(nameOf(entry.target)) === false) continue;
    if (!await isUnchanged(system.files, entry, found.get(entry.target))) {
      throw new TargetChangedError(entry.target);
    }
  }
}

/** The names in each directory that gets many new files. */
function listCrowded(
  files: FileSystem,
  entries: readonly Entry[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const created = Map.groupBy(entries.filter(({ kind }) => kind === "create"), directoryOfTarget);
  const crowded = [...created].filter(([, inside]) => inside.length >= listedFrom);
  return new Map(
    crowded.map(([directory]) => [directory, new Set(files.readDirectory(directory))]),
  );
}

async function isUnchanged(
  files: FileSystem,
  entry: Entry,
  found: FileIdentity | undefined,
): Promise<boolean> {
  const { kind, target } = entry;
  switch (kind) {
    case "replace":
    case "remove":
      return await isStill(files, target, { ...entry.old, ...found });
    case "create":
    case "makeDirectory":
      return statIfPresent(files, target) === undefined;
    case "link":
      return linkAt(files, target) === (entry.old ?? missing);
  }
}

/** Whether the target is still the validated file, with the same content. */
async function isStill(files: FileSystem, target: string, old: Snapshot): Promise<boolean> {
  const opened = await openSnapshotted(files, target, old);
  if (opened === undefined) return false;
  try {
    if (!await isSnapshotted(opened, target, old)) return false;
  } finally {
    opened.handle.close();
  }
  // Again: the file that was read may have been replaced meanwhile.
  const now = statIfPresent(files, target);
  return now?.kind === "file" && isSameFile(now, old);
}

async function writeJournalDraft(
  { system, site, made, journal }: JournaledTransaction,
): Promise<void> {
  const { uid, gid } = system.files.stat(site.stateDirectory);
  const attributes = { uid, gid, mode: ownMode.journal };
  const draft = journalDraftPath(site);
  made.set(draft, await createDurably(system.files, draft, { content: journal, attributes }));
}

/** Undoes what was applied, in reverse order, and makes that durable before it is reported. */
async function undo(transaction: Transaction, cause: unknown): Promise<void> {
  const { system: { files }, site, directories, records } = transaction;
  try {
    await makeOld(files, records);
    syncTargetDirectories(transaction);
    files.unlink(journalPath(site));
    directories.sync([site.stateDirectory]);
  } catch (error) {
    const causes = new AggregateError([cause, error]);
    throw new OutcomeUnknownError(targetsOf(transaction), { cause: causes });
  }
  discardTemporaryFiles(transaction);
}

/**
 * Removes the journal first: without it, the backups have no meaning. No fsync in between: if a power cut
 * brings the journal back without its backups, recovery finds every target new and durable.
 */
function finish(transaction: Transaction): CommitReport {
  const { system: { files }, site, directories, entries } = transaction;
  const backedUp = entries.filter(hasBackup);
  try {
    files.unlink(journalPath(site));
    try {
      unlinkEach(files, backedUp.map((entry) => backupPath(entry.target)));
    } finally {
      directories.sync([site.stateDirectory, ...backedUp.map(directoryOfTarget)]);
    }
    return { warnings: [] };
  } catch (error) {
    return { warnings: [error] };
  }
}

const directoryOfTarget = (entry: Entry): string => directoryOf(entry.target);

function syncTargetDirectories({ directories, entries }: Transaction): void {
  directories.sync(entries.map(directoryOfTarget));
}

const hasBackup = (entry: Entry): boolean =>
  entry.kind === "replace" || entry.kind === "remove" ||
  entry.kind === "link" && entry.old !== undefined;

/**
 * Removes staged files, backups and the journal's draft, if this transaction created them: files that existed
 * before may belong to another pair with the same key. What cannot be removed is left to recovery.
 */
function discardTemporaryFiles({ system: { files }, begun }: Transaction): void {
  for (const path of begun) {
    try {
      files.unlink(path);
    } catch {
      // Most have been renamed. Any other error matters less than the one being reported.
    }
  }
}

/** From the journal's rename to the end of applying, the on-disk state is unknown after a failed fsync. */
function orOutcomeUnknown(transaction: Transaction, sync: () => void): void {
  try {
    sync();
  } catch (cause) {
    throw new OutcomeUnknownError(targetsOf(transaction), { cause });
  }
}

const targetsOf = ({ entries }: Transaction): readonly string[] =>
  entries.map((entry) => entry.target);
