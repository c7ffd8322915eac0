/** The interface of a CA's store, independent of how it is kept. */
import type { Keep, RecoveryOutlook, RecoveryReport } from "../../transaction/mod.ts";
import type { RevocationReason } from "../../x509/mod.ts";
import type { Problem } from "./finding.ts";
import type { StoreInspection } from "./inspection.ts";

/** A record of a leaf certificate (an entry of the index). Times are RFC 3339, UTC, to the second. */
export interface CertificateRecord {
  /** Formatted by `formatSerial`. */
  readonly serial: string;
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly status: "active" | "revoked";
  /** `""` until revoked. */
  readonly revokedAt: string;
  /** `""` until revoked. */
  readonly revocationReason: RevocationReason | "";
}

/** A certificate to record. */
export interface IssuedCertificate {
  readonly record: CertificateRecord;
  /** DER Certificate. */
  readonly der: Uint8Array;
}

/** A part of a store. */
export type Part =
  | "key"
  | "root"
  | "chain"
  | "previous"
  | "request"
  | "crl"
  | "derCrl"
  | "serial"
  | "crlNumber"
  | "index"
  | "details"
  | "certificates"
  | { readonly certificate: string };

/** The names of a part. */
export interface PartName {
  /** Within the store: `ca.crt`. For findings. */
  readonly inStore: string;
  /** An absolute path, for errors. */
  readonly absolute: string;
  /** Based on the name that the caller gave to the store. For reports. */
  readonly written: string;
}

/** Reads from a store. Each method reads one committed state, needs no lock and writes nothing. */
export interface StoreReader {
  /** The name of a part, whether it exists or not. */
  nameOf(part: Part): PartName;
  /** The root certificate, PEM. @throws FileSystemError if there is none. */
  root(): Promise<Uint8Array>;
  /** The root's private key, PKCS #8 PEM. Secret. @throws FileSystemError if there is none. */
  key(): Promise<Uint8Array>;
  /** The last published CRL, PEM; `undefined` if there is none. @throws FileSystemError */
  lastCrl(): Promise<Uint8Array | undefined>;
  /** An issued certificate, PEM. @throws FileSystemError if it does not exist. */
  certificate(serial: string): Promise<Uint8Array>;
  /**
   * The record of a certificate.
   *
   * @param serial formatted by `formatSerial`.
   * @returns `undefined` if there is no such record.
   * @throws BadIndexError, CaIncompleteError, FileSystemError
   */
  find(serial: string): Promise<CertificateRecord | undefined>;
  /**
   * All records in the order of issue, one page at a time.
   *
   * @param filter which records; all by default.
   * @throws the errors of {@linkcode find}.
   */
  pages(filter?: RecordFilter): AsyncIterable<readonly CertificateRecord[]>;
  /** Reads the store for `ca check`. */
  inspect(): Promise<StoreInspection>;
}

/** Selects records. */
export interface RecordFilter {
  readonly status: CertificateRecord["status"];
}

/** Whether the key and the root certificate exist: together they make a store a CA. */
export interface Presence {
  readonly key: boolean;
  readonly root: boolean;
}

/** The store of one CA. */
export interface CaStore extends StoreReader {
  /** The name of the store as given by the caller. For messages. */
  readonly written: string;
  /** Which parts of a CA exist. Takes no lock. */
  presence(): Promise<Presence>;
  /**
   * Recovers, then makes one change under the CA's lock: everything that `work` requests, or nothing.
   *
   * Only temporary files are written before `work` has returned. If it throws, the store is not changed.
   *
   * @throws CaNotInitializedError, CaIncompleteError, LockedError, and the errors of `work`.
   * @throws TransactionFailedError if the commit failed: everything is as before, except that serial numbers
   * may stay taken.
   * @throws OutcomeUnknownError if it is unknown whether the change was made.
   */
  change<T>(options: ChangeOptions<T>): Promise<Changed<T>>;
  /**
   * Finishes or undoes an interrupted change. Every change also starts with this. Creates nothing if there
   * was never a change.
   *
   * @throws LockedError, JournalRefusedError, RecoveryUndecidableError, OutcomeUnknownError
   */
  recover(options: RecoverOptions): Promise<RecoveryReport>;
  /** What {@linkcode recover} would do. Takes no lock, so it may see another process's unfinished change. */
  outlook(): Promise<RecoveryOutlook>;
}

/** Options of a change. */
export interface ChangeOptions<T> {
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly work: (change: StoreChange) => Promise<T>;
}

/** The result of a change. */
export interface Changed<T> {
  /** The result of `work`. */
  readonly value: T;
  /** What recovery found and did before the change. */
  readonly recovery: RecoveryReport;
  /** Errors after the commit. The change is made nevertheless. */
  readonly warnings: readonly unknown[];
}

/** Options of recovery. */
export interface RecoverOptions {
  /** Milliseconds. */
  readonly lockTimeout: number;
  /** Decides about a change that recovery cannot decide about itself. */
  readonly keep?: Keep | undefined;
}

/**
 * A change in progress: everything requested here is committed as one when the work returns. No other process
 * can change the store meanwhile. Reads may or may not include what this change has requested so far.
 */
export interface StoreChange extends StoreReader {
  /**
   * Takes consecutive serial numbers. They are never given out again.
   *
   * @returns the first one.
   * @throws CounterBehindError, BadCounterError, CounterExhaustedError, BadIndexError, CaIncompleteError
   */
  takeSerials(wanted: WantedSerials): Promise<bigint>;
  /**
   * Writes a certificate ahead of {@linkcode record}, while others are still being signed. It is in the
   * store only if it is also recorded.
   */
  writeAhead(certificate: IssuedCertificate): Promise<void>;
  /** Records certificates. Their numbers were taken in this change. @throws IndexFullError */
  record(certificates: readonly IssuedCertificate[]): Promise<void>;
  /**
   * Revokes a certificate permanently.
   *
   * @returns its new record.
   * @throws SerialNotFoundError, AlreadyRevokedError, BadIndexError
   */
  revoke(serial: string, revocation: Revoke): Promise<CertificateRecord>;
  /**
   * Takes the next CRL number. CRL numbers only increase.
   *
   * @param last the number of the last CRL; the next one must be larger.
   * @throws CounterBehindError, BadCounterError, CounterExhaustedError
   */
  takeCrlNumber(last: bigint | undefined): Promise<bigint>;
  /** Replaces the last CRL by this one (DER). Its number was taken in this change. */
  publishCrl(der: Uint8Array): Promise<void>;
  /** Repairs problems for which `isMendable` is true. */
  mend(problems: readonly Problem[]): Promise<void>;
}

/** How many serial numbers to take. */
export interface WantedSerials {
  readonly count: number;
  /** The serial number of the root, which must not be used again. */
  readonly root: bigint;
}

/** Time and reason of a revocation. */
export interface Revoke {
  /** To the second. */
  readonly at: Date;
  readonly reason: RevocationReason;
}

/** The root of a new CA. */
export interface NewRoot {
  /** DER Certificate. */
  readonly certificate: Uint8Array;
  /** DER PrivateKeyInfo, unencrypted. Secret. */
  readonly key: Uint8Array;
}
