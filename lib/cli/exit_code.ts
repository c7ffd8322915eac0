import type { CertswapError } from "../system/mod.ts";

/** What a process ends with. The one list of exit codes; `certswap --help` and the reference repeat it. */
export const exitCode = {
  /** Done, or nothing to do. */
  done: 0,
  /** Failed; the state is what it was before. For `status`: the active pair is missing, mismatched or expired. */
  failed: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** Another certswap held the lock for longer than `--lock-timeout`. */
  busy: 3,
  /** A person is needed: recovery cannot decide, or the outcome is unknown. */
  needsPerson: 4,
  /** Changed, but a hook or a probe is still owed. */
  owed: 5,
} as const;

/** One of the numbers of {@linkcode exitCode}. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** The errors that do not simply mean "failed, nothing changed", by their `code`. */
const exitCodeOfError: Readonly<Record<string, ExitCode>> = {
  "usage": exitCode.usage,
  "invalid-distinguished-name": exitCode.usage,
  "invalid-alternative-name": exitCode.usage,
  "same-path": exitCode.usage,
  "reserved-path": exitCode.usage,
  "configuration": exitCode.usage,
  "no-configuration": exitCode.usage,
  "unknown-pair": exitCode.usage,
  "unknown-user": exitCode.usage,
  "locked": exitCode.busy,
  "journal-refused": exitCode.needsPerson,
  "outcome-unknown": exitCode.needsPerson,
  // Not 1: what was done is done, and whoever called does not know of it.
  "output-lost": exitCode.needsPerson,
  "recovery-undecidable": exitCode.needsPerson,
  "untrusted-state": exitCode.needsPerson,
};

/**
 * The exit code for an error that ended a command.
 *
 * An error that certswap did not throw on purpose is a defect: nobody can say what it left, so a
 * person has to look.
 */
export function exitCodeFor(error: unknown): ExitCode {
  if (!isOnPurpose(error)) return exitCode.needsPerson;
  if (error.code === "configured-pair") return exitCodeFor(error.cause);
  return exitCodeOfError[error.code] ?? exitCode.failed;
}

/**
 * Whether certswap threw it on purpose: by the form of its code, not by its class, of which a built certswap may
 * have two. What the runtime throws has no code, a number, or one in capitals.
 */
function isOnPurpose(error: unknown): error is CertswapError {
  const { code } = error instanceof Error ? error as { readonly code?: unknown } : {};
  return typeof code === "string" && /^[a-z][a-z0-9-]*$/.test(code);
}

/** The codes from the one that most needs to be seen to the one that needs it least. */
const bySeverity = [
  exitCode.needsPerson,
  exitCode.failed,
  exitCode.usage,
  exitCode.busy,
  exitCode.owed,
  exitCode.done,
] as const;

/** The exit code of a command that did several things, each of which ended its own way. */
export function worstExitCode(codes: readonly ExitCode[]): ExitCode {
  return bySeverity.find((code) => codes.includes(code)) ?? exitCode.done;
}
