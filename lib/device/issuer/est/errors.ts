/** Errors of enrolment over the network. */
import { CertswapError } from "../../../system/mod.ts";
import type { EstOperation } from "../../../protocol/est/mod.ts";
import type { RequestWish } from "../issuer.ts";

/** With what a request proves who asks. */
export type Credentials = "pair" | "bootstrap" | "secret";

/** The EST server cannot be reached, or is not the one that it should be. Nothing was sent to it. */
export class EstServerError extends CertswapError {
  readonly code = "est-server";
  /** `https://ca.example`. */
  readonly url: string;

  constructor(url: string, options: { readonly cause: unknown }) {
    super(url, options);
    this.url = url;
  }
}

/** The server refused who asks: HTTP 401 or 403, or an alert of TLS. */
export class EstRefusedError extends CertswapError {
  readonly code = "est-refused";
  readonly url: string;
  readonly operation: EstOperation;
  /** `undefined`: the server ended the connection because of the certificate. */
  readonly status: number | undefined;
  readonly credentials: Credentials;
  /** The server's own words. Untrusted text, bounded. */
  readonly said: string | undefined;

  constructor(
    { url, operation, status, credentials, said }: Pick<
      EstRefusedError,
      "url" | "operation" | "status" | "credentials" | "said"
    >,
    options?: ErrorOptions,
  ) {
    super(`${operation}: ${status ?? "refused"}`, options);
    this.url = url;
    this.operation = operation;
    this.status = status;
    this.credentials = credentials;
    this.said = said;
  }
}

/** The server answered with another status than expected. */
export class EstFailedError extends CertswapError {
  readonly code = "est-failed";
  readonly url: string;
  readonly operation: EstOperation;
  readonly status: number;
  /** The server's own words. Untrusted text, bounded. */
  readonly said: string | undefined;
  /** Milliseconds after which to ask again; `undefined` if the server does not say. */
  readonly retryAfter: number | undefined;

  constructor(
    { url, operation, status, said, retryAfter }: Pick<
      EstFailedError,
      "url" | "operation" | "status" | "said" | "retryAfter"
    >,
  ) {
    super(`${operation}: ${status}`);
    this.url = url;
    this.operation = operation;
    this.status = status;
    this.said = said;
    this.retryAfter = retryAfter;
  }
}

/** The server redirects to another server, or in a circle. */
export class EstRedirectError extends CertswapError {
  readonly code = "est-redirect";
  readonly url: string;
  /** Where to. Untrusted text, bounded. */
  readonly location: string;
  readonly reason: "elsewhere" | "too-many";

  constructor(
    { url, location, reason }: Pick<EstRedirectError, "url" | "location" | "reason">,
  ) {
    super(`${reason}: ${location}`);
    this.url = url;
    this.location = location;
    this.reason = reason;
  }
}

/** The server's answer cannot be used. */
export class EstAnswerError extends CertswapError {
  readonly code = "est-answer";
  readonly url: string;
  readonly operation: EstOperation;
  /** Its Content-Type. Untrusted text, bounded; `undefined` if there is none. */
  readonly contentType: string | undefined;

  constructor(
    { url, operation, contentType }: Pick<EstAnswerError, "url" | "operation" | "contentType">,
    options: { readonly cause: unknown },
  ) {
    super(`${operation}: unusable answer`, options);
    this.url = url;
    this.operation = operation;
    this.contentType = contentType;
  }
}

/** There is nothing to prove with who asks. */
export class EstNoCredentialsError extends CertswapError {
  readonly code = "est-no-credentials";
  /**
   * - `none`: neither a secret nor a bootstrap pair is configured.
   * - `secret-used`: the secret has been used for an earlier enrolment.
   * - `secret-missing`: its file does not exist.
   */
  readonly reason: "none" | "secret-used" | "secret-missing";
  /** The file of the secret, if there is one. */
  readonly secretFile: string | undefined;
  /** The active certificate, if it was refused before. */
  readonly refused: unknown;

  constructor(
    { reason, secretFile, refused }: Pick<
      EstNoCredentialsError,
      "reason" | "secretFile" | "refused"
    >,
  ) {
    super(reason);
    this.reason = reason;
    this.secretFile = secretFile;
    this.refused = refused;
  }
}

/** The server wants something in requests that the configuration contradicts. */
export class EstWishError extends CertswapError {
  readonly code = "est-wish";
  readonly url: string;
  readonly wish: RequestWish;

  constructor(url: string, wish: RequestWish) {
    super(`the server wants another ${wish.kind}`);
    this.url = url;
    this.wish = wish;
  }
}

/** Warning: the secret was used, but its file cannot be removed. */
export class SecretNotRemovedError extends CertswapError {
  readonly code = "secret-not-removed";
  readonly path: string;

  constructor(path: string, options: { readonly cause: unknown }) {
    super(path, options);
    this.path = path;
  }
}

/** The server does not serve the CA certificate that was pinned. */
export class FingerprintNotServedError extends CertswapError {
  readonly code = "fingerprint-not-served";
  readonly url: string;
  /** 64 lowercase hexadecimal digits. */
  readonly wanted: string;
  /** Those of the certificates that it serves. */
  readonly found: readonly string[];

  constructor(url: string, wanted: string, found: readonly string[]) {
    super(`${wanted} is not among ${found.length} certificates`);
    this.url = url;
    this.wanted = wanted;
    this.found = found;
  }
}
