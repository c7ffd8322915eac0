/** Recovery: what an earlier run left behind is finished or undone. */
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
   * - `cleaned`: no transaction had been committed; leftovers of one that had only begun were removed
   * - `rolled-forward`: a committed transaction was finished
   * - `rolled-back`: a transaction that was being undone was undone to its end
   * - `dropped`: someone else changed a target before anything was applied; the transaction was given up
   */
  readonly outcome: "clean" | "cleaned" | "rolled-forward" | "rolled-back" | "dropped";
  /** The targets of the transaction that was settled; empty where there was none. */
  readonly targets: readonly string[];
  /** Temporary files that were removed, by path. */
  readonly removed: readonly string[];
  /** For `dropped`: the targets that someone else had changed. */
  readonly foreign: readonly string[];
}

/** How recovery ends a transaction that it found. */
type Settlement = "rolled-forward" | "rolled-back" | "dropped";

/** A person's word on what recovery cannot decide. */
export type Keep = "old" | "new";

/**
 * Finishes or undoes what an earlier run left behind. The lock must be held, the state directory
 * trusted. It may be interrupted anywhere and run again.
 *
 * @param keep settles a transaction that cannot be decided; where it can be, it is without effect.
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
    // What is visible may not be durable: a kill loses nothing, and makes nothing durable. A journal
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
    // Even where nothing had to be renamed: the run that did it may not have lived to make it durable.
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

/** What may be another site's stays: this site's transaction is settled all the same. */
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

/** Where a change is refused (an immutable file, say), the old state is better than a state in between. */
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
