import { CertswapError, type ProgramEnd } from "../../system/mod.ts";

/** How a program that was asked for something disappointed: how it ended, and what it said of it. */
export interface ProgramFailure {
  readonly program: string;
  readonly end: ProgramEnd;
  /** The last lines of its standard error. Untrusted text. */
  readonly errorOutput: string;
}

/** The issuer's command failed. */
export class IssuerFailedError extends CertswapError {
  readonly code = "issuer-failed";
  readonly failure: ProgramFailure;

  constructor(failure: ProgramFailure) {
    super(`issuer ${failure.program} failed: ${failure.end.kind}`);
    this.failure = failure;
  }
}

/** The issuer says that all is well, and gives nothing. */
export class NothingIssuedError extends CertswapError {
  readonly code = "nothing-issued";
  readonly program: string;

  constructor(program: string) {
    super(`issuer ${program} gave nothing`);
    this.program = program;
  }
}

/** What the issuer gave is not what was asked for. `cause` says what is wrong with it. */
export class AnswerRefusedError extends CertswapError {
  readonly code = "answer-refused";
  /** What `cause` has in the place of a path: the certificate is in no file yet. */
  readonly answer: string;

  constructor(answer: string, options: { cause: unknown }) {
    super("the issuer's answer was refused", options);
    this.answer = answer;
  }
}

/** The issuer gave the very certificate that is active already. */
export class SameCertificateError extends CertswapError {
  readonly code = "same-certificate";

  constructor() {
    super("the active certificate again");
  }
}

/** The new certificate has to be renewed already: too much of its life is gone, or too much of it is asked for. */
export class DueAtOnceError extends CertswapError {
  readonly code = "due-at-once";
  /** Since when. */
  readonly due: Date;

  constructor(due: Date) {
    super(`due since ${due.toISOString()}`);
    this.due = due;
  }
}

/** Something stands in the place of the state file that is none: what the service is owed could not be kept. */
export class StateBlockedError extends CertswapError {
  readonly code = "state-blocked";
  readonly path: string;

  constructor(path: string, options: { cause: unknown }) {
    super(`${path} cannot be a state file`, options);
    this.path = path;
  }
}

/** Nobody says whom a certificate is for: there is no active certificate to take it from, and nothing is configured. */
export class IdentityUnknownError extends CertswapError {
  readonly code = "identity-unknown";
  /** The active certificate that is missing or cannot be read. */
  readonly certificate: string;

  constructor(certificate: string) {
    super(`no identity for ${certificate}`);
    this.certificate = certificate;
  }
}

/** The hook failed, and is owed. */
export class HookFailedError extends CertswapError {
  readonly code = "hook-failed";
  readonly failure: ProgramFailure;

  constructor(failure: ProgramFailure) {
    super(`hook ${failure.program} failed: ${failure.end.kind}`);
    this.failure = failure;
  }
}

/** Up to the deadline the service was not seen to serve the active certificate. */
export class ProbeFailedError extends CertswapError {
  readonly code = "probe-failed";
  readonly host: string;
  readonly port: number;
  /** SHA-256 of the certificate that it serves instead; `undefined`: it serves none, and `cause` says why. */
  readonly served: string | undefined;

  constructor(
    { host, port }: { readonly host: string; readonly port: number },
    served: string | undefined,
    options?: ErrorOptions,
  ) {
    super(`${host}:${port} serves ${served ?? "nothing"}`, options);
    this.host = host;
    this.port = port;
    this.served = served;
  }
}

/** certswap was asked to stop before the probe had come to its end: it is owed. */
export class ProbeStoppedError extends CertswapError {
  readonly code = "probe-stopped";
  readonly signal: string;

  constructor(signal: string, options?: ErrorOptions) {
    super(`probe given up: ${signal}`, options);
    this.signal = signal;
  }
}

/** The service did not take the new pair, and the previous one was restored. `cause` is the probe's error. */
export class PairRestoredError extends CertswapError {
  readonly code = "pair-restored";
  /** What the hook said, where it had failed for the new pair. */
  readonly hookError: unknown;

  constructor(options: { cause: unknown; hookError: unknown }) {
    super("the previous pair was restored", options);
    this.hookError = options.hookError;
  }
}
