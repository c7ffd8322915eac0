/** The changes of the state from attempt to attempt. Reads and writes nothing. */
import { present } from "../../system/mod.ts";
import { issuerPause } from "../retry.ts";
import {
  type Failure,
  failureTextLimit,
  type PairState,
  type Renewal,
  type Totals,
} from "../pair/mod.ts";
import { identityOf } from "./same_error.ts";

/**
 * The state after a complete rotation: no renewal, hook or probe is pending. If the new pair is already due,
 * the renewal stays, so that the next attempt waits. Otherwise an issuer that returns only old certificates
 * would make the service reload at every run.
 *
 * @param due when the new pair is due for renewal.
 */
export function withSuccess(state: PairState, now: Date, due: Date): PairState {
  const {
    owed: _owed,
    told: _told,
    takenBack: _pair,
    kept: _kept,
    renewal,
    lastFailure: _failure,
    ...rest
  } = state;
  return {
    ...rest,
    ...(renewal === undefined || due > now ? {} : { renewal }),
    lastSuccess: now,
  };
}

/**
 * The state of a pair that is not due, without a renewal that no run will continue: `--force` started it, or
 * the pair was replaced by hand since. Its failure stays, for the record.
 */
export function withoutRenewal({ renewal: _, ...state }: PairState): PairState {
  // The record of what was reported about a hook or a probe is still needed.
  if (state.owed !== undefined) return state;
  const { told: _told, ...rest } = state;
  return rest;
}

/**
 * The state of a pair that is not due, after `--force` has failed. If a hook or probe is pending, that is
 * what is failing now: no run repeats what `--force` tried.
 *
 * @param earlier the last failure before `--force`.
 */
export function withoutForced(state: PairState, earlier: Failure | undefined): PairState {
  const rest = withoutRenewal(state);
  if (rest.owed === undefined) return rest;
  const { lastFailure: _, ...others } = rest;
  return { ...others, ...present({ lastFailure: earlier }) };
}

/**
 * The state of a run that is about to ask the issuer. It is written first, so that a device that loses power
 * each time it asks does not ask at every start.
 *
 * @param wait milliseconds until the next attempt, if this one fails.
 */
export function withAttempt(state: PairState, now: Date, wait: number): PairState {
  const { attempts, failures } = totalsOf(state);
  return {
    ...withNewRow(state),
    renewal: {
      attempts: oneMore(attemptsOf(state)),
      lastAttempt: now,
      nextAttempt: new Date(now.getTime() + wait),
    },
    totals: { attempts: oneMore(attempts), failures },
  };
}

/**
 * The state at the start of a renewal, without earlier failures, so that a new row of failures begins.
 * Unchanged if a renewal, a hook or a probe is pending.
 */
export function withNewRow(state: PairState): PairState {
  if (state.renewal !== undefined || state.owed !== undefined) return state;
  const { lastFailure: _, ...others } = state;
  return others;
}

/**
 * The state after the issuer has said that it is not ready, which is not a failure. In a row of failures it
 * counts as one more attempt without a result, and is the latest reason.
 *
 * @param retryAfter milliseconds.
 */
export function withPending(
  state: PairState,
  now: Date,
  { retryAfter, answer }: { readonly retryAfter: number; readonly answer: KeptFailure },
): PairState {
  const { lastFailure, ...others } = state;
  return {
    ...others,
    ...(lastFailure === undefined ? {} : { lastFailure: inRow(lastFailure, now, answer) }),
    renewal: {
      attempts: Math.max(0, attemptsOf(state) - 1),
      lastAttempt: now,
      nextAttempt: new Date(now.getTime() + retryAfter),
      ...(retryAfter > 0 ? { setBy: "issuer" as const } : {}),
    },
  };
}

/**
 * The state after the issuer has said when to ask again. That overrides certswap's own schedule.
 *
 * @param retryAfter milliseconds.
 */
export function withRetryAfter(state: PairState, now: Date, retryAfter: number): PairState {
  const nextAttempt = new Date(now.getTime() + Math.min(retryAfter, issuerPause.longest));
  const { attempts, lastAttempt } = state.renewal ?? { attempts: 0, lastAttempt: now };
  return { ...state, renewal: { attempts, lastAttempt, nextAttempt, setBy: "issuer" } };
}

/** A failure in the form that the state keeps. */
export interface KeptFailure {
  readonly code: string;
  readonly text: string;
  readonly identity: string;
}

/** A failure in the form that the state keeps: one line each, limited in length. @param text the message. */
export function keptFailure(error: unknown, text: string): KeptFailure {
  return { code: codeOf(error), text: bounded(text), identity: bounded(identityOf(error)) };
}

/** The state after a failure. The time of the next attempt was recorded with the attempt. */
export function withFailure(state: PairState, now: Date, failure: KeptFailure): PairState {
  const { attempts, failures } = totalsOf(state);
  const { lastFailure: last } = state;
  return {
    ...state,
    lastFailure: inRow(last, now, failure),
    totals: { attempts, failures: oneMore(failures) },
  };
}

/**
 * The state after a further failure in a run that has already recorded one. The row of failures counts runs:
 * a run adds one to it, and its last failure is kept.
 */
export function withFurtherFailure(state: PairState, now: Date, failure: KeptFailure): PairState {
  const { lastFailure: last } = state;
  const next = inRow(last, now, failure);
  return { ...state, lastFailure: last === undefined ? next : { ...next, count: last.count ?? 1 } };
}

/** A failure as the next one in a row. @param last `undefined`: it is the first. */
export function inRow(last: Failure | undefined, now: Date, failure: KeptFailure): Failure {
  return {
    at: now,
    ...failure,
    since: last?.since ?? last?.at ?? now,
    count: oneMore(last === undefined ? 0 : last.count ?? 1),
  };
}

/** How many attempts of the current renewal have failed so far. */
export function attemptsOf({ renewal }: { readonly renewal?: Renewal }): number {
  return renewal?.attempts ?? 0;
}

/** The next count. Limited to the largest safe integer: a larger one could not be read back. */
function oneMore(count: number): number {
  return Math.min(count + 1, Number.MAX_SAFE_INTEGER);
}

function totalsOf({ totals }: PairState): Totals {
  return totals ?? { attempts: 0, failures: 0 };
}

/** Characters that would break a line, or change its direction. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]+/gu;

/** `text` as one line of limited length. Surrogate pairs are not split. */
function bounded(text: string): string {
  const line = text.toWellFormed().replace(unprintable, " ").trim();
  if (line.length <= failureTextLimit) return line;
  const cut = line.slice(0, failureTextLimit - 1).replace(/[\ud800-\udbff]$/, "");
  return `${cut}\u2026`;
}

function codeOf(error: unknown): string {
  const { code } = error instanceof Error ? error as { code?: unknown } : {};
  return typeof code === "string" && /^[a-z0-9-]{1,64}$/.test(code) ? code : "defect";
}
