/** What to call certificates whose subject is empty: by the first of their alternative names. */
import { attemptAsync } from "../../system/mod.ts";
import { namesOf } from "../identity/mod.ts";
import { readStoredCertificate, type StoreReader } from "../store/mod.ts";

/** Up to this number, certificates are looked up; more are found by reading those without a subject. */
const few = 1000;

/**
 * The first alternative names of certificates without a subject, by serial number. Those whose names are
 * unknown are left out.
 *
 * @param serials which ones; all by default.
 */
export async function firstNamesOf(
  store: StoreReader,
  serials?: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  let left = serials?.size ?? Infinity;
  if (left === 0) return found;
  const isFew = serials !== undefined && serials.size <= few;
  const filter = isFew ? { serials } : { subjects: new Set([""]) };
  for await (const page of store.describedPages(filter)) {
    for (const { record: { serial }, details } of page) {
      if (serials?.has(serial) === false) continue;
      const [first] = details?.names ?? await readNames(store, serial);
      if (first !== undefined) found.set(serial, first);
      if (--left === 0) return found;
    }
  }
  return found;
}

/** What an entry of the history is about. */
interface About {
  readonly serial?: string | undefined;
  readonly subject?: string | undefined;
}

/** The serial numbers in entries that may be about certificates without a subject. */
export function unnamedIn(events: readonly About[]): ReadonlySet<string> {
  return new Set(events.flatMap(({ serial, subject }) => subject ? [] : serial ?? []));
}

/** Older versions did not record the names. A certificate that cannot be read is a matter for `ca check`. */
async function readNames(store: StoreReader, serial: string): Promise<readonly string[]> {
  return await attemptAsync(async () => namesOf(await readStoredCertificate(store, serial))) ?? [];
}
