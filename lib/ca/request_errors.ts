/** Errors about requests that cannot be signed. */
import { CertswapError } from "../system/mod.ts";
import type { Rule } from "./settings/mod.ts";

/** A request cannot be signed. `file` is the path it was read from. */
export abstract class RequestError extends CertswapError {
  readonly file: string;

  constructor(developerText: string, file: string, options?: ErrorOptions) {
    super(`${file}: ${developerText}`, options);
    this.file = file;
  }
}

/** A file is not a PKCS #10 request. */
export class RequestUnreadableError extends RequestError {
  readonly code = "request-unreadable";

  constructor(file: string, options?: ErrorOptions) {
    super("not a request", file, options);
  }
}

/** The key of a request is of a kind that this CA does not certify. */
export class RequestKeyUnsupportedError extends RequestError {
  readonly code = "request-key-unsupported";
  /** What the certificate was for. */
  readonly use: "leaf" | "ca";

  constructor(file: string, use: RequestKeyUnsupportedError["use"] = "leaf") {
    super("unsupported key", file);
    this.use = use;
  }
}

/** The signature of a request does not prove that the requester has the key. */
export class RequestSignatureError extends RequestError {
  readonly code = "request-signature";
  /** `mismatch`: the signature does not match the content and the key. */
  readonly reason: "mismatch" | "broken-hash" | "unknown-algorithm";
  /** The name or OBJECT IDENTIFIER of the signature algorithm; `undefined` for `mismatch`. */
  readonly algorithm: string | undefined;

  constructor(
    file: string,
    options: { reason: RequestSignatureError["reason"]; algorithm?: string },
  ) {
    super(`signature: ${options.reason}`, file);
    this.reason = options.reason;
    this.algorithm = options.algorithm;
  }
}

/** Names were given for a certificate that its request does not have. */
export class NamesNotRequestedError extends RequestError {
  readonly code = "names-not-requested";
  /** The names, as text. */
  readonly names: readonly string[];

  constructor(file: string, names: readonly string[]) {
    super(`not requested: ${names.join(", ")}`, file);
    this.names = names;
  }
}

/** A certificate was issued, but could not be written to the file that was asked for. */
export class CertificateNotDeliveredError extends CertswapError {
  readonly code = "certificate-not-delivered";
  readonly path: string;
  /** Where the certificate is in the data directory. */
  readonly issued: string;

  constructor(path: string, issued: string, options: { cause: unknown }) {
    super(`cannot write ${path}`, options);
    this.path = path;
    this.issued = issued;
  }
}

/** TLS clients accept no certificate without alternative names (RFC 9525 6.3) for a server. */
export class NoAlternativeNamesWarning extends CertswapError {
  readonly code = "no-alternative-names";
  /** Their requests. */
  readonly files: readonly string[];

  constructor(files: readonly string[]) {
    super(`no alternative names in ${files.join(", ")}`);
    this.files = files;
  }
}

/** A request asks for something that this CA does not sign. */
export class RequestRefusedError extends RequestError {
  readonly code = "request-refused";
  readonly reason:
    | "no-name"
    | "name-type"
    | "name-value-empty"
    | "name-attribute-type"
    | "own-name"
    | "own-key"
    | "name-kind"
    | "name-empty"
    | "name-control-character"
    | "name-too-long"
    | "subject-too-long"
    | "name-constraint"
    | "no-subject"
    | "critical-extension";
  /**
   * The attribute for `name-type`, `name-value-empty` and `name-attribute-type`, the kind for `name-kind`,
   * the OBJECT IDENTIFIER for `critical-extension`, and the name for the other names. Untrusted. `undefined`
   * for `no-name`, `no-subject`, `subject-too-long` and `own-key`.
   */
  readonly detail: string | undefined;

  constructor(
    file: string,
    options: { reason: RequestRefusedError["reason"]; detail?: string },
  ) {
    super(`refused: ${options.reason}`, file);
    this.reason = options.reason;
    this.detail = options.detail;
  }
}

/** A profile does not allow the key or a name of a request. */
export class RequestOutsideProfileError extends RequestError {
  readonly code = "request-outside-profile";
  readonly rule: Rule;
  /** What is not allowed: the kind of a key, or a name as `DNS:a.example`. Untrusted. */
  readonly refused: string;
  /** What is: kinds of keys, or patterns. */
  readonly allowed: readonly string[];
  /** Whether it is not even a name of its kind, so that no pattern could match. */
  readonly isMalformed: boolean;

  constructor(
    file: string,
    rule: Rule,
    { refused, allowed, isMalformed = false }: {
      readonly refused: string;
      readonly allowed: readonly string[];
      readonly isMalformed?: boolean;
    },
  ) {
    super(`${refused} is outside of profile ${rule.profile}`, file);
    this.isMalformed = isMalformed;
    this.rule = rule;
    this.refused = refused;
    this.allowed = allowed;
  }
}

/** Some of several requests cannot be signed, so none was signed. */
export class RequestsRefusedError extends CertswapError {
  readonly code = "requests-refused";
  /** Number of requests. */
  readonly total: number;
  /** One error for each bad request. */
  readonly errors: readonly CertswapError[];

  constructor(total: number, errors: readonly CertswapError[]) {
    super(`${errors.length} of ${total} requests are bad`);
    this.total = total;
    this.errors = errors;
  }
}

/** More requests than one transaction can hold. */
export class TooManyRequestsError extends CertswapError {
  readonly code = "too-many-requests";
  readonly count: number;
  readonly limit: number;

  constructor(count: number, limit: number) {
    super(`${count} requests, at most ${limit}`);
    this.count = count;
    this.limit = limit;
  }
}

/** A directory contains no requests. */
export class NoRequestsError extends CertswapError {
  readonly code = "no-requests";
  readonly directory: string;

  constructor(directory: string) {
    super(`no *.csr in ${directory}`);
    this.directory = directory;
  }
}
