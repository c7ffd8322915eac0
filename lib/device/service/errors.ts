/** What can go wrong with the operator's programs (issuer, hook), and with the probe of the service. */
import { CertswapError, type ProgramEnd } from "../../system/mod.ts";

/** A program that cannot be run: execve(2) would say EACCES. */
export class NotExecutableError extends CertswapError {
  readonly code = "not-executable";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is not executable`);
    this.path = path;
  }
}

/** How a program that was asked for something disappointed: how it ended, and what it said of it. */
export interface ProgramFailure {
  readonly program: string;
  readonly end: ProgramEnd;
  /** The last lines of its standard error. Untrusted text. */
  readonly errorOutput: string;
  /** The last lines of its standard output, likewise, if that is meant for people: a hook's is. */
  readonly output?: string;
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
