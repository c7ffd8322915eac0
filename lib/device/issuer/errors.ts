/** Errors of asking an issuer for a certificate. */
import { CertswapError } from "../../system/mod.ts";
import type { ProgramFailure } from "../service/mod.ts";

/** The issuer's command failed. */
export class IssuerFailedError extends CertswapError {
  readonly code = "issuer-failed";
  readonly failure: ProgramFailure;
  /** Milliseconds after which to ask again; `undefined` if the program does not say. */
  readonly retryAfter: number | undefined;

  constructor(failure: ProgramFailure, retryAfter?: number) {
    super(`issuer ${failure.program} failed: ${failure.end.kind}`);
    this.failure = failure;
    this.retryAfter = retryAfter;
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
