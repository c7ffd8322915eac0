/** The interface of a CA's store, independent of how it is kept. */
import type { Keep, RecoveryOutlook, RecoveryReport } from "../../transaction/mod.ts";
import type { Random } from "../../system/mod.ts";
import type { RevocationReason } from "../../x509/mod.ts";
import type { CertificateDetails, DescribedRecord, DetailsPatch } from "./details.ts";
import type { Finding } from "./finding.ts";
import type { EventContent, HistoryHead, HistoryLine, HistoryReading } from "./history/mod.ts";
import type { StoreInspection } from "./inspection.ts";
import type { ShardCrl, ShardTemplate } from "./shards/mod.ts";

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
  /** What else is known about it. */
  readonly details?: CertificateDetails;
}

/** A part of a store. */
export type Part =
  | "key"
  | "root"
  | "chain"
  | "previous"
  | "bundle"
  | "rollover"
  | "request"
  | "crl"
  | "derCrl"
  | "publishedCrl"
  | "serial"
  | "crlNumber"
  | "index"
  | "details"
  | "certificates"
  | "history"
  /** The addresses of the shards. */
  | "shards"
  | { readonly certificate: string }
  /** The CRL of a shard, PEM or DER. */
  | { readonly shardCrl: number }
  | { readonly shardDerCrl: number };

/** The names of a part. */
export interface PartName {
  /** Within the store: `ca.crt`. For findings. */
  readonly inStore: string;
  /** An absolute path, for errors. */
  readonly absolute: string;
  /** Based on the name that the caller gave to the store. For reports. */
  readonly written: string;
}

/**
 * What is kept about who may enrol: one-time secrets, requests that wait for a person, and what was issued to
 * the holders of bootstrap certificates.
 */
export const enrolmentKinds = ["token", "request", "birth"] as const;

/** One of {@linkcode enrolmentKinds}. */
export type EnrolmentKind = (typeof enrolmentKinds)[number];

/** Something to keep about who may enrol; without content, to remove. */
export interface EnrolmentPatch {
  readonly kind: EnrolmentKind;
  readonly id: string;
  /** A text that the store does not look at. JSON. */
  readonly content: string | undefined;
}

/** Reads from a store. Each method reads one committed state, needs no lock and writes nothing. */
export interface StoreReader {
  /** The name of a part, whether it exists or not. */
  nameOf(part: Part): PartName;
  /** The root certificate, PEM. @throws FileSystemError if there is none. */
  root(): Promise<Uint8Array>;
  /** The root's private key, PKCS #8 PEM, maybe encrypted. Secret. @throws FileSystemError if missing. */
  key(): Promise<Uint8Array>;
  /**
   * The certificates above the CA's own, PEM, nearest first; `undefined` if there are none, as for a root.
   */
  chain(): Promise<Uint8Array | undefined>;
  /** Older certificates of this CA with the same key, PEM, newest first; `undefined` if there are none. */
  previous(): Promise<Uint8Array | undefined>;
  /** Certificates of other CAs that clients get with those of this one, PEM; `undefined`: none. */
  bundle(): Promise<Uint8Array | undefined>;
  /** What `ca rollover` has recorded, a text that the store does not look at; `undefined`: nothing. */
  rollover(): Promise<Uint8Array | undefined>;
  /** The request of a CA that has no certificate yet, PEM; `undefined` if there is none. */
  request(): Promise<Uint8Array | undefined>;
  /**
   * The last published CRL; `undefined` if there is none.
   *
   * @param start read only this many bytes from its start.
   * @throws FileSystemError
   */
  lastCrl(start?: number): Promise<StoredCrl | undefined>;
  /** The copy of the last published CRL that is DER; `undefined` if there is none. @throws FileSystemError */
  lastDerCrl(): Promise<Uint8Array | undefined>;
  /**
   * The number of the CRL that the publish hook was last run for; `undefined` if it was never run, or if this
   * cannot be read.
   *
   * @throws FileSystemError
   */
  publishedCrl(): Promise<bigint | undefined>;
  /** The last CRL of a shard, PEM; `undefined` if there is none. @throws FileSystemError */
  shardCrl(shard: number): Promise<Uint8Array | undefined>;
  /** The DER copy of the last CRL of a shard; `undefined` if there is none. @throws FileSystemError */
  shardDerCrl(shard: number): Promise<Uint8Array | undefined>;
  /**
   * The addresses of shards in the certificates of this CA; empty if it never had any.
   *
   * @throws BadShardsError, FileSystemError
   */
  shardTemplates(): Promise<readonly ShardTemplate[]>;
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
  /**
   * All revoked certificates in the order of issue, one page at a time, for CRLs: no more than they need.
   *
   * @param reading `withShards`: the shards are wanted too.
   * @throws the errors of {@linkcode pages} and {@linkcode details}.
   */
  revocations(reading?: { readonly withShards: boolean }): AsyncIterable<readonly Revocation[]>;
  /** How many records there are. @param filter without `lastOfEach`. @throws as {@linkcode find} */
  count(filter?: RecordFilter): Promise<number>;
  /**
   * The details of a certificate.
   *
   * @param serial formatted by `formatSerial`.
   * @returns `undefined` if there are none.
   * @throws BadDetailsError, FileSystemError
   */
  details(serial: string): Promise<CertificateDetails | undefined>;
  /**
   * Like {@linkcode pages}, with the details of each certificate.
   *
   * @throws the errors of {@linkcode pages} and {@linkcode details}.
   */
  describedPages(filter?: RecordFilter): AsyncIterable<readonly DescribedRecord[]>;
  /**
   * The serial numbers of certificates whose details have one of these keys. There may be others with the
   * same keys, for which the store has no details.
   *
   * @param keys as in {@linkcode CertificateDetails}.
   * @throws FileSystemError
   */
  findByKey(keys: ReadonlySet<string>): Promise<ReadonlySet<string>>;
  /**
   * What is kept about who may enrol, or waits for it. The content is a text that the store does not look at.
   *
   * @returns by id; in no particular order.
   * @throws BadEnrolmentError, FileSystemError
   */
  enrolments(kind: EnrolmentKind): Promise<ReadonlyMap<string, string>>;
  /** One entry of {@linkcode enrolments}; `undefined` if there is none. @throws as it does. */
  enrolment(kind: EnrolmentKind, id: string): Promise<string | undefined>;
  /**
   * A text that is another one after every change: for a process that keeps what it has read. It costs little
   * to ask for, several times a second.
   *
   * @throws FileSystemError
   */
  generation(): Promise<string>;
  /**
   * The lines of the history, a page at a time. Without a filter also lines that are not entries.
   *
   * @throws FileSystemError
   */
  history(reading?: HistoryReading): AsyncIterable<readonly HistoryLine[]>;
  /**
   * The newest entry of the history; `undefined` if there is none.
   *
   * @throws BadHistoryError, FileSystemError
   */
  historyHead(): Promise<HistoryHead | undefined>;
  /** Reads the store for `ca check`. */
  inspect(): Promise<StoreInspection>;
}

/** A CRL as a store has it. */
export interface StoredCrl {
  readonly form: "pem" | "der";
  readonly content: Uint8Array<ArrayBuffer>;
  /** Whether the content is all of it. */
  readonly isWhole: boolean;
}

/** A revoked certificate, as a CRL needs it. Times are as in {@linkcode CertificateRecord}. */
export interface Revocation {
  readonly serial: string;
  readonly notAfter: string;
  readonly revokedAt: string;
  readonly reason: RevocationReason;
  /** `undefined`: none, or not asked for. */
  readonly shard: number | undefined;
}

/** Selects records. A record must match every field that is given. */
export interface RecordFilter {
  readonly status?: CertificateRecord["status"];
  /** One of these subjects, exactly as in the record. */
  readonly subjects?: ReadonlySet<string>;
  /** One of these serial numbers, formatted by `formatSerial`. Not more than a thousand. */
  readonly serials?: ReadonlySet<string>;
  /** notAfter is not before this time. RFC 3339, UTC, to the second, as is the next one. */
  readonly endsFrom?: string;
  /** notAfter is not after this time. */
  readonly endsBy?: string;
  /**
   * One of these names may be among those of the certificate: a store that can look them up leaves out the
   * others. Alternative names without their kind and common names, in lower case.
   */
  readonly mayHaveNames?: ReadonlySet<string>;
  /** It may have been issued with this profile: likewise. */
  readonly mayHaveProfile?: string;
  /** Only the last ones of each subject are wanted, this many: likewise. Needs `subjects`. */
  readonly lastOfEach?: number;
  /** By notAfter, and in the order of issue for the same one; without it: in the order of issue. */
  readonly order?: "end";
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
   * @throws CaNotInitializedError, CaIncompleteError, CaKeyNotAvailableError, LockedError, and the errors of
   * `work`.
   * @throws TransactionFailedError if the commit failed: everything is as before, except that serial numbers
   * may stay taken.
   * @throws OutcomeUnknownError if it is unknown whether the change was made.
   */
  change<T>(options: ChangeOptions<T>): Promise<Changed<T>>;
  /**
   * Does work while no other process publishes a CRL of this CA. Changes are possible meanwhile, also within
   * the work.
   *
   * @throws LockedError, and the errors of `work`.
   */
  whilePublishing<T>(options: PublishOptions<T>): Promise<T>;
  /**
   * Finishes or undoes an interrupted change. Every change also starts with this. Creates nothing if there
   * was never a change.
   *
   * @throws LockedError, JournalRefusedError, RecoveryUndecidableError, OutcomeUnknownError
   */
  recover(options: RecoverOptions): Promise<RecoveryReport>;
  /** What {@linkcode recover} would do. Takes no lock, so it may see another process's unfinished change. */
  outlook(options?: OutlookOptions): Promise<RecoveryOutlook>;
}

/** Options of an outlook. */
export interface OutlookOptions {
  /**
   * Look for temporary files beside the certificates too. There can be hundreds of thousands, and to list
   * their names takes longer than to read the index.
   */
  readonly amongCertificates?: boolean;
}

/** Options of a change. */
export interface ChangeOptions<T> {
  /** Milliseconds. */
  readonly lockTimeout: number;
  /** Who makes it, for the history; the user of this process by default. Untrusted text. */
  readonly actor?: string | undefined;
  readonly work: (change: StoreChange) => Promise<T>;
}

/** Options of {@linkcode CaStore.whilePublishing}. */
export interface PublishOptions<T> {
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly work: () => Promise<T>;
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
 *
 * Each request is also an entry of the history, in the same transaction. `writeAhead`, taken numbers and
 * details other than `supersededBy` are none.
 */
export interface StoreChange extends StoreReader {
  /**
   * Takes serial numbers. They are never given out again.
   *
   * @throws CounterBehindError, BadCounterError, CounterExhaustedError, BadIndexError, CaIncompleteError
   */
  takeSerials(wanted: WantedSerials): Promise<readonly bigint[]>;
  /**
   * Writes a certificate ahead of {@linkcode record}, while others are still being signed. It is in the
   * store only if it is also recorded.
   */
  writeAhead(certificate: IssuedCertificate): Promise<void>;
  /** Records certificates. Their numbers were taken in this change. @throws IndexFullError */
  record(certificates: readonly IssuedCertificate[]): Promise<void>;
  /**
   * Adds to the details of a certificate, or replaces them. It was recorded before, or in this change.
   *
   * @param serial formatted by `formatSerial`.
   * @throws IndexFullError at the end of the change.
   */
  describe(serial: string, details: DetailsPatch): Promise<void>;
  /**
   * Adds, replaces or removes what is kept about who may enrol.
   *
   * @param content `undefined`: removes it.
   */
  keepEnrolment(kind: EnrolmentKind, id: string, content: string | undefined): Promise<void>;
  /**
   * Raises the next serial number; never lowers it.
   *
   * @param next the number wanted next.
   * @param root the serial number of the root, which must not be used again.
   * @returns the next number before and after.
   * @throws SerialInUseError if a number that is not below `next` is in use; BadCounterError
   */
  raiseSerial(next: bigint, root: bigint | undefined): Promise<RaisedCounter>;
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
  /**
   * Replaces the last CRL, PEM and DER, by this one (DER), and those of the shards. Its number was taken in
   * this change; theirs is the same.
   */
  publishCrl(der: Uint8Array, shards?: readonly ShardCrl[]): Promise<void>;
  /** Replaces the addresses of shards. */
  recordShardTemplates(templates: readonly ShardTemplate[]): Promise<void>;
  /** Records that the publish hook was run for the CRL with this number. */
  recordPublished(number: bigint): Promise<void>;
  /** Replaces the CA's own certificate by a newer one with the same name and key. */
  replaceCertificate(certificates: OwnCertificates): Promise<void>;
  /** Replaces the certificates of other CAs that clients get, DER; none: an empty list. */
  replaceBundle(certificates: readonly Uint8Array[]): Promise<void>;
  /** Replaces what {@linkcode StoreReader.rollover} returns. */
  replaceRollover(content: Uint8Array): Promise<void>;
  /** Replaces the private key by this PEM: PKCS #8, encrypted or not. */
  replaceKey(pem: Uint8Array): Promise<void>;
  /** Repairs findings for which `isMendable` is true. */
  mend(findings: readonly Finding[]): Promise<void>;
  /** Adds an entry to the history for something that this interface does not know. */
  note(event: EventContent): void;
}

/** A counter that was raised, or was high enough. */
export interface RaisedCounter {
  readonly before: bigint;
  readonly after: bigint;
}

/** How many serial numbers to take. */
export interface WantedSerials {
  readonly count: number;
  /**
   * The serial number of the root, which must not be used again; `undefined` for an intermediate, whose own
   * number is one of its issuer's.
   */
  readonly root: bigint | undefined;
  /** Chooses them: 128 random bits each. `undefined`: the next ones of the counter. */
  readonly random?: Random | undefined;
}

/** Time and reason of a revocation. */
export interface Revoke {
  /** To the second. */
  readonly at: Date;
  readonly reason: RevocationReason;
}

/** The certificates of a CA itself. All are DER. */
export interface OwnCertificates {
  readonly certificate: Uint8Array;
  /** The certificates above it, nearest first; empty for a root. */
  readonly chain: readonly Uint8Array[];
  /** Older certificates with the same key, newest first. */
  readonly previous: readonly Uint8Array[];
}

/** A new CA that waits for its certificate. */
export interface NewRequest {
  /** DER CertificationRequest. */
  readonly request: Uint8Array;
  /** DER PrivateKeyInfo, or EncryptedPrivateKeyInfo as `keyLabel` says. Secret. */
  readonly key: Uint8Array;
  /** The label of its PEM; `PRIVATE KEY` by default. */
  readonly keyLabel?: NewRoot["keyLabel"];
}

/** The certificate of a CA that has waited for it. All are DER. */
export type Activation = Omit<OwnCertificates, "previous">;

/** What to do with a CA that waits for its certificate: complete it, or remove its key and request. */
export type Settlement<T> =
  & { readonly value: T }
  & ({ readonly activation: Activation } | { readonly isWithdrawn: true });

/** The certificate and key of a new CA: a root, or one that was imported. */
export interface NewRoot {
  /** DER Certificate. */
  readonly certificate: Uint8Array;
  /** DER PrivateKeyInfo, or what it was encrypted to. Secret. */
  readonly key: Uint8Array;
  /** The label of its PEM; `PRIVATE KEY` by default. */
  readonly keyLabel?: "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY";
  /** The certificates above it, DER, nearest first; empty for a root. */
  readonly chain?: readonly Uint8Array[];
  /** What the CA had issued elsewhere; nothing if it is new. */
  readonly past?: Past | undefined;
}

/** A certificate that a CA had issued before it came here. */
export interface FormerCertificate extends Omit<IssuedCertificate, "der"> {
  /** DER Certificate; `undefined` if it is lost, and `details` say so. */
  readonly der: Uint8Array | undefined;
}

/** What a CA had issued before it came here. */
export interface Past {
  readonly certificates: readonly FormerCertificate[];
  /** The last CRL, DER; `undefined` if there is none to keep. */
  readonly crl: Uint8Array | undefined;
  /** The first numbers that were certainly never used. */
  readonly nextSerial: bigint;
  readonly nextCrlNumber: bigint;
}
