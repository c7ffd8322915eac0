/** Reads a store for `ca check`, part by part: an unreadable part does not hide the others. */
import type { CertificateDetails } from "./details.ts";
import type { Finding } from "./finding.ts";

/** The certificates in a store, independent of the index. */
export interface KeptCertificates {
  /** The name of the place where they are: `certs/`. */
  readonly place: string;
  readonly serials: readonly string[];
  /** Names, within the store, of other files in that place. */
  readonly strays: readonly string[];
}

/** Reads a store for `ca check`. Takes no lock and writes nothing. */
export interface StoreInspection {
  /** Problems with how files are stored rather than with their content, such as their modes. */
  keeping(): Promise<readonly Finding[]>;
  /** @throws CaIncompleteError, FileSystemError */
  certificates(): Promise<KeptCertificates>;
  /** Whether the CA's key is in the store. */
  hasKey(): Promise<boolean>;
  /** All details by serial number. @throws BadDetailsError, FileSystemError */
  details(): Promise<ReadonlyMap<string, CertificateDetails>>;
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
