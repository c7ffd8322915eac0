import { statIfPresent, type System } from "../../system/mod.ts";
import { assess, decide } from "./assessment.ts";
import { hasJournal } from "../journal.ts";
import { findLeftovers } from "./leftovers.ts";
import type { RecoveryOutlook, Site } from "../site.ts";

const outcomes = {
  forward: "rolled-forward",
  back: "rolled-back",
  drop: "dropped",
  undecidable: "undecidable",
} as const;

/**
 * What recovery would do. Reads only and takes no lock, so that it may see a transaction half done that
 * another run is about to finish.
 *
 * @throws JournalRefusedError where the journal could not be obeyed.
 * @throws FileSystemError where the state directory cannot be read.
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
  const outcome = outcomes[decide(await assess(files, records))];
  return { outcome, targets: records.map((record) => record.target), leftovers };
}
