/** What stops a command of the CA; errors about requests are in request_errors.ts. */
import { CertswapError } from "../system/mod.ts";

export * from "./request_errors.ts";

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

/** There is no CA in the data directory, or no such directory. */
export class CaNotInitializedError extends CertswapError {
  readonly code = "ca-not-initialized";
  /** Whether a change was cut short that recovery settles, such as an `init`. */
  readonly isRecoveryDue: boolean;

  constructor({ isRecoveryDue = false } = {}) {
    super("neither ca.key nor ca.crt");
    this.isRecoveryDue = isRecoveryDue;
  }
}

/** The data directory holds a CA, or a part of one, that must not be overwritten. */
export class CaAlreadyInitializedError extends CertswapError {
  readonly code = "ca-already-initialized";
  /** As the caller wrote it. */
  readonly dataDirectory: string;

  constructor(dataDirectory: string) {
    super(`a CA in ${dataDirectory}`);
    this.dataDirectory = dataDirectory;
  }
}

/** There is no CA, and yet a file where one would be made: what is left of another, perhaps. */
export class StrayFileError extends CertswapError {
  readonly code = "ca-stray-file";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is there without a CA`);
    this.path = path;
  }
}

/** A file without which a CA cannot work is missing. */
export class CaIncompleteError extends CertswapError {
  readonly code = "ca-incomplete";
  /** As the caller wrote it. */
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

/** The notAfter of the root is past. */
export class CaExpiredError extends CertswapError {
  readonly code = "ca-expired";
  readonly notAfter: Date;

  constructor(notAfter: Date) {
    super(`the root expired at ${notAfter.toISOString()}`);
    this.notAfter = notAfter;
  }
}

/** The clock stands before a time at which this CA is known to have worked. */
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

/** The clock stands before this certswap was built: it is wrong, and a root is dated by it. */
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

/** `ca.key` or `ca.crt` is not what a CA of certswap has there. */
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

/** The root's certificate is not the one of its key. */
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

/** A counter file does not hold one number in its exact form. */
export class BadCounterError extends CertswapError {
  readonly code = "bad-counter";
  readonly path: string;
  /** Its first characters. Untrusted. */
  readonly found: string;

  constructor(path: string, found: string) {
    super(`${path} holds no number`);
    this.path = path;
    this.found = found;
  }
}

/** A counter is not above a number that is in use: it was edited, or restored from an old backup. */
export class CounterBehindError extends CertswapError {
  readonly code = "counter-behind";
  readonly path: string;
  readonly value: string;
  /** The largest number in use. */
  readonly used: string;
  /** Where that is used: the index, a file in `certs/`, the root, the last CRL. */
  readonly usedIn: string;

  constructor(path: string, options: { value: string; used: string; usedIn: string }) {
    super(`${path} holds ${options.value}, but ${options.usedIn} has ${options.used}`);
    this.path = path;
    this.value = options.value;
    this.used = options.used;
    this.usedIn = options.usedIn;
  }
}

/** Every number that fits into a certificate has been used. */
export class CounterExhaustedError extends CertswapError {
  readonly code = "counter-exhausted";
  readonly path: string;

  constructor(path: string) {
    super(`${path} cannot be raised`);
    this.path = path;
  }
}

/** `index.json` is not in its exact form. */
export class BadIndexError extends CertswapError {
  readonly code = "bad-index";
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly problem: IndexProblem;
  /** The field concerned, where it is about one. Untrusted. */
  readonly field: string | undefined;

  constructor(path: string, line: number, options: { problem: IndexProblem; field?: string }) {
    super(`${path}:${line}: ${options.problem} ${options.field ?? ""}`);
    this.path = path;
    this.line = line;
    this.problem = options.problem;
    this.field = options.field;
  }
}

/** `index.json` has no room for more certificates. */
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

/** `ca.crl` is no CRL, or not one that this CA signed. */
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

/** No certificate with this serial number is in the index. */
export class SerialNotFoundError extends CertswapError {
  readonly code = "serial-not-found";
  readonly serial: string;

  constructor(serial: string) {
    super(`no certificate ${serial}`);
    this.serial = serial;
  }
}

/** The certificate with this serial number is revoked, which is for ever. */
export class AlreadyRevokedError extends CertswapError {
  readonly code = "already-revoked";
  readonly serial: string;

  constructor(serial: string) {
    super(`certificate ${serial} is revoked`);
    this.serial = serial;
  }
}

/** A leaf certificate would have outlived its root: its notAfter was cut. */
export class ValidityCutWarning extends CertswapError {
  readonly code = "validity-cut";
  readonly asked: Date;
  readonly notAfter: Date;

  constructor(asked: Date, notAfter: Date) {
    super(`notAfter cut from ${asked.toISOString()} to ${notAfter.toISOString()}`);
    this.asked = asked;
    this.notAfter = notAfter;
  }
}

/** The last CRL is past its nextUpdate: who checks CRLs accepts no certificate of this CA any more. */
export class CrlExpiredWarning extends CertswapError {
  readonly code = "crl-expired";
  readonly nextUpdate: Date;

  constructor(nextUpdate: Date) {
    super(`the CRL expired at ${nextUpdate.toISOString()}`);
    this.nextUpdate = nextUpdate;
  }
}

/** The clock stands before the last CRL, which the revocation is not in: it has the time of that CRL. */
export class RevocationTimeWarning extends CertswapError {
  readonly code = "revocation-time";
  readonly now: Date;
  readonly revokedAt: Date;

  constructor(now: Date, revokedAt: Date) {
    super(`revoked at ${revokedAt.toISOString()}, for ${now.toISOString()} is before the last CRL`);
    this.now = now;
    this.revokedAt = revokedAt;
  }
}

/** A file is no certificate. */
export class CertificateUnreadableError extends CertswapError {
  readonly code = "certificate-unreadable";
  readonly file: string;

  constructor(file: string, options: { cause: unknown }) {
    super(`${file}: not a certificate`, options);
    this.file = file;
  }
}

/** A file that would be made is there already. Keys and requests are never overwritten. */
export class FileExistsError extends CertswapError {
  readonly code = "file-exists";
  readonly path: string;

  constructor(path: string) {
    super(`${path} exists`);
    this.path = path;
  }
}
