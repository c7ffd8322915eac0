/** What `ca check` looks at in a store, part by part: one that cannot be read does not hide the others. */
import type { Finding } from "./finding.ts";

/** The certificates that a store keeps, aside from what it has recorded of them. */
export interface KeptCertificates {
  /** What the place where they lie is called: `certs/`. */
  readonly place: string;
  readonly serials: readonly string[];
  /** Names, within the store, of what lies there and is no certificate's. */
  readonly strays: readonly string[];
}

/** A look at a store, for `check`. Takes no lock and writes nothing. */
export interface StoreInspection {
  /** What is wrong with how things are kept, rather than with what they say: who else may write them, say. */
  keeping(): Promise<readonly Finding[]>;
  /** @throws CaIncompleteError, FileSystemError */
  certificates(): Promise<KeptCertificates>;
  /** Whether a CRL was published, readable or not. */
  hasCrl(): Promise<boolean>;
  /**
   * The next serial number; `undefined` where the store holds none, or nothing that is one.
   *
   * @throws FileSystemError
   */
  nextSerial(): Promise<bigint | undefined>;
  /** The next number of a CRL, as {@linkcode nextSerial}. */
  nextCrlNumber(): Promise<bigint | undefined>;
  /** Differs after every change. Two that are equal: nothing was changed in between. */
  stamp(): Promise<string>;
}
