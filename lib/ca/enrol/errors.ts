/** Why an enrolment is refused. */
import { CertswapError } from "../../system/mod.ts";

/** Why an enrolment is refused. Requests that no CA would sign have errors of their own. */
export type EnrolmentRefusal =
  /** Nothing shows who asks. */
  | "no-proof"
  /** There is no such secret, or it has another value. */
  | "secret-unknown"
  | "secret-expired"
  /** It was used for another key. */
  | "secret-used"
  /** The secret, or the certificate, is for another profile than the one that was asked for. */
  | "other-profile"
  /** The request has names that the secret is not for. */
  | "secret-names"
  /** The client's certificate is not one of this CA, or not of version 3. */
  | "certificate-foreign"
  | "certificate-revoked"
  /** There is a newer certificate of its names. */
  | "certificate-superseded"
  /** The CA that this one replaces has revoked the client's certificate. */
  | "predecessor-revoked"
  /** The CA that this one replaces has a newer certificate of its names. */
  | "predecessor-superseded"
  | "certificate-expired"
  | "certificate-not-yet-valid"
  /** The request has other names than the certificate that it renews. */
  | "other-names"
  /** The bootstrap certificate is not valid: see `cause`. */
  | "birth-invalid"
  /** Its manufacturer has revoked the bootstrap certificate. */
  | "birth-revoked"
  /** There is no usable CRL for the bootstrap certificate. */
  | "birth-crl"
  /** The request has names that do not follow from the bootstrap certificate. */
  | "birth-names"
  /** Another device has a certificate with these names. */
  | "birth-taken"
  /** The device has a certificate with other names. */
  | "birth-second"
  /** A certificate with these names, or of this device, was revoked. */
  | "birth-blocked"
  /** A person has rejected it. */
  | "rejected"
  /** Too many requests wait already, in all or from this address. */
  | "too-many-waiting"
  /** Too large to be kept until a person decides. */
  | "too-large-to-wait";

/** An enrolment is refused. */
export class EnrolmentRefusedError extends CertswapError {
  readonly code = "enrolment-refused";
  readonly reason: EnrolmentRefusal;
  /** The id of the secret, or the serial number of the certificate, if there is one. */
  readonly of: string | undefined;

  constructor(reason: EnrolmentRefusal, of?: string, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
    this.of = of;
  }
}

/** The CA that this one replaces cannot be read: see `cause`. */
export class PredecessorUnreadableError extends CertswapError {
  readonly code = "predecessor-unreadable";
  readonly dataDirectory: string;

  constructor(dataDirectory: string, options: { readonly cause: unknown }) {
    super(dataDirectory, options);
    this.dataDirectory = dataDirectory;
  }
}

/** A file of a manufacturer cannot be used: see `cause`. */
export class BadManufacturerFileError extends CertswapError {
  readonly code = "bad-manufacturer-file";
  readonly path: string;
  /** The name of the manufacturer. */
  readonly manufacturer: string;

  constructor(path: string, manufacturer: string, options: { readonly cause: unknown }) {
    super(`${path} of ${manufacturer}`, options);
    this.path = path;
    this.manufacturer = manufacturer;
  }
}

/** There is no one-time secret with this id. */
export class UnknownTokenError extends CertswapError {
  readonly code = "unknown-token";
  readonly id: string;

  constructor(id: string) {
    super(`no token ${id}`);
    this.id = id;
  }
}

/** There are as many one-time secrets as are kept. */
export class TooManyTokensError extends CertswapError {
  readonly code = "too-many-tokens";
  readonly limit: number;

  constructor(limit: number) {
    super(`more than ${limit} tokens`);
    this.limit = limit;
  }
}

/** No request with this id waits. */
export class UnknownRequestError extends CertswapError {
  readonly code = "unknown-request";
  readonly id: string;

  constructor(id: string) {
    super(`no request ${id}`);
    this.id = id;
  }
}

/** A request was decided already. */
export class RequestDecidedError extends CertswapError {
  readonly code = "request-decided";
  readonly id: string;
  readonly decision: "approved" | "rejected";

  constructor(id: string, decision: RequestDecidedError["decision"]) {
    super(`request ${id} is ${decision}`);
    this.id = id;
    this.decision = decision;
  }
}

/** What is kept of an enrolment has another form than expected. */
export class BadEnrolmentEntryError extends CertswapError {
  readonly code = "bad-enrolment-entry";
  readonly id: string;

  constructor(id: string, options?: ErrorOptions) {
    super(`entry ${id}`, options);
    this.id = id;
  }
}
