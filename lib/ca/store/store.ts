/** The store of a CA, in the words of its domain: the interface that every kind of store implements. */
import type { Keep, RecoveryOutlook, RecoveryReport } from "../../transaction/mod.ts";
import type { RevocationReason } from "../../x509/mod.ts";
import type { Problem } from "./finding.ts";
import type { StoreInspection } from "./inspection.ts";

/** What a CA keeps about a leaf certificate. Times are RFC 3339, UTC, to the second. */
export interface CertificateRecord {
  /** In the form of `formatSerial`. */
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

/** A part of what a store keeps. */
export type Part =
  | "key"
  | "root"
  | "crl"
  | "serial"
  | "crlNumber"
  | "index"
  | "certificates"
  | { readonly certificate: string };

/** What a part is called. */
export interface PartName {
  /** Within the store: `ca.crt`. For findings. */
  readonly inStore: string;
  /** From everywhere: an absolute path, say. For errors. */
  readonly absolute: string;
  /** As the caller named the store. For reports. */
  readonly written: string;
}

/** Reads from a store. Each method answers from one committed state, needs no lock and writes nothing. */
export interface StoreReader {
  /** What a part is called, whether or not it is there. */
  nameOf(part: Part): PartName;
  /** The root's certificate, PEM. @throws FileSystemError where there is none. */
  root(): Promise<Uint8Array>;
  /** The root's private key, PKCS #8 PEM. Secret. @throws FileSystemError where there is none. */
  key(): Promise<Uint8Array>;
  /** The CRL published last, PEM; `undefined` where there is none. @throws FileSystemError */
  lastCrl(): Promise<Uint8Array | undefined>;
  /** A certificate issued, PEM. @throws FileSystemError where it is not there. */
  certificate(serial: string): Promise<Uint8Array>;
  /**
   * What is recorded of a certificate.
   *
   * @param serial in the form of `formatSerial`.
   * @returns `undefined` where no such certificate was recorded.
   * @throws BadIndexError, CaIncompleteError, FileSystemError
   */
  find(serial: string): Promise<CertificateRecord | undefined>;
  /**
   * All records, in the order in which the certificates were issued, a page at a time.
   *
   * @param filter which of them; all, where it is left out.
   * @throws as {@linkcode find}.
   */
  pages(filter?: RecordFilter): AsyncIterable<readonly CertificateRecord[]>;
  /** What `ca check` looks at. */
  inspect(): Promise<StoreInspection>;
}

/** Which records are wanted. */
export interface RecordFilter {
  readonly status: CertificateRecord["status"];
}

/** Which of the two parts that make a store a CA are there. */
export interface Presence {
  readonly key: boolean;
  readonly root: boolean;
}

/** The store of one CA. */
export interface CaStore extends StoreReader {
  /** The store's own name, as the caller wrote it. For messages. */
  readonly written: string;
  /** What there is of a CA, without a lock. */
  presence(): Promise<Presence>;
  /**
   * Makes one change under the CA's lock, after recovery: all that `work` asks for, or nothing.
   *
   * Nothing is written before `work` has returned. Where it throws, the store stays as it is.
   *
   * @throws CaNotInitializedError, CaIncompleteError, LockedError, and what `work` throws.
   * @throws TransactionFailedError where the commit failed: all is as it was, but for serial numbers, which
   * may stay taken.
   * @throws OutcomeUnknownError where it cannot be known whether the change was made.
   */
  change<T>(options: ChangeOptions<T>): Promise<Changed<T>>;
  /**
   * Finishes or undoes what a crash left behind, which every change begins with. Makes nothing where no
   * change was ever made.
   *
   * @throws LockedError, JournalRefusedError, RecoveryUndecidableError, OutcomeUnknownError
   */
  recover(options: RecoverOptions): Promise<RecoveryReport>;
  /** What {@linkcode recover} would do. Takes no lock, and so may see another run's change half done. */
  outlook(): Promise<RecoveryOutlook>;
}

/** How long to wait for the lock, and what to do once it is held. */
export interface ChangeOptions<T> {
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly work: (change: StoreChange) => Promise<T>;
}

/** A change that was made. */
export interface Changed<T> {
  /** What `work` returned. */
  readonly value: T;
  /** What recovery found and did before. */
  readonly recovery: RecoveryReport;
  /** Errors of the last step, after which the change stands all the same. */
  readonly warnings: readonly unknown[];
}

/** How to recover. */
export interface RecoverOptions {
  /** Milliseconds. */
  readonly lockTimeout: number;
  /** Settles a change that recovery cannot decide about. */
  readonly keep?: Keep | undefined;
}

/**
 * One change of a CA under way: what is asked for here is committed as one when the work has returned.
 * Nobody else changes the store meanwhile. Reads may or may not see what this change has asked for so far.
 */
export interface StoreChange extends StoreReader {
  /**
   * Takes serial numbers, one after the other. They are never given again.
   *
   * @returns the first of them.
   * @throws CounterBehindError, BadCounterError, CounterExhaustedError, BadIndexError, CaIncompleteError
   */
  takeSerials(wanted: WantedSerials): Promise<bigint>;
  /** Records certificates that have numbers taken in this change. @throws IndexFullError */
  record(certificates: readonly IssuedCertificate[]): Promise<void>;
  /**
   * Revokes a certificate, for ever.
   *
   * @returns its record from now on.
   * @throws SerialNotFoundError, AlreadyRevokedError, BadIndexError
   */
  revoke(serial: string, revocation: Revoke): Promise<CertificateRecord>;
  /**
   * Takes the number of a CRL. Numbers only grow.
   *
   * @param last the number of the last CRL, which the next must exceed.
   * @throws CounterBehindError, BadCounterError, CounterExhaustedError
   */
  takeCrlNumber(last: bigint | undefined): Promise<bigint>;
  /** Publishes a CRL (DER) instead of the last one. Its number was taken in this change. */
  publishCrl(der: Uint8Array): Promise<void>;
  /** Mends problems that `isMendable` says can be, by what they say themselves. */
  mend(problems: readonly Problem[]): Promise<void>;
}

/** How many serial numbers are wanted. */
export interface WantedSerials {
  readonly count: number;
  /** The root's own, which no other certificate may have. */
  readonly root: bigint;
}

/** When a certificate was revoked, and why. */
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
