/** Errors of `ca import`. */
import { CertswapError } from "../../system/mod.ts";

/** What is wrong with a line of an `index.txt`. */
export type DatabaseProblem =
  | "not-six-fields"
  | "unknown-status"
  | "bad-serial"
  | "bad-expiry"
  | "bad-revocation";

/** A line of an `index.txt` is not one of OpenSSL's database. */
export class BadDatabaseError extends CertswapError {
  readonly code = "bad-database";
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly problem: DatabaseProblem;

  constructor(path: string, line: number, problem: DatabaseProblem) {
    super(`${path}, line ${line}: ${problem}`);
    this.path = path;
    this.line = line;
    this.problem = problem;
  }
}

/** A directory does not look like the CA that it was said to be. */
export class NoSourceError extends CertswapError {
  readonly code = "no-import-source";
  readonly directory: string;
  readonly kind: "openssl" | "easy-rsa";
  /** What was looked for, and not found. */
  readonly missing: "certificate" | "key" | "database";
  /** The paths that were tried. */
  readonly tried: readonly string[];

  constructor(
    directory: string,
    { kind, missing, tried }: Pick<NoSourceError, "kind" | "missing" | "tried">,
  ) {
    super(`${directory}: no ${missing}`);
    this.directory = directory;
    this.kind = kind;
    this.missing = missing;
    this.tried = tried;
  }
}

/** The key to import does not belong to the certificate. */
export class ImportedKeyMismatchError extends CertswapError {
  readonly code = "imported-key-mismatch";
  readonly certificatePath: string;
  readonly keyPath: string;

  constructor(certificatePath: string, keyPath: string) {
    super(`${keyPath} is not the key of ${certificatePath}`);
    this.certificatePath = certificatePath;
    this.keyPath = keyPath;
  }
}

/** Two different certificates of the source have the same serial number. */
export class DoubleSerialError extends CertswapError {
  readonly code = "double-serial";
  readonly serial: string;
  readonly paths: readonly [string, string];

  constructor(serial: string, paths: readonly [string, string]) {
    super(`${serial} in ${paths.join(" and ")}`);
    this.serial = serial;
    this.paths = paths;
  }
}

/** A certificate of the source has a serial number that certswap cannot keep: 0, negative, or too long. */
export class UnusableSerialError extends CertswapError {
  readonly code = "unusable-serial";
  readonly serial: string;
  readonly path: string;

  constructor(serial: string, path: string) {
    super(`${serial} in ${path}`);
    this.serial = serial;
    this.path = path;
  }
}

/** A number of the source is the largest one: there is none above it to continue with. */
export class SerialsExhaustedError extends CertswapError {
  readonly code = "serials-exhausted";
  /** In the serial form. */
  readonly highest: string;

  constructor(highest: string) {
    super(`${highest} is the highest number`);
    this.highest = highest;
  }
}

/** The new data directory and the source are one inside the other: the source would not stay as it is. */
export class ImportPlaceError extends CertswapError {
  readonly code = "import-place";
  /** As given by the caller. */
  readonly dataDirectory: string;
  readonly source: string;

  constructor(dataDirectory: string, source: string) {
    super(`${dataDirectory} and ${source} overlap`);
    this.dataDirectory = dataDirectory;
    this.source = source;
  }
}

/** The CRL of the source is not a CRL, or not signed by the CA. */
export class BadImportedCrlError extends CertswapError {
  readonly code = "bad-imported-crl";
  readonly path: string;
  readonly reason: "not-a-crl" | "foreign";

  constructor(path: string, reason: BadImportedCrlError["reason"], options?: ErrorOptions) {
    super(`${path}: ${reason}`, options);
    this.path = path;
    this.reason = reason;
  }
}

/** The source has more certificates than one change can hold. */
export class TooManyCertificatesError extends CertswapError {
  readonly code = "too-many-certificates";
  readonly count: number;
  readonly limit: number;

  constructor(count: number, limit: number) {
    super(`${count} of at most ${limit}`);
    this.count = count;
    this.limit = limit;
  }
}
