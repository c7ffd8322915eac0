/** Exit codes: the one table of them, what each means, and which error or result ends in which. */
import type { RotationResult } from "../device/rotation/mod.ts";
import type { CertswapError } from "../system/mod.ts";

/** What a process ends with. {@linkcode exitCodeTable} says when. */
export const exitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  busy: 3,
  needsPerson: 4,
  /** Of a rotation alone: see {@linkcode exitCodeOf}. */
  owed: 5,
} as const;

/** What an exit code means, for people. */
export interface ExitCodeMeaning {
  /** In a few words: part of a sentence, without a full stop. */
  readonly meaning: string;
  /** More, where there is room: likewise. */
  readonly more?: string;
}

const meanings: Readonly<Record<keyof typeof exitCode, ExitCodeMeaning>> = {
  done: { meaning: "done or nothing to do" },
  failed: {
    meaning: "failed, the state is what it was before",
    more:
      "For status: the active pair is missing, mismatched or expired. For ca verify and ca check: not " +
      "valid, or problems found. For rotate: also if a pair is overdue, or waits after a failure",
  },
  usage: {
    meaning: "the command line or the configuration is wrong",
    more: "Nothing was read or changed",
  },
  busy: {
    meaning: "another certswap is at work",
    more: "It held the lock for longer than --lock-timeout",
  },
  needsPerson: {
    meaning: "a person is needed",
    more:
      "Recovery cannot decide, a journal or its directory is not trusted, the result of a write is " +
      "unknown, standard output could not be written (the change itself was made), or there was an " +
      "internal error. No file is deleted",
  },
  owed: {
    meaning: "changed, but a hook or a probe is still owed",
    more: "The next rotate tries again",
  },
};

/**
 * The table of exit codes in ascending order, of which `certswap --help`, `certswap help exit-codes` and the
 * manual page are made. A function, so that a bundle that does not print it leaves it out.
 */
export function exitCodeTable(): readonly (ExitCodeMeaning & { readonly code: ExitCode })[] {
  const names = Object.keys(exitCode) as (keyof typeof exitCode)[];
  return names.map((name) => ({ code: exitCode[name], ...meanings[name] }));
}

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
 * Whether certswap threw it on purpose: by the form of its code, not by its class, of which a built certswap
 * may have two. What the runtime throws has no code, a number, or one in capitals.
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

/** The exit code of the rotation of one pair. */
export function exitCodeOf({ outcome, errors, owed, attention }: RotationResult): ExitCode {
  // What failed before anything was changed is worse than what is owed from an earlier run.
  const worst = worstExitCode(errors.map(exitCodeFor));
  const isOwed = owed !== undefined && outcome !== "failed" && worst !== exitCode.needsPerson;
  if (isOwed) return exitCode.owed;
  // Silence means healthy: a run that only waits for the next attempt says so, too.
  return worst === exitCode.done && attention !== undefined ? exitCode.failed : worst;
}
