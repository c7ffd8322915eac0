/** The errors of transactions and of recovery. */
import { CertswapError } from "../system/mod.ts";
import type { LockHolder } from "./lock_holder.ts";

/** Another certswap held the lock for the whole waiting time. */
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
 * The state directory or the journal is not the caller's or root's, or others can write it: it is not obeyed.
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
    | "too-large";
  /**
   * For `foreign-target` and `moved-target`: the target that this command does not manage. For
   * `version`: the version found.
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

/** Between validation and commit someone else changed a target. Nothing was changed by this run. */
export class TargetChangedError extends CertswapError {
  readonly code = "target-changed";
  readonly path: string;

  constructor(path: string) {
    super(`${path} was changed by someone else meanwhile`);
    this.path = path;
  }
}

/** A transaction failed and everything is as it was before. `cause` is what failed. */
export class TransactionFailedError extends CertswapError {
  readonly code = "transaction-failed";
  /** Whether it had been committed, and was undone. */
  readonly undone: boolean;

  constructor(undone: boolean, options: { cause: unknown }) {
    super(undone ? "failed while applying, undone" : "failed before the commit", options);
    this.undone = undone;
  }
}

/** SIGINT, SIGTERM or SIGHUP arrived before the commit. Everything is as it was before. */
export class InterruptedError extends CertswapError {
  readonly code = "interrupted";
  readonly signal: string;

  constructor(signal: string) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

/**
 * What is on the disk cannot be known: an fsync failed after the commit, or undoing failed. Everything is
 * left in place for recovery. `cause` is what failed.
 */
export class OutcomeUnknownError extends CertswapError {
  readonly code = "outcome-unknown";
  readonly targets: readonly string[];

  constructor(targets: readonly string[], options: { cause: unknown }) {
    super(`the outcome of a change of ${targets.join(", ")} is unknown`, options);
    this.targets = targets;
  }
}

/** What recovery found at one target of an undecidable transaction. */
export interface TargetFinding {
  readonly target: string;
  readonly found: "old" | "new" | "foreign" | "missing";
  /** Whether what is needed to make the target old, or new, is at hand. */
  readonly canBeOld: boolean;
  readonly canBeNew: boolean;
}

/**
 * Recovery can neither finish nor undo a transaction without overwriting what someone else did. Nothing was
 * touched.
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
 * Beside a file that another pair manages too lies what may be of that pair's unfinished change. Nothing was
 * touched.
 */
export class NeighbourUnfinishedError extends CertswapError {
  readonly code = "neighbour-unfinished";
  /** What may be the other pair's. */
  readonly leftovers: readonly string[];
  /** The other pair's certificate. */
  readonly certificate: string;

  constructor(leftovers: readonly string[], certificate: string) {
    super(`${leftovers.join(", ")} may belong to ${certificate}`);
    this.leftovers = leftovers;
    this.certificate = certificate;
  }
}
