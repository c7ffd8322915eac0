/** Errors about the certificate of a CA: its request, its activation and its renewal. */
import { CertswapError } from "../../system/mod.ts";

/** A certificate is for another key than that of this CA. */
export class CertificateForOtherKeyError extends CertswapError {
  readonly code = "certificate-for-other-key";
  readonly file: string;
  /** The CA's key. */
  readonly keyPath: string;

  constructor(file: string, keyPath: string, options?: ErrorOptions) {
    super(`${file} is not for ${keyPath}`, options);
    this.file = file;
    this.keyPath = keyPath;
  }
}

/** A certificate cannot become the certificate of this CA. */
export class ActivationRefusedError extends CertswapError {
  readonly code = "activation-refused";
  readonly file: string;
  /**
   * `self-signed`: it has no CA above it; `root`: this CA is a root; `other-name`: its leaves and CRLs have
   * another issuer; `older`: than the current one.
   */
  readonly reason: "self-signed" | "root" | "other-name" | "older";

  constructor(file: string, reason: ActivationRefusedError["reason"]) {
    super(`${file}: ${reason}`);
    this.file = file;
    this.reason = reason;
  }
}

/** The certificate of a CA does not verify up to a root that was given with it. */
export class ActivationChainError extends CertswapError {
  readonly code = "activation-chain";
  readonly file: string;

  constructor(file: string, options: { readonly cause: unknown }) {
    super(`${file} does not lead to a root`, options);
    this.file = file;
  }
}

/** A CA's own certificate cannot be renewed by itself. */
export class RootRenewalRefusedError extends CertswapError {
  readonly code = "root-renewal-refused";
  /** `intermediate`: another CA signs it; `not-longer`: it would end before the current certificate. */
  readonly reason: "intermediate" | "not-longer";
  /** When the current certificate ends. */
  readonly notAfter: Date;

  constructor(reason: RootRenewalRefusedError["reason"], notAfter: Date) {
    super(`renewal refused: ${reason}`);
    this.reason = reason;
    this.notAfter = notAfter;
  }
}

/** A request for a newer certificate was made for a CA that signs its own. */
export class NotAnIntermediateError extends CertswapError {
  readonly code = "not-an-intermediate";

  constructor() {
    super("the CA is a root");
  }
}

/** A certificate cannot be cross-certified by this CA. */
export class CrossCertificationRefusedError extends CertswapError {
  readonly code = "cross-certification-refused";
  readonly file: string;
  /**
   * `own`: it has the key of this CA; `same-name`: its subject; `not-self-signed`: it is not a root's, so
   * nothing proves that its key is its own; `not-valid`: not yet, or no longer.
   */
  readonly reason: "own" | "same-name" | "not-self-signed" | "not-valid";

  constructor(file: string, reason: CrossCertificationRefusedError["reason"]) {
    super(`${file}: ${reason}`);
    this.file = file;
    this.reason = reason;
  }
}

/** A CA cannot be signed by itself. */
export class SignedByItselfError extends CertswapError {
  readonly code = "signed-by-itself";
  readonly dataDirectory: string;

  constructor(dataDirectory: string) {
    super(`${dataDirectory} names both CAs`);
    this.dataDirectory = dataDirectory;
  }
}

/** An `init --signed-by` failed after the new CA's key was created, or after the other CA has signed. */
export class InitUnfinishedError extends CertswapError {
  readonly code = "init-unfinished";
  readonly dataDirectory: string;
  /** The other CA, as given by the caller. */
  readonly signedBy: string;

  constructor(
    { dataDirectory, signedBy }: { readonly dataDirectory: string; readonly signedBy: string },
    options: { readonly cause: unknown },
  ) {
    super(`${dataDirectory} is not complete`, options);
    this.dataDirectory = dataDirectory;
    this.signedBy = signedBy;
  }
}

/** The CA waits for its certificate, but a copy of its request could not be written. */
export class RequestCopyWarning extends CertswapError {
  readonly code = "request-copy";
  readonly file: string;
  /** The request itself. */
  readonly requestPath: string;

  constructor(file: string, requestPath: string, options: { readonly cause: unknown }) {
    super(`${file} was not written`, options);
    this.file = file;
    this.requestPath = requestPath;
  }
}
