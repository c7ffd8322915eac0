/** The table of exit codes, and which error or result leads to which exit code. */
import type { RotationResult } from "../device/rotation/mod.ts";
import type { CertswapError } from "../system/mod.ts";

/** The exit codes of certswap. {@linkcode exitCodeTable} explains them. */
export const exitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  busy: 3,
  needsPerson: 4,
  /** Only for rotations: see {@linkcode exitCodeOf}. */
  owed: 5,
} as const;

/** The meaning of an exit code, for people. */
export interface ExitCodeMeaning {
  /** A few words without a full stop. */
  readonly meaning: string;
  /** Details without a full stop, if there is room. */
  readonly more?: string;
}

const meanings: Readonly<Record<keyof typeof exitCode, ExitCodeMeaning>> = {
  done: { meaning: "done or nothing to do" },
  failed: {
    meaning: "failed, and the pair or CA is unchanged",
    more:
      "For status: the active pair is missing, mismatched, expired or not yet valid. For ca verify " +
      "and ca check: not valid, or problems found. For rotate: at least one pair failed (the others " +
      "may be renewed), is overdue, or waits after a failure",
  },
  usage: {
    meaning: "invalid command line or configuration",
    more: "Nothing was changed",
  },
  busy: {
    meaning: "another certswap is running",
    more: "It held the lock for longer than --lock-timeout",
  },
  needsPerson: {
    meaning: "manual intervention is needed",
    more:
      "Recovery cannot decide; a journal, its directory or ca.toml is not trusted; the result of a write " +
      "is unknown; standard output could not be written (the change itself was made); or there was an " +
      "internal error. No file is deleted",
  },
  owed: {
    meaning: "changed, but a hook or a probe is still pending",
    more: "The next rotate, or ca crl --if-due, tries again",
  },
};

/**
 * The table of exit codes in ascending order. `certswap --help`, `certswap help exit-codes` and the manual
 * page are generated from it. A function, so that bundles that do not print it leave it out.
 */
export function exitCodeTable(): readonly (ExitCodeMeaning & { readonly code: ExitCode })[] {
  const names = Object.keys(exitCode) as (keyof typeof exitCode)[];
  return names.map((name) => ({ code: exitCode[name], ...meanings[name] }));
}

/** One of the numbers of {@linkcode exitCode}. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** The errors, by `code`, with an exit code other than 1. */
const exitCodeOfError: Readonly<Record<string, ExitCode>> = {
  "usage": exitCode.usage,
  "invalid-distinguished-name": exitCode.usage,
  "invalid-alternative-name": exitCode.usage,
  "same-path": exitCode.usage,
  "reserved-path": exitCode.usage,
  "configuration": exitCode.usage,
  "no-configuration": exitCode.usage,
  "unknown-pair": exitCode.usage,
  "unknown-profile": exitCode.usage,
  "wrong-profile": exitCode.usage,
  "ca-settings": exitCode.usage,
  "nothing-served": exitCode.usage,
  "unknown-user": exitCode.usage,
  "locked": exitCode.busy,
  "database-busy": exitCode.busy,
  "no-postgres-settings": exitCode.usage,
  "bad-login-file": exitCode.usage,
  "journal-refused": exitCode.needsPerson,
  "outcome-unknown": exitCode.needsPerson,
  // Not 1: the change was made, but the caller does not know it.
  "output-lost": exitCode.needsPerson,
  "recovery-undecidable": exitCode.needsPerson,
  // Likewise.
  "certificate-not-delivered": exitCode.needsPerson,
  // Not 1: the key of the new CA is there, or the other CA has signed.
  "init-unfinished": exitCode.needsPerson,
  "signed-by-itself": exitCode.usage,
  "untrusted-state": exitCode.needsPerson,
  // It may name a program to run.
  "ca-settings-untrusted": exitCode.needsPerson,
};

/**
 * The exit code for an error that ended a command.
 *
 * An error that certswap did not throw on purpose is a bug. The state of the files is then unknown, and a
 * person has to check it.
 */
export function exitCodeFor(error: unknown): ExitCode {
  if (!isOnPurpose(error)) return exitCode.needsPerson;
  if (error.code === "configured-pair") return exitCodeFor(error.cause);
  return exitCodeOfError[error.code] ?? exitCode.failed;
}

/**
 * Whether certswap threw it on purpose. Checks the form of the code, not the class: a built certswap may have
 * two copies of a class. Errors of the runtime have no code, a number, or a code in capitals.
 */
function isOnPurpose(error: unknown): error is CertswapError {
  const { code } = error instanceof Error ? error as { readonly code?: unknown } : {};
  return typeof code === "string" && /^[a-z][a-z0-9-]*$/.test(code);
}

/** The exit codes by severity, the worst first. */
const bySeverity = [
  exitCode.needsPerson,
  exitCode.failed,
  exitCode.usage,
  exitCode.busy,
  exitCode.owed,
  exitCode.done,
] as const;

/** The exit code of a command that did several things with different results. */
export function worstExitCode(codes: readonly ExitCode[]): ExitCode {
  return bySeverity.find((code) => codes.includes(code)) ?? exitCode.done;
}

/** The exit code of the rotation of one pair. */
export function exitCodeOf({ outcome, errors, owed, attention }: RotationResult): ExitCode {
  // A failure before anything was changed is worse than a hook or probe pending from an earlier run.
  const worst = worstExitCode(errors.map(exitCodeFor));
  const isOwed = owed !== undefined && outcome !== "failed" && worst !== exitCode.needsPerson;
  if (isOwed) return exitCode.owed;
  // Silence means healthy: a run that only waits for the next attempt also reports that.
  return worst === exitCode.done && attention !== undefined ? exitCode.failed : worst;
}
