/** What a data directory has of its certificates, for `ca check`. */
import { CertswapError } from "../../../../system/mod.ts";
import type { CertificateDetails } from "../../details.ts";
import { serialOfFileName } from "../../files/mod.ts";
import type { HistoryLine } from "../../history/mod.ts";
import type { ContentPart, InspectedCertificate, StoreContents } from "../../inspection.ts";
import type { CertificateRecord } from "../../store.ts";

/** How to read parts that other commands read too. */
export interface ContentReading {
  readonly records: () => Promise<readonly CertificateRecord[]>;
  /** Lists `certs/`. */
  readonly certificateNames: () => readonly string[];
  readonly details: () => Promise<ReadonlyMap<string, CertificateDetails>>;
  readonly history: () => AsyncIterable<readonly HistoryLine[]>;
}

/** Reads the three parts, each as a whole. */
export async function directoryContents(
  { records: readRecords, certificateNames, details: readDetails, history }: ContentReading,
): Promise<StoreContents> {
  const unreadable = new Map<ContentPart, CertswapError>();
  const orNone = async <T>(
    part: ContentPart,
    read: () => Promise<T> | T,
  ): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof CertswapError)) throw error;
      unreadable.set(part, error);
      return undefined;
    }
  };
  const records = await orNone("index", readRecords) ?? [];
  const names = await orNone("certificates", certificateNames) ?? [];
  const details = await orNone("details", readDetails) ?? new Map<string, CertificateDetails>();
  const serials = names.map(serialOfFileName).filter((serial) => serial !== undefined);
  const all = gather({ records, serials, details });
  return {
    unreadable,
    place: "certs/",
    // Names that start with a dot may belong to recovery, and no service loads them.
    strays: names.filter((name) => serialOfFileName(name) === undefined && name[0] !== ".")
      .map((name) => `certs/${name}`),
    count: all.size,
    async *pages() {
      yield [...all.values()];
    },
    // deno-lint-ignore require-await
    async find(wanted) {
      const found = new Map<string, InspectedCertificate>();
      for (const serial of wanted) {
        const one = all.get(serial);
        if (one !== undefined) found.set(serial, one);
      }
      return found;
    },
    historyOf: history,
  };
}

/** All certificates by serial number: those in the index in the order of issue, then the others. */
function gather(
  { records, serials, details }: {
    readonly records: readonly CertificateRecord[];
    readonly serials: readonly string[];
    readonly details: ReadonlyMap<string, CertificateDetails>;
  },
): ReadonlyMap<string, InspectedCertificate> {
  const kept = new Set(serials);
  const all = new Map<string, InspectedCertificate>();
  const add = (serial: string, record?: CertificateRecord): void => {
    const isKept = kept.has(serial);
    all.set(serial, { serial, record, details: details.get(serial), isKept });
  };
  for (const record of records) add(record.serial, record);
  for (const serial of [...serials, ...details.keys()]) if (!all.has(serial)) add(serial);
  return all;
}
