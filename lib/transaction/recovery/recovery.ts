/** Recovery: finishes or undoes what an earlier run left behind. */
import { directoryOf, type FileSystem, type System } from "../../system/mod.ts";
import {
  assess,
  type Assessment,
  chooseDirection,
  type Direction,
  isForeign,
} from "./assessment.ts";
import { Directories, makeNew, makeOld } from "../commit/mod.ts";
import {
  LockedError,
  NeighbourUnfinishedError,
  OutcomeUnknownError,
  RecoveryUndecidableError,
  type TargetFinding,
} from "../errors.ts";
import { hasJournal, type JournalRecord } from "../journal.ts";
import { removeLeftovers } from "./leftovers.ts";
import { journalPath, type Site } from "../site.ts";

/** What recovery found and did. */
export interface RecoveryReport {
  /**
   * - `clean`: nothing was left behind
   * - `cleaned`: no transaction had been committed; leftovers of an unfinished one were removed
   * - `rolled-forward`: a committed transaction was finished
   * - `rolled-back`: undoing a transaction was finished
   * - `dropped`: another program changed a target before anything was applied; the transaction was abandoned
   */
  readonly outcome: "clean" | "cleaned" | "rolled-forward" | "rolled-back" | "dropped";
  /** The targets of the transaction that was settled; empty if there was none. */
  readonly targets: readonly string[];
  /** Temporary files that were removed, by path. */
  readonly removed: readonly string[];
  /** For `dropped`: the targets that another program had changed. */
  readonly foreign: readonly string[];
}

/** How recovery ended a transaction. */
type Settlement = "rolled-forward" | "rolled-back" | "dropped";

/** An operator's decision for a transaction that recovery cannot decide. */
export type Keep = "old" | "new";

/**
 * Finishes or undoes what an earlier run left behind. The lock must be held, and the state directory must be
 * trusted. It may be interrupted anywhere and run again.
 *
 * @param keep settles a transaction that cannot be decided; otherwise it has no effect.
 * @throws JournalRefusedError, RecoveryUndecidableError: nothing was touched.
 * @throws OutcomeUnknownError: a committed transaction could be neither finished nor undone.
 */
export async function settleWhatIsLeft(
  system: System,
  site: Site,
  keep?: Keep,
): Promise<RecoveryReport> {
  const { files } = system;
  const { stateDirectory } = site;
  const parent = directoryOf(stateDirectory);
  const directories = await Directories.open(files, [
    parent,
    stateDirectory,
    ...site.directories,
  ]);
  try {
    // Visible does not mean durable: a killed run's changes are visible, but perhaps not on disk. A journal
    // whose removal was not durable could come back after this run has begun to build on it.
    directories.sync();
    if (hasJournal(files, site)) return await settleJournal(system, site, { directories, keep });
    const removed = await removeLeftovers(system, site, { directories });
    const outcome = removed.length > 0 ? "cleaned" : "clean";
    return { outcome, targets: [], removed, foreign: [] };
  } finally {
    directories.close();
  }
}

async function settleJournal(
  system: System,
  site: Site,
  { directories, keep }: { directories: Directories; keep: Keep | undefined },
): Promise<RecoveryReport> {
  const { files } = system;
  const { readJournal } = await import("./journal_reader.ts");
  const records = await readJournal(system, site);
  const entries = await assess(files, records);
  const direction = directionOrKeep(site, entries, keep);
  const targets = records.map((record) => record.target);
  try {
    const outcome = await settle(files, entries, direction);
    // Even if nothing had to be renamed: the run that did it may have died before it made it durable.
    directories.sync();
    files.unlink(journalPath(site));
    directories.sync([site.stateDirectory]);
    const removed = await removeWhatIsOwn(system, site, { directories, own: targets });
    const foreign = entries.filter(isForeign).map((entry) => entry.record.target);
    return { outcome, targets, removed, foreign };
  } catch (cause) {
    throw new OutcomeUnknownError(targets, { cause });
  }
}

/** Leaves alone what may be another site's: this site's transaction is settled anyway. */
async function removeWhatIsOwn(
  system: System,
  site: Site,
  options: { readonly directories: Directories; readonly own: readonly string[] },
): Promise<readonly string[]> {
  try {
    return await removeLeftovers(system, site, options);
  } catch (error) {
    if (error instanceof LockedError || error instanceof NeighbourUnfinishedError) return [];
    throw error;
  }
}

function directionOrKeep(
  site: Site,
  entries: readonly Assessment[],
  keep: Keep | undefined,
): Exclude<Direction, "undecidable"> {
  const direction = chooseDirection(entries);
  if (direction !== "undecidable") return direction;
  if (keep === "new" && entries.every((entry) => entry.canBeNew)) return "forward";
  if (keep === "old" && entries.every((entry) => entry.canBeOld)) return "back";
  throw new RecoveryUndecidableError(journalPath(site), entries.map(toFinding));
}

async function settle(
  files: FileSystem,
  entries: readonly Assessment[],
  direction: Exclude<Direction, "undecidable">,
): Promise<Settlement> {
  const records = entries.map((entry) => entry.record);
  switch (direction) {
    case "drop":
      return "dropped";
    case "back":
      await makeOld(files, records);
      return "rolled-back";
    case "forward":
      return await rollForward(files, entries, records);
  }
}

/** If a change is refused (for example of an immutable file), the old state is better than a mixture. */
async function rollForward(
  files: FileSystem,
  entries: readonly Assessment[],
  records: readonly JournalRecord[],
): Promise<Settlement> {
  try {
    await makeNew(files, records);
    return "rolled-forward";
  } catch (error) {
    if (!entries.every((entry) => entry.canBeOld)) throw error;
    await makeOld(files, records);
    return "rolled-back";
  }
}

function toFinding(entry: Assessment): TargetFinding {
  const { record, isOld, isNew, isMissing, canBeOld, canBeNew } = entry;
  const found = isOld ? "old" : isNew ? "new" : isMissing ? "missing" : "foreign";
  return { target: record.target, found, canBeOld, canBeNew };
}
