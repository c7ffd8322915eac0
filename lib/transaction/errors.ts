/** The errors of transactions and of recovery. */
import { CertswapError } from "../system/mod.ts";
import type { LockHolder } from "./lock_holder.ts";

/** Another run held the lock for the whole waiting time. */
export class LockedError extends CertswapError {
  readonly code = "locked";
  readonly path: string;
  /** Milliseconds waited. */
  readonly waited: number;
  /** `undefined`: the lock file does not say. */
  readonly holder: LockHolder | undefined;

  constructor(path: string, waited: number, holder?: LockHolder) {
    super(`${path} was locked for ${waited} ms`);
    this.path = path;
    this.waited = waited;
    this.holder = holder;
  }
}

/**
 * The state directory or the journal does not belong to the caller or root, or others can write it: it is not
 * obeyed.
 */
export class UntrustedStateError extends CertswapError {
  readonly code = "untrusted-state";
  readonly path: string;
  readonly reason: "owner" | "writable-by-others" | "not-a-directory";

  constructor(path: string, reason: UntrustedStateError["reason"]) {
    super(`${path} is not trusted: ${reason}`);
    this.path = path;
    this.reason = reason;
  }
}

/** A journal that cannot be obeyed. Nothing was touched. */
export class JournalRefusedError extends CertswapError {
  readonly code = "journal-refused";
  readonly path: string;
  readonly reason:
    | "torn"
    | "version"
    | "owner"
    | "writable-by-others"
    | "foreign-target"
    | "moved-target"
    | "too-large"
    | "not-a-file";
  /**
   * For `foreign-target` and `moved-target`: the target that this command does not manage. For
   * `version`: the version found. For `not-a-file`: what was found, as `WrongFileKindError` names it.
   */
  readonly detail: string | undefined;

  constructor(
    path: string,
    reason: JournalRefusedError["reason"],
    options?: ErrorOptions & { detail?: string },
  ) {
    super(`journal ${path} refused: ${reason} ${options?.detail ?? ""}`, options);
    this.path = path;
    this.reason = reason;
    this.detail = options?.detail;
  }
}

/** Another program changed a target between validation and commit. This run changed nothing. */
export class TargetChangedError extends CertswapError {
  readonly code = "target-changed";
  readonly path: string;

  constructor(path: string) {
    super(`${path} was changed by someone else meanwhile`);
    this.path = path;
  }
}

/** A transaction failed, and nothing has changed. `cause` is the error. */
export class TransactionFailedError extends CertswapError {
  readonly code = "transaction-failed";
  /** Whether it was committed and then undone. */
  readonly undone: boolean;

  constructor(undone: boolean, options: { cause: unknown }) {
    super(undone ? "failed while applying, undone" : "failed before the commit", options);
    this.undone = undone;
  }
}

/** SIGINT, SIGTERM or SIGHUP arrived before the commit. Nothing has changed. */
export class InterruptedError extends CertswapError {
  readonly code = "interrupted";
  readonly signal: string;

  constructor(signal: string) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

/**
 * The on-disk state is unknown: an fsync failed after the commit, or undoing failed. Everything is left in
 * place for recovery. `cause` is the error.
 */
export class OutcomeUnknownError extends CertswapError {
  readonly code = "outcome-unknown";
  readonly targets: readonly string[];

  constructor(targets: readonly string[], options: { cause: unknown }) {
    super(`the outcome of a change of ${targets.join(", ")} is unknown`, options);
    this.targets = targets;
  }
}

/** The state of one target of an undecidable transaction. */
export interface TargetFinding {
  readonly target: string;
  readonly found: "old" | "new" | "foreign" | "missing";
  /** Whether the target can be made old, or new. */
  readonly canBeOld: boolean;
  readonly canBeNew: boolean;
}

/**
 * Recovery can neither finish nor undo a transaction without overwriting another program's change. Nothing
 * was touched.
 */
export class RecoveryUndecidableError extends CertswapError {
  readonly code = "recovery-undecidable";
  readonly journal: string;
  readonly findings: readonly TargetFinding[];

  constructor(journal: string, findings: readonly TargetFinding[]) {
    super(`recovery cannot decide about ${journal}`);
    this.journal = journal;
    this.findings = findings;
  }
}

/**
 * Leftovers beside a shared file may belong to another pair's unfinished change. Nothing was touched.
 */
export class NeighbourUnfinishedError extends CertswapError {
  readonly code = "neighbour-unfinished";
  /** The files that may be the other pair's. */
  readonly leftovers: readonly string[];
  /** The other pair's certificate. */
  readonly certificate: string;

  constructor(leftovers: readonly string[], certificate: string) {
    super(`${leftovers.join(", ")} may belong to ${certificate}`);
    this.leftovers = leftovers;
    this.certificate = certificate;
  }
}
