/** Reads everything that a CA has of its certificates, once and page by page, and compares it. */
import { type Crl, highestSerial } from "../../x509/mod.ts";
import { crossProfile } from "../hierarchy/mod.ts";
import { type Root, usualValidity } from "../issue/mod.ts";
import type {
  CertificateRecord,
  Finding,
  InspectedCertificate,
  StoreContents,
  StoreReader,
} from "../store/mod.ts";
import { CertificateExaminer } from "./examine_certificates.ts";
import type { HighestSerials } from "./examine_counters.ts";
import { ListingComparison } from "./examine_crl.ts";
import { RecordComparison, replayPage } from "./examine_history.ts";

/** What to compare the certificates with. */
interface SurveyOptions {
  readonly contents: StoreContents;
  /** `undefined` if it cannot be read: then certificates are not verified. */
  readonly root: Root | undefined;
  readonly now: Date;
  /** CRLs of this CA. */
  readonly crls: readonly Crl[];
  /** Whether the history can be read, and whether its chain is intact. */
  readonly hasHistory: boolean;
  readonly isTold: boolean;
  /** Whether it is certain which certificates are revoked. */
  readonly isRevocationKnown: boolean;
  /** Called with the number of certificates checked so far. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What the certificates of a CA have told. */
export interface Survey {
  /** What is wrong with certificates, and with what is recorded of them. */
  readonly findings: readonly Finding[];
  /** In the order of the given CRLs. Records are missing in them that are only in `findings`. */
  readonly listings: readonly ListingComparison[];
  /** `undefined`: the history or the index cannot be read. */
  readonly records: RecordComparison | undefined;
  readonly highest: HighestSerials;
  /**
   * The validity of the CA's certificates in milliseconds: the longest of those in use, but at least the
   * default validity.
   */
  readonly longestValidity: number;
}

/** Reads all certificates. @throws BadRowError, DatabaseError, FileSystemError */
export async function survey(
  store: StoreReader,
  { contents, root, now, crls, hasHistory, isTold, isRevocationKnown, onProgress }: SurveyOptions,
): Promise<Survey> {
  const { unreadable } = contents;
  const hasIndex = !unreadable.has("index");
  const isVerified = hasIndex && !unreadable.has("certificates");
  const examiner = root === undefined || !isVerified
    ? undefined
    : new CertificateExaminer(store, { root, contents, isTold, isRevocationKnown });
  const listings = crls.map((crl) => new ListingComparison(crl));
  const records = hasHistory && hasIndex ? new RecordComparison() : undefined;
  const highest = { recorded: undefined, kept: undefined } as {
    -readonly [place in keyof HighestSerials]: HighestSerials[place];
  };
  let longestValidity = usualValidity;
  let done = 0;
  for await (const page of contents.pages()) {
    const { certificates: expectations } = await replayPage(contents, page);
    await examiner?.add(page, expectations, (count) => onProgress?.(done + count, contents.count));
    done += page.length;
    for (const one of page) {
      const { serial, record, isKept } = one;
      if (isKept) highest.kept = higher(highest.kept, serial);
      if (record === undefined) continue;
      highest.recorded = higher(highest.recorded, serial);
      longestValidity = Math.max(longestValidity, validityOf(one, now));
      for (const listing of listings) listing.add(record);
      records?.add(one, expectations.get(serial), !unreadable.has("details"));
    }
  }
  return { findings: examiner?.findings ?? [], listings, records, highest, longestValidity };
}

function higher(one: string | undefined, other: string): string | undefined {
  return one === undefined ? other : highestSerial([one, other]);
}

/** The validity of a leaf that is in use, in milliseconds; 0 for others. */
function validityOf({ record, details }: InspectedCertificate, now: Date): number {
  // A cross-certificate lives as long as a root does.
  if (record === undefined || details?.profile === crossProfile) return 0;
  return isInUse(record, now) ? Date.parse(record.notAfter) - Date.parse(record.notBefore) : 0;
}

function isInUse({ status, notAfter }: CertificateRecord, now: Date): boolean {
  return status === "active" && Date.parse(notAfter) >= now.getTime();
}
