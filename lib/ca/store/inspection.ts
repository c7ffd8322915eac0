/** Reads a store for `ca check`, part by part: an unreadable part does not hide the others. */
import type { CertswapError } from "../../system/mod.ts";
import type { CertificateDetails } from "./details.ts";
import type { Finding } from "./finding.ts";
import type { HistoryLine } from "./history/mod.ts";
import type { CertificateRecord } from "./store.ts";

/** Everything that a store has of one certificate. */
export interface InspectedCertificate {
  /** Formatted by `formatSerial`. */
  readonly serial: string;
  /** `undefined`: the index does not have it. */
  readonly record: CertificateRecord | undefined;
  /** `undefined`: there are none. */
  readonly details: CertificateDetails | undefined;
  /** Whether the certificate itself is there. */
  readonly isKept: boolean;
  /** The certificate, DER, if it was read with the rest; else `StoreReader.certificate` reads it. */
  readonly der?: Uint8Array<ArrayBuffer> | undefined;
}

/** The parts of a store with something about every certificate. */
export type ContentPart = "index" | "certificates" | "details";

/** What a store has of all its certificates. There may be a million: a database reads them page by page. */
export interface StoreContents {
  /** The parts that cannot be read, and why: what they have counts as missing. */
  readonly unreadable: ReadonlyMap<ContentPart, CertswapError>;
  /** The name of the place where the certificates are: `certs/`. */
  readonly place: string;
  /** Names, within the store, of other files in that place. */
  readonly strays: readonly string[];
  /** How many certificates {@linkcode pages} has, for the progress. */
  readonly count: number;
  /**
   * A page at a time: those in the index in the order of issue, then the others. A directory has one page:
   * its index is read as a whole.
   *
   * @throws BadRowError, DatabaseError
   */
  pages(): AsyncIterable<readonly InspectedCertificate[]>;
  /** What it has of a few certificates, by serial number, without `der`. @throws as {@linkcode pages} */
  find(serials: ReadonlySet<string>): Promise<ReadonlyMap<string, InspectedCertificate>>;
  /**
   * The entries of the history about certificates of one page, the oldest first.
   *
   * @throws FileSystemError, DatabaseError
   */
  historyOf(
    page: readonly InspectedCertificate[],
  ): AsyncIterable<readonly HistoryLine[]>;
}

/** Reads a store for `ca check`. Takes no lock and writes nothing. */
export interface StoreInspection {
  /** Problems with how files are stored rather than with their content, such as their modes. */
  keeping(): Promise<readonly Finding[]>;
  /** What it has of its certificates. @throws DatabaseError */
  contents(): Promise<StoreContents>;
  /** Whether the CA's key is in the store. */
  hasKey(): Promise<boolean>;
  /**
   * The highest serial number of a certificate in the index or beside it; `undefined` if there is none.
   *
   * @throws BadIndexError, CaIncompleteError, FileSystemError
   */
  highestSerial(): Promise<string | undefined>;
  /** Whether a CRL was published, readable or not. */
  hasCrl(): Promise<boolean>;
  /**
   * The next serial number; `undefined` if the store has none, or not a valid one.
   *
   * @throws FileSystemError
   */
  nextSerial(): Promise<bigint | undefined>;
  /** The next CRL number, like {@linkcode nextSerial}. */
  nextCrlNumber(): Promise<bigint | undefined>;
  /** Differs after every change: if two stamps are equal, nothing was changed in between. */
  stamp(): Promise<string>;
}
