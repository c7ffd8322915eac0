/** Why requests are not signed. */
import { CertswapError } from "../system/mod.ts";

/** Why a request is not signed. `file` is the path it was read from. */
export abstract class RequestError extends CertswapError {
  readonly file: string;

  constructor(developerText: string, file: string, options?: ErrorOptions) {
    super(`${file}: ${developerText}`, options);
    this.file = file;
  }
}

/** A file is no PKCS #10 request. */
export class RequestUnreadableError extends RequestError {
  readonly code = "request-unreadable";

  constructor(file: string, options?: ErrorOptions) {
    super("not a request", file, options);
  }
}

/** A request is for a key that this CA does not certify. */
export class RequestKeyUnsupportedError extends RequestError {
  readonly code = "request-key-unsupported";

  constructor(file: string) {
    super("unsupported key", file);
  }
}

/** The signature of a request does not prove that whoever made it has the key. */
export class RequestSignatureError extends RequestError {
  readonly code = "request-signature";
  /** `mismatch`: the signature was not made by the key over this content. */
  readonly reason: "mismatch" | "broken-hash" | "unknown-algorithm";
  /** For all but `mismatch`: the signature algorithm's name or OBJECT IDENTIFIER. */
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

/** A request asks for what this CA does not sign. */
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
    | "critical-extension";
  /**
   * For `name-type`, `name-value-empty` and `name-attribute-type` the attribute, for `name-kind` the kind,
   * for `critical-extension` its OBJECT IDENTIFIER, for the other names the name. Untrusted.
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

/** Of several requests some cannot be signed, and so none was. */
export class RequestsRefusedError extends CertswapError {
  readonly code = "requests-refused";
  /** How many there were. */
  readonly total: number;
  /** What is wrong with each bad one. */
  readonly errors: readonly CertswapError[];

  constructor(total: number, errors: readonly CertswapError[]) {
    super(`${errors.length} of ${total} requests are bad`);
    this.total = total;
    this.errors = errors;
  }
}

/** More requests at once than one transaction takes. */
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

/** A directory holds no request to sign. */
export class NoRequestsError extends CertswapError {
  readonly code = "no-requests";
  readonly directory: string;

  constructor(directory: string) {
    super(`no *.csr in ${directory}`);
    this.directory = directory;
  }
}
