/** Errors of `certswap ca serve`. */
import { CertswapError } from "../system/mod.ts";

/** More requests wait than the server can answer soon. */
export class TooBusyError extends CertswapError {
  readonly code = "too-busy";

  constructor() {
    super("too many requests wait");
  }
}

/** A request has a challengePassword: its link to the TLS connection is not verified (RFC 7030 3.5). */
export class LinkedRequestError extends CertswapError {
  readonly code = "linked-request";

  constructor() {
    super("a request with a challengePassword");
  }
}

/** The pair of the server cannot be used. */
export class BadServerPairError extends CertswapError {
  readonly code = "bad-server-pair";
  /** The path of the certificate. */
  readonly path: string;
  /** `version`: clients could not tell it from one that was made by anyone with its public key. */
  readonly reason: "mismatch" | "version";

  constructor(path: string, reason: BadServerPairError["reason"]) {
    super(`${path}: ${reason}`);
    this.path = path;
    this.reason = reason;
  }
}

/** The file with the CA certificates of administrators cannot be used: see `cause`. */
export class BadAdminCaError extends CertswapError {
  readonly code = "bad-admin-ca";
  readonly path: string;

  constructor(path: string, options: { readonly cause: unknown }) {
    super(path, options);
    this.path = path;
  }
}

/** `ca.toml` has no address to listen on. */
export class NothingServedError extends CertswapError {
  readonly code = "nothing-served";
  /** The path of `ca.toml`, which may be missing. */
  readonly file: string;

  constructor(file: string) {
    super(`${file}: no address to listen on`);
    this.file = file;
  }
}
