/** `ca list --overdue`: the newest certificates of devices that have not renewed in time, page by page. */
import type { DescribedRecord, StoreReader } from "../store/mod.ts";
import { deviceOf, isCurrent, overdueAt } from "./stock.ts";

/** How many devices are found in one reading. Twice as many may be in memory. */
const mostAtOnce = 50_000;

/** How many a page has. */
const pageSize = 1000;

/** A place in the order of the ends; certificates with the same end are in the order of issue. */
interface Place {
  readonly notAfter: string;
  /** Its number in the order of issue, from 0. */
  readonly number: number;
}

/** A certificate and its place. */
interface Placed extends Place {
  readonly described: DescribedRecord;
}

/**
 * The newest certificates of devices that have not renewed in time, by their ends: see `Stock.overdue`. All
 * records are read once for a number of devices. For more than that, they are read again.
 *
 * @param most how many devices are found in one reading.
 * @throws the errors of `StoreReader.describedPages`.
 */
export async function* overduePages(
  store: StoreReader,
  now: Date,
  most = mostAtOnce,
): AsyncGenerator<readonly DescribedRecord[]> {
  for (let from: Place | undefined = { notAfter: "", number: 0 }; from !== undefined;) {
    const round: Round = await findOverdue(store, { now, from, most });
    for (let start = 0; start < round.found.length; start += pageSize) {
      yield round.found.slice(start, start + pageSize).map(({ described }) => described);
    }
    from = round.next;
  }
}

/** What one reading has found. */
interface Round {
  readonly found: readonly Placed[];
  /** Where the next one begins; `undefined`: everything was found. */
  readonly next: Place | undefined;
}

/** Finds those that are overdue from a place on, up to another place at which there are too many. */
async function findOverdue(
  store: StoreReader,
  { now, from, most }: { readonly now: Date; readonly from: Place; readonly most: number },
): Promise<Round> {
  const isOverdue = overdueAt(now);
  // By device. A newer certificate of the same device has replaced what is here.
  let found = new Map<string, Placed>();
  let next: Place | undefined;
  let number = 0;
  for await (const page of store.describedPages()) {
    for (const described of page) {
      const device = deviceOf(described);
      const placed = { described, notAfter: described.record.notAfter, number: number++ };
      found.delete(device);
      if (!isOverdue(described) || !isCurrent(described)) continue;
      if (compare(placed, from) < 0 || (next !== undefined && compare(placed, next) >= 0)) continue;
      found.set(device, placed);
      if (found.size <= 2 * most) continue;
      const [kept, rest] = split(found, most);
      [found, next] = [kept, rest];
    }
  }
  return { found: [...found.values()].sort(compare), next };
}

/** The first ones, by device, and the place of the one after them. */
function split(
  found: ReadonlyMap<string, Placed>,
  most: number,
): readonly [Map<string, Placed>, Place | undefined] {
  const all = [...found].sort(([, a], [, b]) => compare(a, b));
  return [new Map(all.slice(0, most)), all[most]?.[1]];
}

function compare(a: Place, b: Place): number {
  if (a.notAfter !== b.notAfter) return a.notAfter < b.notAfter ? -1 : 1;
  return a.number - b.number;
}
