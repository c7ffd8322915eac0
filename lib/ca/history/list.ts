/** `ca history`: the entries of a CA's history. */
import type { System } from "../../system/mod.ts";
import { findCa } from "../ca.ts";
import type { CaLocation, HistoryEvent, HistoryFilter } from "../store/mod.ts";

/** Options of `ca history`. */
export interface HistoryOptions extends CaLocation, HistoryFilter {
  /** Only the newest ones; all by default. */
  readonly limit?: number | undefined;
}

/**
 * The entries of a CA's history, the oldest first, a page at a time. Lines that are not entries are passed
 * over: `ca history verify` reports them. Takes no lock.
 *
 * @throws CaNotInitializedError, FileSystemError
 */
export async function* readEvents(
  system: System,
  { dataDirectory, limit, ...filter }: HistoryOptions,
): AsyncGenerator<readonly HistoryEvent[]> {
  const store = await findCa(system, { dataDirectory });
  if (limit === undefined) {
    for await (const page of store.history(filter)) yield page.flatMap(({ event }) => event ?? []);
    return;
  }
  const newest: HistoryEvent[] = [];
  for await (const page of store.history({ ...filter, newestFirst: true })) {
    for (const { event } of page) {
      if (event !== undefined && newest.length < limit) newest.push(event);
    }
    if (newest.length >= limit) break;
  }
  yield newest.toReversed();
}
