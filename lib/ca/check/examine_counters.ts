/** Compares the counters of a CA with the numbers in use. */
import { formatSerial, highestSerial, parseSerial } from "../../x509/mod.ts";
import type { HistorySummary } from "../history/mod.ts";
import { type NumberedCrl, ownSerialNumber, type Root } from "../issue/mod.ts";
import type { Finding, StoreContents, StoreInspection, StoreReader } from "../store/mod.ts";
import type { FieldFindings } from "./field.ts";

/** Where the counters are, and the names of the places that use numbers. */
interface Numbers {
  readonly store: StoreReader;
  readonly inspection: StoreInspection;
}

/** The places that use serial numbers; `undefined` if one could not be read. */
interface SerialsInUse {
  readonly root: Root | undefined;
  readonly contents: StoreContents | undefined;
  readonly highest: HighestSerials | undefined;
  readonly summary: HistorySummary | undefined;
  readonly seen: FieldFindings["seen"];
}

/** The highest serial numbers of certificates; `undefined` if there are none. */
export interface HighestSerials {
  readonly recorded: string | undefined;
  readonly kept: string | undefined;
}

/** Compares the next serial number with all serial numbers in use. */
export async function examineSerial(
  { store, inspection }: Numbers,
  { root, contents, highest, summary, seen }: SerialsInUse,
): Promise<Finding | undefined> {
  const nameOf = (part: "root" | "index" | "serial" | "history"): string =>
    store.nameOf(part).inStore;
  return examineCounter(await inspection.nextSerial(), {
    name: nameOf("serial"),
    places: [
      { usedIn: nameOf("index"), used: highest?.recorded },
      { usedIn: contents?.place ?? "", used: highest?.kept },
      { usedIn: nameOf("root"), used: root && ownSerialNumber(root) },
      { usedIn: nameOf("history"), used: summary?.highestSerial },
      ...seen,
    ],
    // The next free number is certain only if every place could be read.
    isSure: root !== undefined && highest !== undefined && areSerialsRead(contents),
  });
}

function areSerialsRead(contents: StoreContents | undefined): boolean {
  const unreadable = contents?.unreadable;
  return unreadable?.has("index") === false && !unreadable.has("certificates");
}

/** CRLs of this CA. */
interface CrlsInUse {
  /** The last one; `undefined` if there is no trustworthy CRL. */
  readonly crl: NumberedCrl | undefined;
  readonly summary: HistorySummary | undefined;
  /** One that was seen elsewhere. */
  readonly fieldCrl: { readonly file: string; readonly crl: NumberedCrl } | undefined;
}

/** Compares the next CRL number with the last CRL. */
export async function examineCrlNumber(
  { store, inspection }: Numbers,
  { crl, summary, fieldCrl }: CrlsInUse,
): Promise<Finding | undefined> {
  return examineCounter(await inspection.nextCrlNumber(), {
    name: store.nameOf("crlNumber").inStore,
    places: [
      { usedIn: store.nameOf("crl").inStore, used: crl && formatSerial(crl.number) },
      { usedIn: fieldCrl?.file ?? "", used: fieldCrl && formatSerial(fieldCrl.crl.number) },
      {
        usedIn: store.nameOf("history").inStore,
        used: summary?.highestCrl === undefined ? undefined : formatSerial(summary.highestCrl),
      },
    ],
    isSure: crl !== undefined,
  });
}

interface CounterMaterial {
  readonly name: string;
  readonly places: readonly { readonly usedIn: string; readonly used: string | undefined }[];
  readonly isSure: boolean;
}

function examineCounter(
  value: bigint | undefined,
  { name, places, isSure }: CounterMaterial,
): Finding | undefined {
  const numbers = places.map((place) => place.used).filter((serial) => serial !== undefined);
  const used = highestSerial(numbers);
  const next = (parseSerial(used ?? "") ?? 0n) + 1n;
  if (value === undefined) return { code: "bad-counter", name, next: isSure ? next : undefined };
  if (used === undefined || value >= next) return undefined;
  const usedIn = places.find((place) => place.used === used)?.usedIn ?? "";
  return { code: "counter-behind", name, value: formatSerial(value), used, usedIn, next };
}
