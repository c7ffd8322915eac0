/** Builds the report about an unhealthy pair after a run: its urgency, the last failure, the next step. */
import { isErrno } from "../../system/mod.ts";
import {
  JournalRefusedError,
  LockedError,
  RecoveryUndecidableError,
} from "../../transaction/mod.ts";
import type { PairConfiguration } from "../configuration/mod.ts";
import type { Failure } from "../pair/mod.ts";
import { failureOf, type Rotation } from "./context.ts";
import type { Urgency } from "./decide/mod.ts";
import { refusalOf, StateNotWrittenError } from "./errors.ts";
import type { DueReason, RotationResult } from "./event.ts";
import { isFailingStill, judge, type Look } from "./look.ts";
import { isStopped } from "./owed/mod.ts";
import { inRow, type KeptFailure } from "./progress.ts";

/** A pair that is not healthy. */
export interface Attention {
  readonly urgency: Exclude<Urgency, "healthy">;
  /** When the pair was examined. */
  readonly now: Date;
  /**
   * The last failure. If this run could not record it, it continues the row of failures in the state;
   * without `since` the state knows of none. `undefined`: nothing has failed, but the pair is overdue.
   */
  readonly failure: Failure | undefined;
  /** The state file, if this run could not write it. */
  readonly unwritable: Unwritable | undefined;
  /** `unknown`: the pair could not be examined. */
  readonly condition: "sound" | "missing" | "broken" | "unknown";
  /** Whether it could not be examined because this user may not read it. */
  readonly isDenied?: boolean;
  /** When the certificate expires, if it is usable. */
  readonly notAfter: Date | undefined;
  /** Since when the pair has been due, if it is. */
  readonly dueSince: Date | undefined;
  /** Why it is due, if it is. */
  readonly reason: DueReason | undefined;
  /** What the pair is waiting for, if nothing has failed. */
  readonly waitsFor: "issuer" | "clock" | undefined;
  /** Whether a new pair is kept that the service refused. */
  readonly isRefusedKept: boolean;
  readonly next: NextStep;
}

/** A state file that cannot be written. */
interface Unwritable {
  readonly directory: string;
  /** When it was last written, according to its content. */
  readonly lastWritten: Date | undefined;
  /** Why it cannot be written: the name of the error in errno(3). */
  readonly errno: string | undefined;
}

/**
 * What certswap does next for a pair.
 *
 * - `attempt`: asks the issuer again, not before `at`
 * - `next-run`: tries again at the next run
 * - `nothing`: certswap does not renew this pair
 */
export type NextStep =
  | { readonly kind: "attempt"; readonly at: Date; readonly setBy: "issuer" | undefined }
  | { readonly kind: "next-run" }
  | { readonly kind: "nothing" };

/** The result of a run, and the pair as it is after it. */
interface RunOfPair extends Pick<PairConfiguration, "issuer"> {
  readonly result: RotationResult;
  /** `undefined`: the pair could not be examined. */
  readonly look: Look | undefined;
  /** When the run started. */
  readonly begun: Date;
}

/** What to report about a pair after a run. @returns `undefined` if the pair is healthy. */
export function attentionAfter(
  rotation: Pick<Rotation, "textOf">,
  { issuer, result, look, begun }: RunOfPair,
): Attention | undefined {
  // A lock held by another run, or a signal that stops this one, is not a failure of the pair.
  const error = result.errors.findLast((error) =>
    !(error instanceof LockedError) && !isStopped(error)
  );
  if (look === undefined) return error === undefined ? undefined : unseen(rotation, error, begun);
  // A failed `--force` that no later run continues is reported by its error alone.
  const isOver = result.reason === "forced" && look.decision.kind === "nothing" &&
    look.state.owed === undefined;
  const isStill = isFailingStill(look);
  const failing = isStill || error !== undefined && !isOver;
  const urgency = atLeast(error, judge(look, { issuer, failing }));
  if (urgency === "healthy") return undefined;
  const { decision, now, life, state: { lastFailure, owed } } = look;
  const isKept = error === undefined || lastFailure !== undefined && lastFailure.at >= begun;
  const known = isStill ? lastFailure : undefined;
  const { renewalTime } = life;
  return {
    urgency,
    now,
    failure: isKept ? known : unrecorded(known, now, failureOf(rotation, error)),
    unwritable: isKept ? undefined : unwritable(error, look),
    condition: look.active.condition,
    notAfter: life.notAfter,
    dueSince: renewalTime !== undefined && renewalTime <= now ? renewalTime : undefined,
    reason: decision.kind === "nothing" ? undefined : decision.reason,
    waitsFor: waitsFor(look),
    isRefusedKept: look.isRefusedKept,
    next: isKept && nextAttemptOf(look) ||
      (issuer === undefined && error === undefined && owed === undefined
        ? { kind: "nothing" }
        : { kind: "next-run" }),
  };
}

/** The next attempt. @returns `undefined` if its time is not known, or it is made at the next run. */
function nextAttemptOf({ decision, isRefusedKept, state: { owed } }: Look): NextStep | undefined {
  if (decision.kind === "wait" && decision.until !== undefined) {
    return { kind: "attempt", at: decision.until, setBy: decision.setBy };
  }
  const isAtRest = decision.kind === "nothing" && owed === undefined;
  return isRefusedKept && isAtRest && decision.renewalTime !== undefined
    ? { kind: "attempt", at: decision.renewalTime, setBy: undefined }
    : undefined;
}

/** No later run gets past a journal that cannot be applied: more urgent than a failure that may pass. */
function atLeast(error: unknown, urgency: Urgency): Urgency {
  const isFinal = error instanceof JournalRefusedError || error instanceof RecoveryUndecidableError;
  return isFinal && urgency !== "critical" ? "warning" : urgency;
}

/** A failure that could not be recorded: counted as the next one in the row that the state knows of. */
function unrecorded(known: Failure | undefined, now: Date, failure: KeptFailure): Failure {
  return known === undefined ? { at: now, ...failure } : inRow(known, now, failure);
}

function unwritable(error: unknown, { stateDirectory, state }: Look): Unwritable | undefined {
  const errno = refusalOf(error);
  if (errno === undefined && !(error instanceof StateNotWrittenError)) return undefined;
  return { directory: stateDirectory, lastWritten: state.latestTime, errno };
}

function waitsFor({ decision, state: { renewal } }: Look): Attention["waitsFor"] {
  if (decision.kind === "wait" && decision.for === "clock") return "clock";
  return renewal === undefined ? undefined : "issuer";
}

/** The report about a pair that cannot be examined: critical, because it may be unusable. */
function unseen(rotation: Pick<Rotation, "textOf">, error: unknown, now: Date): Attention {
  return {
    urgency: "critical",
    now,
    failure: { at: now, ...failureOf(rotation, error) },
    unwritable: undefined,
    condition: "unknown",
    isDenied: isErrno(error, "EACCES", "EPERM"),
    notAfter: undefined,
    dueSince: undefined,
    reason: undefined,
    waitsFor: undefined,
    isRefusedKept: false,
    next: { kind: "next-run" },
  };
}
