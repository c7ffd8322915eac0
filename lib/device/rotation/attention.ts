/** What a person has to be told of a pair after a run: how urgent it is, what failed, what comes next. */
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
  /** When the pair was looked at. */
  readonly now: Date;
  /**
   * What failed last. If this run could not write it down, its row is the one that the state tells of;
   * without `since` it tells of none. `undefined`: nothing has failed, and the pair is overdue all the same.
   */
  readonly failure: Failure | undefined;
  /** What could not be written by this run, and when it last was, if that was it. */
  readonly unwritable: Unwritable | undefined;
  /** `unknown`: it could not be looked at. */
  readonly condition: "sound" | "missing" | "broken" | "unknown";
  /** When the certificate expires, where it can be used. */
  readonly notAfter: Date | undefined;
  /** Since when the pair is due, if it is. */
  readonly dueSince: Date | undefined;
  /** Why it is due, if it is. */
  readonly reason: DueReason | undefined;
  /** What the pair waits for, if nothing has failed. */
  readonly waitsFor: "issuer" | "clock" | undefined;
  readonly next: NextStep;
}

/** A state that cannot be written. */
interface Unwritable {
  readonly directory: string;
  /** When it was last written, as it says itself. */
  readonly lastWritten: Date | undefined;
  /** Why not, as errno(3) has it. */
  readonly errno: string | undefined;
}

/**
 * What certswap does next about a pair.
 *
 * - `attempt`: it asks the issuer again, not before `at`
 * - `next-run`: the next run tries again
 * - `nothing`: it is not certswap that renews the pair
 */
export type NextStep =
  | { readonly kind: "attempt"; readonly at: Date; readonly setBy: "issuer" | undefined }
  | { readonly kind: "next-run" }
  | { readonly kind: "nothing" };

/** What a run has come to, and what was seen of the pair after it. */
interface RunOfPair extends Pick<PairConfiguration, "issuer"> {
  readonly result: RotationResult;
  /** `undefined`: the pair could not be looked at. */
  readonly look: Look | undefined;
  /** When the run began. */
  readonly begun: Date;
}

/** What is to be told of a pair after a run. */
export function attentionAfter(
  rotation: Pick<Rotation, "textOf">,
  { issuer, result, look, begun }: RunOfPair,
): Attention | undefined {
  // Another run that holds the lock, or a person who stops this one, is no failure of the pair's.
  const error = result.errors.findLast((error) =>
    !(error instanceof LockedError) && !isStopped(error)
  );
  if (look === undefined) return error === undefined ? undefined : unseen(rotation, error, begun);
  // What a person has tried in vain with --force, and nobody goes on with, is told of by its error.
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
    next: isKept && decision.kind === "wait" && decision.until !== undefined
      ? { kind: "attempt", at: decision.until, setBy: decision.setBy }
      : issuer === undefined && error === undefined && owed === undefined
      ? { kind: "nothing" }
      : { kind: "next-run" },
  };
}

/** No later run gets past a journal that cannot be applied: that is more than a failure that may pass. */
function atLeast(error: unknown, urgency: Urgency): Urgency {
  const isFinal = error instanceof JournalRefusedError || error instanceof RecoveryUndecidableError;
  return isFinal && urgency !== "critical" ? "warning" : urgency;
}

/** A failure that could not be written down: one more in the row that the state tells of, if it does. */
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

/** Nobody knows of a pair that cannot be looked at that it can be used. */
function unseen(rotation: Pick<Rotation, "textOf">, error: unknown, now: Date): Attention {
  return {
    urgency: "critical",
    now,
    failure: { at: now, ...failureOf(rotation, error) },
    unwritable: undefined,
    condition: "unknown",
    notAfter: undefined,
    dueSince: undefined,
    reason: undefined,
    waitsFor: undefined,
    next: { kind: "next-run" },
  };
}
