/** Errors of asking an issuer for a certificate. */
import { CertswapError, type ProgramFailure } from "../../system/mod.ts";

/** The issuer's command failed. */
export class IssuerFailedError extends CertswapError {
  readonly code = "issuer-failed";
  readonly failure: ProgramFailure;
  /** Milliseconds after which to ask again; `undefined` if the program does not say. */
  readonly retryAfter: number | undefined;
  /** What it wrote instead, if that cannot be read. Untrusted text, bounded. */
  readonly unreadRetryAfter: string | undefined;
  /** The time limit that it had, in milliseconds. */
  readonly timeLimit: number | undefined;

  constructor(
    failure: ProgramFailure,
    { retryAfter, unreadRetryAfter, timeLimit }: {
      readonly retryAfter?: number | undefined;
      readonly unreadRetryAfter?: string | undefined;
      readonly timeLimit?: number | undefined;
    } = {},
  ) {
    super(`issuer ${failure.program} failed: ${failure.end.kind}`);
    this.failure = failure;
    this.retryAfter = retryAfter;
    this.unreadRetryAfter = unreadRetryAfter;
    this.timeLimit = timeLimit;
  }
}

/** Warning: the issuer's Retry-After cannot be read, and is ignored. */
export class RetryAfterUnreadError extends CertswapError {
  readonly code = "retry-after-unread";
  /** The text after the colon. Untrusted text, bounded. */
  readonly written: string;

  constructor(written: string) {
    super(`Retry-After: ${written}`);
    this.written = written;
  }
}

/** The issuer succeeded but printed no certificate. */
export class NothingIssuedError extends CertswapError {
  readonly code = "nothing-issued";
  readonly program: string;

  constructor(program: string) {
    super(`issuer ${program} gave nothing`);
    this.program = program;
  }
}

/** The issuer has not decided yet, or asks to wait: the last word on a renewal that has failed before. */
export class IssuerNotReadyError extends CertswapError {
  readonly code = "issuer-not-ready";

  constructor() {
    super("the issuer is not ready");
  }
}
