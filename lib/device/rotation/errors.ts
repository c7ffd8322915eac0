/** What can go wrong in a rotation, beside what its issuer, its hook and its probe report. */
import { CertswapError, FileSystemError } from "../../system/mod.ts";

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

/**
 * The new certificate has to be renewed already: too much of its life is gone, or too much of it is
 * asked for.
 */
export class DueAtOnceError extends CertswapError {
  readonly code = "due-at-once";
  /** Since when. */
  readonly due: Date;

  constructor(due: Date) {
    super(`due since ${due.toISOString()}`);
    this.due = due;
  }
}

/** What is at the path of the state file is no state file: what the service is owed could not be kept. */
export class StateBlockedError extends CertswapError {
  readonly code = "state-blocked";
  readonly path: string;

  constructor(path: string, options: { cause: unknown }) {
    super(`${path} cannot be a state file`, options);
    this.path = path;
  }
}

/** Cannot tell which names to request: there is no active certificate, and none are configured. */
export class IdentityUnknownError extends CertswapError {
  readonly code = "identity-unknown";
  /** The active certificate that is missing or cannot be read. */
  readonly certificate: string;

  constructor(certificate: string) {
    super(`no identity for ${certificate}`);
    this.certificate = certificate;
  }
}

/**
 * A probe cannot tell whether the service uses the active pair: that says nothing of the pair, which stays.
 * `cause` is why.
 */
export class ProbeBlindError extends CertswapError {
  readonly code = "probe-blind";
  /** Whether it is known to have seen no more before the change. */
  readonly isAsBefore: boolean;
  /** Whether the active pair is the previous one, which was restored. */
  readonly isRestored: boolean;

  constructor(
    { isAsBefore, isRestored, cause }: Pick<ProbeBlindError, "isAsBefore" | "isRestored"> & {
      cause: unknown;
    },
  ) {
    super("the probe cannot tell", { cause });
    this.isAsBefore = isAsBefore;
    this.isRestored = isRestored;
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

/** The state of a pair cannot be written: nothing can be renewed. `cause` is what was refused. */
export class StateNotWrittenError extends CertswapError {
  readonly code = "state-not-written";
  readonly path: string;

  constructor(path: string, options: { cause: unknown }) {
    super(`${path} cannot be written`, options);
    this.path = path;
  }
}

/** By which a file system says that it takes nothing, or nothing from this user. */
const refusals: ReadonlySet<string> = new Set([
  "EROFS",
  "ENOSPC",
  "EDQUOT",
  "EIO",
  "EACCES",
  "EPERM",
]);

/** Why a file system takes nothing, as errno(3) has it. @returns `undefined`: that is not what is wrong. */
export function refusalOf(error: unknown): string | undefined {
  if (error instanceof FileSystemError) return refusals.has(error.errno) ? error.errno : undefined;
  return error instanceof CertswapError ? refusalOf(error.cause) : undefined;
}
