/** Errors of a rotation, except those of its issuer, its hooks and its probes. */
import { CertswapError, FileSystemError } from "../../system/mod.ts";

/** The issuer's certificate does not match the request, or was refused by a check. `cause` says why. */
export class AnswerRefusedError extends CertswapError {
  readonly code = "answer-refused";
  /** What `cause` has as its path: the certificate is not in a file yet. */
  readonly answer: string;

  constructor(answer: string, options: { cause: unknown }) {
    super("the issuer's answer was refused", options);
    this.answer = answer;
  }
}

/** The issuer returned the certificate that is already active. */
export class SameCertificateError extends CertswapError {
  readonly code = "same-certificate";

  constructor() {
    super("the active certificate again");
  }
}

/**
 * The new certificate is already due for renewal: too much of its lifetime has passed, or `renew_before` is
 * too long for it.
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

/** The path of the state file is not a state file, so a pending hook or probe could not be recorded. */
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
 * A probe cannot tell whether the service uses the active pair. That proves nothing against the pair, which
 * stays active. `cause` says why.
 */
export class ProbeBlindError extends CertswapError {
  readonly code = "probe-blind";
  /** What the probe saw before the change; `undefined`: not known. */
  readonly sawBefore: "expected" | "another" | "nothing" | undefined;
  /** Whether the active pair is the previous one, which was restored. */
  readonly isRestored: boolean;

  constructor(
    { sawBefore, isRestored, cause }: Pick<ProbeBlindError, "sawBefore" | "isRestored"> & {
      cause: unknown;
    },
  ) {
    super("the probe cannot tell", { cause });
    this.sawBefore = sawBefore;
    this.isRestored = isRestored;
  }
}

/** The service did not use the new pair, and the previous one was restored. `cause` is the probe's error. */
export class PairRestoredError extends CertswapError {
  readonly code = "pair-restored";
  /** The hook's error, if it failed for the new pair. */
  readonly hookError: unknown;
  /** Serial number of the new certificate, lowercase hexadecimal. */
  readonly refusedSerial: string;

  constructor(
    { hookError, refusedSerial, ...options }:
      & Pick<PairRestoredError, "hookError" | "refusedSerial">
      & { readonly cause: unknown },
  ) {
    super("the previous pair was restored", options);
    this.hookError = hookError;
    this.refusedSerial = refusedSerial;
  }
}

/** The state of a pair cannot be written, so nothing can be renewed. `cause` is the refused operation. */
export class StateNotWrittenError extends CertswapError {
  readonly code = "state-not-written";
  readonly path: string;

  constructor(path: string, options: { cause: unknown }) {
    super(`${path} cannot be written`, options);
    this.path = path;
  }
}

/** The errors with which a file system refuses to write, to any user or to this one. */
const refusals: ReadonlySet<string> = new Set([
  "EROFS",
  "ENOSPC",
  "EDQUOT",
  "EIO",
  "EACCES",
  "EPERM",
]);

/** Why a file system refuses to write: a name from errno(3). @returns `undefined` for other errors. */
export function refusalOf(error: unknown): string | undefined {
  if (error instanceof FileSystemError) return refusals.has(error.errno) ? error.errno : undefined;
  return error instanceof CertswapError ? refusalOf(error.cause) : undefined;
}
