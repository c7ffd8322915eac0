import { CertswapError } from "../system/mod.ts";

/** A text is not a distinguished name as RFC 4514 writes one. */
export class InvalidDistinguishedNameError extends CertswapError {
  readonly code = "invalid-distinguished-name";
  readonly written: string;
  /** Where in `written` reading stopped, in UTF-16 code units. */
  readonly position: number;
  readonly reason:
    | "not-unicode"
    | "name-missing"
    | "attribute-type-missing"
    | "attribute-type-unknown"
    | "equals-sign-missing"
    | "unexpected-character"
    | "value-missing"
    | "value-too-long"
    | "value-not-utf8"
    | "value-not-ascii"
    | "value-not-printable-string"
    | "value-not-der"
    | "value-not-a-string"
    | "not-a-country-code";
  /** The attribute type concerned, as it was written; `undefined` where none had been read. */
  readonly attribute: string | undefined;

  constructor(
    written: string,
    position: number,
    options: { reason: InvalidDistinguishedNameError["reason"]; attribute?: string },
  ) {
    super(`not a distinguished name at ${position}: ${options.reason}`);
    this.written = written;
    this.position = position;
    this.reason = options.reason;
    this.attribute = options.attribute;
  }
}

/** A text is not an alternative name as `DNS:a,IP:b,URI:c,email:d` writes it. */
export class InvalidAlternativeNameError extends CertswapError {
  readonly code = "invalid-alternative-name";
  /** The one name that is wrong, with its kind, as it was written. */
  readonly written: string;
  readonly reason:
    | "empty"
    | "unknown-kind"
    | "not-a-dns-name"
    | "not-an-ip-address"
    | "not-a-uri"
    | "not-an-email-address";

  constructor(written: string, reason: InvalidAlternativeNameError["reason"]) {
    super(`not an alternative name: ${reason}`);
    this.written = written;
    this.reason = reason;
  }
}

/** Well-formed DER or PEM that is not a request by RFC 2986. */
export class BadRequestError extends CertswapError {
  readonly code = "bad-request";
  /** A few English words of certswap's own: nothing of the input. */
  readonly problem: string;

  constructor(problem: string) {
    super(problem);
    this.problem = problem;
  }
}

/** Well-formed DER or PEM that is not a CRL by RFC 5280. */
export class BadCrlError extends CertswapError {
  readonly code = "bad-crl";
  /** A few English words of certswap's own: nothing of the input. */
  readonly problem: string;

  constructor(problem: string) {
    super(problem);
    this.problem = problem;
  }
}
