/** Errors about certificates that a CA has issued: finding, renewing and describing them. */
import { CertswapError } from "../system/mod.ts";
import { RequestError } from "./request_errors.ts";

/** What can be wrong with a line of `details.jsonl`. */
export type DetailsProblem =
  | "not-utf8"
  | "not-json"
  | "not-an-object"
  | "missing-field"
  | "bad-value";

/** `details.jsonl` does not have the expected format. */
export class BadDetailsError extends CertswapError {
  readonly code = "bad-details";
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly problem: DetailsProblem;
  /** The field with the problem, if it is about one. */
  readonly field: string | undefined;

  constructor(
    path: string,
    line: number,
    options: { readonly problem: DetailsProblem; readonly field?: string },
  ) {
    super(`${path}:${line}: ${options.problem} ${options.field ?? ""}`);
    this.path = path;
    this.line = line;
    this.problem = options.problem;
    this.field = options.field;
  }
}

/** A file contains a certificate that this CA did not sign. */
export class NotOfThisCaError extends CertswapError {
  readonly code = "not-of-this-ca";
  readonly file: string;
  /** RFC 4514, escaped. */
  readonly issuer: string;

  constructor(file: string, issuer: string) {
    super(`${file} was issued by ${issuer}`);
    this.file = file;
    this.issuer = issuer;
  }
}

/** No certificate of this CA has this name, serial number or file. */
export class NoSuchCertificateError extends CertswapError {
  readonly code = "no-such-certificate";
  readonly wanted: string;

  constructor(wanted: string) {
    super(`no certificate for ${wanted}`);
    this.wanted = wanted;
  }
}

/** A request to renew a certificate asks for other names. */
export class RenewalNamesError extends RequestError {
  readonly code = "renewal-names";
  readonly serial: string;
  /** Names of the certificate that the request lacks. Untrusted. */
  readonly missing: readonly string[];
  /** Names of the request that the certificate lacks. Untrusted. */
  readonly extra: readonly string[];

  constructor(
    file: string,
    { serial, missing, extra }: {
      readonly serial: string;
      readonly missing: readonly string[];
      readonly extra: readonly string[];
    },
  ) {
    super(`does not renew ${serial}: lacks ${missing.join()}, adds ${extra.join()}`, file);
    this.serial = serial;
    this.missing = missing;
    this.extra = extra;
  }
}

/** The certificate that already exists: of this serial number, or for another request of the same command. */
export type DuplicateOf =
  | {
    readonly serial: string;
    /** Whether it is a CA certificate: revoking it would invalidate what was issued under it. */
    readonly isAuthority: boolean;
  }
  | { readonly request: string };

/** A request has the key and the names of an active certificate, and duplicates are refused. */
export class DuplicateRequestError extends RequestError {
  readonly code = "duplicate-request";
  readonly of: DuplicateOf;

  constructor(file: string, of: DuplicateOf) {
    super("a duplicate", file);
    this.of = of;
  }
}

/** The path of a request, and what already has its key and names. */
export interface Duplicate {
  readonly file: string;
  readonly of: DuplicateOf;
}

/** Certificates were issued although active ones have the same keys and names. */
export class DuplicateWarning extends CertswapError {
  readonly code = "duplicate-certificate";
  /** At least one. */
  readonly duplicates: readonly [Duplicate, ...Duplicate[]];

  constructor(duplicates: readonly [Duplicate, ...Duplicate[]]) {
    super(`${duplicates.length} duplicates`);
    this.duplicates = duplicates;
  }
}

/** A certificate was revoked, and others with the same subject and names are still active. */
export class StillActiveWarning extends CertswapError {
  readonly code = "still-active";
  readonly revoked: string;
  /** Their serial numbers. At least one. */
  readonly active: readonly string[];

  constructor(revoked: string, active: readonly string[]) {
    super(`${active.length} others with the names of ${revoked} are active`);
    this.revoked = revoked;
    this.active = active;
  }
}

/** The serial counter cannot be raised to this number, because numbers that are not below it are in use. */
export class SerialInUseError extends CertswapError {
  readonly code = "serial-in-use";
  /** The number wanted next. */
  readonly next: string;
  /** The largest number in use. */
  readonly used: string;
  /** Where it is used. */
  readonly usedIn: string;

  constructor(next: string, { used, usedIn }: { readonly used: string; readonly usedIn: string }) {
    super(`the next number cannot be ${next}: ${usedIn} has ${used}`);
    this.next = next;
    this.used = used;
    this.usedIn = usedIn;
  }
}

/** The serial counter is missing, or does not contain one number. */
export class CounterUnreadableError extends CertswapError {
  readonly code = "counter-unreadable";
  readonly path: string;

  constructor(path: string) {
    super(`${path} does not contain a number`);
    this.path = path;
  }
}

/** A CRL that was given to compare with is not a CRL, or not one of this CA. */
export class BadGivenCrlError extends CertswapError {
  readonly code = "bad-given-crl";
  readonly file: string;
  readonly reason: "not-a-crl" | "no-number" | "foreign" | "critical-extension";

  constructor(file: string, reason: BadGivenCrlError["reason"], options?: ErrorOptions) {
    super(`${file}: ${reason}`, options);
    this.file = file;
    this.reason = reason;
  }
}

/** A certificate is the CA's own, which is not among those that it has issued. */
export class OwnCertificateError extends CertswapError {
  readonly code = "own-certificate";
  readonly file: string;
  /** Whether another CA has signed it. */
  readonly isIntermediate: boolean;

  constructor(file: string, { isIntermediate }: { readonly isIntermediate: boolean }) {
    super(`${file} is the certificate of the CA`);
    this.file = file;
    this.isIntermediate = isIntermediate;
  }
}
