import { CertswapError } from "../system/mod.ts";

/** A text is not a distinguished name as RFC 4514 writes one. */
export class InvalidDistinguishedNameError extends CertswapError {
  readonly code = "invalid-distinguished-name";
  readonly written: string;
  /** Where in `written` reading stopped, in UTF-16 code units. */
  readonly position: number;
  readonly reason:
    | "not-unicode"
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
