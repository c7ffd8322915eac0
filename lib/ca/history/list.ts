/** `ca history`: the entries of a CA's history. */
import type { System } from "../../system/mod.ts";
import { findCa } from "../ca.ts";
import { firstNamesOf, unnamedIn } from "../inventory/mod.ts";
import type { CaLocation, HistoryEvent, HistoryFilter } from "../store/mod.ts";

/** Options of `ca history`. */
export interface HistoryOptions extends CaLocation, HistoryFilter {
  /** Only the newest ones; all by default. */
  readonly limit?: number | undefined;
}

/** An entry, and what its certificate is for if its subject is empty. */
export interface NamedEvent {
  readonly event: HistoryEvent;
  /** The first alternative name of a certificate without a subject, if it is known. */
  readonly firstName: string | undefined;
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
): AsyncGenerator<readonly NamedEvent[]> {
  const store = await findCa(system, { dataDirectory });
  if (limit === undefined) {
    let names: ReadonlyMap<string, string> | undefined;
    for await (const page of store.history(filter)) {
      const events = page.flatMap(({ event }) => event ?? []);
      // Once for all pages, and only if there is such a certificate.
      if (unnamedIn(events).size > 0) names ??= await firstNamesOf(store);
      yield withNames(events, names);
    }
    return;
  }
  const newest: HistoryEvent[] = [];
  for await (const page of store.history({ ...filter, newestFirst: true })) {
    for (const { event } of page) {
      if (event !== undefined && newest.length < limit) newest.push(event);
    }
    if (newest.length >= limit) break;
  }
  const events = newest.toReversed();
  yield withNames(events, await firstNamesOf(store, unnamedIn(events)));
}

function withNames(
  events: readonly HistoryEvent[],
  names: ReadonlyMap<string, string> | undefined,
): readonly NamedEvent[] {
  return events.map((event) => ({
    event,
    firstName: event.subject ? undefined : names?.get(event.serial ?? ""),
  }));
}
