/** Adds what a change has collected to the history, and not what an interrupted one has added before. */
import type { SqlDatabase } from "../../../../system/mod.ts";
import type { EventContent, EventKind, EventLog } from "../../history/mod.ts";
import { insertLines, readHead, readNewest } from "./rows.ts";

/**
 * Adds what a change has collected.
 *
 * @param start the entries that start a history, if there is none.
 */
export async function appendEvents(
  database: SqlDatabase,
  { log, start }: {
    readonly log: EventLog;
    readonly start: () => Promise<readonly EventContent[]>;
  },
): Promise<void> {
  await leaveOutRepeated(database, log);
  if (log.isEmpty) return;
  const head = await readHead(database);
  const lines = await log.link(head, head === undefined ? await start() : []);
  await insertLines(database, lines, (head?.sequence ?? 0) + 1);
}

/**
 * Entries about files that say all that has changed. Rows are committed before files: if a change is
 * interrupted between the two, its entries are in the history, and the same change is made again.
 */
const kinds: readonly EventKind[] = ["rollover", "trust", "distrust"];

/** What an entry is about: the next one about the same replaces what it says. */
const subjectOf = ({ certificate = "rollover" }: EventContent): string => certificate;

const isSame = (a: EventContent, b: EventContent): boolean =>
  a.kind === b.kind && a.to === b.to && a.name === b.name && a.certificate === b.certificate;

/**
 * Leaves the entries about files out of a log, if each of them is already the last one about its subject,
 * from this machine. Otherwise they tell of another change, and all of them stay.
 *
 * @throws DatabaseError
 */
async function leaveOutRepeated(database: SqlDatabase, log: EventLog): Promise<void> {
  const added = log.contents.filter(({ kind }) => kinds.includes(kind));
  const left = new Map(added.map((content) => [subjectOf(content), content]));
  if (left.size === 0) return;
  for await (const page of readNewest(database, kinds)) {
    for (const { event } of page) {
      const wanted = event && left.get(subjectOf(event));
      if (event === undefined || wanted === undefined) continue;
      if (!isSame(event, wanted) || event.host !== log.host) return;
      left.delete(subjectOf(event));
      if (left.size > 0) continue;
      log.leaveOut(new Set(added));
      return;
    }
  }
}
