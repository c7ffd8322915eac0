/** Finds out what recovery would do, without a lock. */
import { statIfPresent, type System } from "../../system/mod.ts";
import { assess, chooseDirection } from "./assessment.ts";
import { hasJournal } from "../journal.ts";
import { findLeftovers } from "./leftovers.ts";
import type { RecoveryReport } from "./recovery.ts";
import type { Site } from "../site.ts";

/** What recovery would do. */
export interface RecoveryOutlook {
  /** As in {@linkcode RecoveryReport}, or `undecidable` if a person has to decide. */
  readonly outcome: RecoveryReport["outcome"] | "undecidable";
  readonly targets: readonly string[];
  /** Leftovers that would be removed, by path. */
  readonly leftovers: readonly string[];
}

const outcomes = {
  forward: "rolled-forward",
  back: "rolled-back",
  drop: "dropped",
  undecidable: "undecidable",
} as const;

/**
 * Finds out what recovery would do. Only reads, and takes no lock: it may see a half-done transaction that
 * another run is about to finish.
 *
 * @throws JournalRefusedError if the journal cannot be obeyed.
 * @throws FileSystemError if the state directory cannot be read.
 */
export async function inspect(system: System, site: Site): Promise<RecoveryOutlook> {
  const { files } = system;
  if (statIfPresent(files, site.stateDirectory) === undefined) {
    return { outcome: "clean", targets: [], leftovers: [] };
  }
  const directories = [...new Set([site.stateDirectory, ...site.directories])]
    .filter((path) => statIfPresent(files, path) !== undefined);
  const leftovers = findLeftovers(files, site, directories);
  if (!hasJournal(files, site)) {
    return { outcome: leftovers.length > 0 ? "cleaned" : "clean", targets: [], leftovers };
  }
  const { readJournal } = await import("./journal_reader.ts");
  const records = await readJournal(system, site);
  const outcome = outcomes[chooseDirection(await assess(files, records))];
  return { outcome, targets: records.map((record) => record.target), leftovers };
}
