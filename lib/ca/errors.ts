/** Errors of the CA's commands. Errors about requests are in request_errors.ts. */
import { CertswapError, type ProgramFailure } from "../system/mod.ts";

export * from "./inventory_errors.ts";
export * from "./request_errors.ts";
export * from "./store_errors.ts";

/** What can be wrong with `index.json`. */
export type IndexProblem =
  | "not-utf8"
  | "not-json"
  | "not-an-array"
  | "not-an-object"
  | "unknown-field"
  | "missing-field"
  | "double-field"
  | "bad-value"
  | "double-serial";

/** The data directory contains no CA, or does not exist. */
export class CaNotInitializedError extends CertswapError {
  readonly code = "ca-not-initialized";
  readonly dataDirectory: string;
  /** Whether an interrupted change, such as an `init`, needs recovery. */
  readonly isRecoveryDue: boolean;

  constructor(dataDirectory: string, { isRecoveryDue = false } = {}) {
    super("neither ca.key nor ca.crt");
    this.dataDirectory = dataDirectory;
    this.isRecoveryDue = isRecoveryDue;
  }
}

/** The data directory already contains a CA, or part of one. It must not be overwritten. */
export class CaAlreadyInitializedError extends CertswapError {
  readonly code = "ca-already-initialized";
  /** As given by the caller. */
  readonly dataDirectory: string;

  constructor(dataDirectory: string) {
    super(`a CA in ${dataDirectory}`);
    this.dataDirectory = dataDirectory;
  }
}

/** There is no CA, but a file that a new CA would create exists: perhaps the rest of an old CA. */
export class StrayFileError extends CertswapError {
  readonly code = "ca-stray-file";
  readonly path: string;

  constructor(path: string) {
    super(`${path} exists without a CA`);
    this.path = path;
  }
}

/** A file that the CA needs is missing. */
export class CaIncompleteError extends CertswapError {
  readonly code = "ca-incomplete";
  /** As given by the caller. */
  readonly dataDirectory: string;
  /** `ca.key`, `ca.crt`, `serial`, `crlnumber`, `index.json` or `certs`. */
  readonly missing: string;
  /** As in {@linkcode CaNotInitializedError}. */
  readonly isRecoveryDue: boolean;

  constructor(dataDirectory: string, missing: string, { isRecoveryDue = false } = {}) {
    super(`${missing} is missing in ${dataDirectory}`);
    this.dataDirectory = dataDirectory;
    this.missing = missing;
    this.isRecoveryDue = isRecoveryDue;
  }
}

/** The CA's private key is not in its data directory, as on an offline root. Nothing can be signed. */
export class CaKeyNotAvailableError extends CertswapError {
  readonly code = "ca-key-not-available";
  /** Based on the data directory as given by the caller. */
  readonly path: string;

  constructor(path: string) {
    super(`no ${path}`);
    this.path = path;
  }
}

/** Where a CA is in its hierarchy: who signs its certificate depends on it. */
export type CaPlace = "root" | "intermediate";

/** The root certificate has expired. */
export class CaExpiredError extends CertswapError {
  readonly code = "ca-expired";
  readonly notAfter: Date;
  readonly place: CaPlace;

  constructor(notAfter: Date, place: CaPlace) {
    super(`the ${place} expired at ${notAfter.toISOString()}`);
    this.notAfter = notAfter;
    this.place = place;
  }
}

/** No CA may follow below this one, according to its path length or that of a CA above it. */
export class PathLengthExhaustedError extends CertswapError {
  readonly code = "path-length-exhausted";
  /** The subject of the CA that was to sign, RFC 4514, escaped. */
  readonly authority: string;

  constructor(authority: string) {
    super(`no CA may follow below ${authority}`);
    this.authority = authority;
  }
}

/** The CA's certificate, or one above it, expires within a year. Peers need a newer one in time. */
export class CaExpiresWarning extends CertswapError {
  readonly code = "ca-expires";
  /** `above`: the certificate is of a CA above this one. */
  readonly place: CaPlace | "above";
  /** Of the certificate that ends first, RFC 4514, escaped. */
  readonly subject: string;
  readonly notAfter: Date;
  /** Milliseconds; negative if it has expired. */
  readonly left: number;

  constructor(
    subject: string,
    notAfter: Date,
    { left, place }: { readonly left: number; readonly place: CaExpiresWarning["place"] },
  ) {
    super(`${subject} expires at ${notAfter.toISOString()}`);
    this.subject = subject;
    this.notAfter = notAfter;
    this.left = left;
    this.place = place;
  }
}

/** The clock is earlier than a time at which this CA has already been used. */
export class ClockBehindError extends CertswapError {
  readonly code = "clock-behind";
  readonly now: Date;
  readonly earliest: Date;
  readonly known: "root-not-before" | "crl-this-update";

  constructor(now: Date, earliest: Date, known: ClockBehindError["known"]) {
    super(`${now.toISOString()} is before ${earliest.toISOString()}, ${known}`);
    this.now = now;
    this.earliest = earliest;
    this.known = known;
  }
}

/** The clock is earlier than the build date of certswap, so it is wrong and a root would get wrong dates. */
export class ClockBeforeBuildError extends CertswapError {
  readonly code = "clock-before-build";
  readonly now: Date;
  readonly built: Date;

  constructor(now: Date, built: Date) {
    super(`${now.toISOString()} is before the build, ${built.toISOString()}`);
    this.now = now;
    this.built = built;
  }
}

/** `ca.key` or `ca.crt` is not a key or certificate that certswap can use for a CA. */
export class BadCaFileError extends CertswapError {
  readonly code = "bad-ca-file";
  readonly path: string;
  readonly reason:
    | "not-a-certificate"
    | "not-a-ca-certificate"
    | "no-subject-key-identifier"
    | "unsupported-key"
    | "not-a-pkcs8-key"
    | "encrypted-key";

  constructor(path: string, reason: BadCaFileError["reason"], options?: ErrorOptions) {
    super(`${path}: ${reason}`, options);
    this.path = path;
    this.reason = reason;
  }
}

/** The store has only a record of this certificate: the CA was imported without it. */
export class CertificateNotKeptError extends CertswapError {
  readonly code = "certificate-not-kept";
  readonly serial: string;

  constructor(serial: string, options?: ErrorOptions) {
    super(`certificate ${serial} is not kept`, options);
    this.serial = serial;
  }
}

/** The root certificate does not belong to the CA's key. */
export class CaKeyMismatchError extends CertswapError {
  readonly code = "ca-key-mismatch";
  readonly certificatePath: string;
  readonly keyPath: string;

  constructor(certificatePath: string, keyPath: string) {
    super(`${certificatePath} is not the certificate of ${keyPath}`);
    this.certificatePath = certificatePath;
    this.keyPath = keyPath;
  }
}

/** A counter file does not contain exactly one number in the expected form. */
export class BadCounterError extends CertswapError {
  readonly code = "bad-counter";
  readonly path: string;
  /** Its first characters. Untrusted. */
  readonly found: string;

  constructor(path: string, found: string) {
    super(`${path} does not contain a number`);
    this.path = path;
    this.found = found;
  }
}

/** A counter is not above every number in use: it was edited, or restored from an old backup. */
export class CounterBehindError extends CertswapError {
  readonly code = "counter-behind";
  readonly path: string;
  readonly value: string;
  /** The largest number in use. */
  readonly used: string;
  /** Where it is used: the index, a file in `certs/`, the root or the last CRL. */
  readonly usedIn: string;

  constructor(path: string, options: { value: string; used: string; usedIn: string }) {
    super(`${path} holds ${options.value}, but ${options.usedIn} has ${options.used}`);
    this.path = path;
    this.value = options.value;
    this.used = options.used;
    this.usedIn = options.usedIn;
  }
}

/** The counter has reached the largest number that a certificate can have, or would be raised to it. */
export class CounterExhaustedError extends CertswapError {
  readonly code = "counter-exhausted";
  readonly path: string;
  /** A person wants to raise it that far. */
  readonly isWanted: boolean;

  constructor(path: string, { isWanted = false } = {}) {
    super(`${path} cannot be raised`);
    this.path = path;
    this.isWanted = isWanted;
  }
}

/** `index.json` does not have the expected format. */
export class BadIndexError extends CertswapError {
  readonly code = "bad-index";
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly problem: IndexProblem;
  /** The field with the problem, if it is about one. Untrusted. */
  readonly field: string | undefined;

  constructor(path: string, line: number, options: { problem: IndexProblem; field?: string }) {
    super(`${path}:${line}: ${options.problem} ${options.field ?? ""}`);
    this.path = path;
    this.line = line;
    this.problem = options.problem;
    this.field = options.field;
  }
}

/** The history does not end with an entry, so nothing can be added to it. */
export class BadHistoryError extends CertswapError {
  readonly code = "bad-history";
  readonly path: string;
  /** From 1. */
  readonly line: number;

  constructor(path: string, line: number) {
    super(`${path}:${line}: not an entry`);
    this.path = path;
    this.line = line;
  }
}

/** `shards.json` does not have the expected format. */
export class BadShardsError extends CertswapError {
  readonly code = "bad-shards";
  readonly path: string;

  constructor(path: string) {
    super(`${path}: not a list of addresses of shards`);
    this.path = path;
  }
}

/** `index.json`, `details.jsonl` or `enrolments.json` has reached its maximum size. */
export class IndexFullError extends CertswapError {
  readonly code = "index-full";
  readonly path: string;
  /** In bytes. */
  readonly limit: number;

  constructor(path: string, limit: number) {
    super(`${path} would be larger than ${limit}`);
    this.path = path;
    this.limit = limit;
  }
}

/** What is kept about who may enrol cannot be read. */
export class BadEnrolmentError extends CertswapError {
  readonly code = "bad-enrolment";
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`${path} cannot be read`, options);
    this.path = path;
  }
}

/** `ca.crl` is not a CRL, or was not signed by this CA. */
export class BadCaCrlError extends CertswapError {
  readonly code = "bad-ca-crl";
  readonly path: string;
  readonly reason: "not-a-crl" | "no-number" | "foreign" | "critical-extension";

  constructor(path: string, reason: BadCaCrlError["reason"], options?: ErrorOptions) {
    super(`${path}: ${reason}`, options);
    this.path = path;
    this.reason = reason;
  }
}

/** The publish hook failed, or could not be started (`cause`): it has to be run again for the last CRL. */
export class PublishFailedError extends CertswapError {
  readonly code = "crl-publish-failed";
  readonly command: readonly [string, ...string[]];
  /** Milliseconds. */
  readonly timeLimit: number;
  /** The number of the CRL. */
  readonly number: bigint;
  /** `undefined`: it could not be started. */
  readonly failure: ProgramFailure | undefined;

  constructor(
    { command, timeLimit }: Pick<PublishFailedError, "command" | "timeLimit">,
    { number, failure, ...options }: ErrorOptions & {
      readonly number: bigint;
      readonly failure?: ProgramFailure;
    },
  ) {
    super(`cannot publish CRL ${number}: ${failure?.end.kind ?? "not started"}`, options);
    this.command = command;
    this.timeLimit = timeLimit;
    this.number = number;
    this.failure = failure;
  }
}

/** The index has no certificate with this serial number. */
export class SerialNotFoundError extends CertswapError {
  readonly code = "serial-not-found";
  readonly serial: string;
  /** It is the number of the CA's own certificate. */
  readonly isOwn: boolean;

  constructor(serial: string, { isOwn = false }: { readonly isOwn?: boolean } = {}) {
    super(`no certificate ${serial}`);
    this.serial = serial;
    this.isOwn = isOwn;
  }
}

/** The certificate is already revoked. Revocation is permanent. */
export class AlreadyRevokedError extends CertswapError {
  readonly code = "already-revoked";
  readonly serial: string;

  constructor(serial: string) {
    super(`certificate ${serial} is revoked`);
    this.serial = serial;
  }
}

/**
 * A certificate would outlive its root, or a cross-certificate one of its two roots, so its notAfter was
 * reduced.
 */
export class ValidityCutWarning extends CertswapError {
  readonly code = "validity-cut";
  readonly asked: Date;
  readonly notAfter: Date;
  /** What ends then: the certificate of a CA, or, for a cross-certificate, that of one of two roots. */
  readonly end: CaPlace | "two-roots";

  constructor(asked: Date, notAfter: Date, end: ValidityCutWarning["end"]) {
    super(`notAfter cut from ${asked.toISOString()} to ${notAfter.toISOString()}`);
    this.asked = asked;
    this.notAfter = notAfter;
    this.end = end;
  }
}

/** The last CRL is past its nextUpdate: clients that check CRLs reject all certificates of this CA. */
export class CrlExpiredWarning extends CertswapError {
  readonly code = "crl-expired";
  readonly nextUpdate: Date;

  constructor(nextUpdate: Date) {
    super(`the CRL expired at ${nextUpdate.toISOString()}`);
    this.nextUpdate = nextUpdate;
  }
}

/** The clock is before the last CRL. The revocation gets the time of that CRL, because it is not in it. */
export class RevocationTimeWarning extends CertswapError {
  readonly code = "revocation-time";
  readonly now: Date;
  readonly revokedAt: Date;

  constructor(now: Date, revokedAt: Date) {
    super(`revoked at ${revokedAt.toISOString()}: ${now.toISOString()} is before the last CRL`);
    this.now = now;
    this.revokedAt = revokedAt;
  }
}

/** A file does not contain a certificate. */
export class CertificateUnreadableError extends CertswapError {
  readonly code = "certificate-unreadable";
  readonly file: string;

  constructor(file: string, options: { cause: unknown }) {
    super(`${file}: not a certificate`, options);
    this.file = file;
  }
}

/** A file to be created already exists. Keys and requests are never overwritten. */
export class FileExistsError extends CertswapError {
  readonly code = "file-exists";
  readonly path: string;

  constructor(path: string) {
    super(`${path} exists`);
    this.path = path;
  }
}
