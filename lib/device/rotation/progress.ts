/** How the state goes on from attempt to attempt. */
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
 * The state of a rotation that has come to its end: nothing is under way or owed any more. If the new pair is
 * due already, the next attempt waits all the same: an issuer that gives no better would have the service
 * reload at every run.
 *
 * @param due when the new pair is to be renewed.
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
 * The state of a pair that is not due, without what is left of a renewal that nobody goes on with: one that
 * `--force` began, or one that a person has made up for. Its failure stays, for the record.
 */
export function withoutRenewal({ renewal: _, ...state }: PairState): PairState {
  // What there was to tell of a hook or a probe is still there to be told.
  if (state.owed !== undefined) return state;
  const { told: _told, ...rest } = state;
  return rest;
}

/**
 * The same, after `--force` has failed. What fails is the hook or the probe that is owed, if one is: nobody
 * tries again what `--force` has tried.
 *
 * @param earlier what had failed before.
 */
export function withoutForced(state: PairState, earlier: Failure | undefined): PairState {
  const rest = withoutRenewal(state);
  if (rest.owed === undefined) return rest;
  const { lastFailure: _, ...others } = rest;
  return { ...others, ...present({ lastFailure: earlier }) };
}

/**
 * The state of a run that is about to ask the issuer. It is written before: a device that loses its power
 * whenever it asks must not ask at every start.
 *
 * @param wait milliseconds until the next attempt, should nothing come of this one.
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
 * The state at the beginning of a renewal, or as it is if one is under way: a row of failures does not begin
 * before what it is about.
 */
export function withNewRow(state: PairState): PairState {
  if (state.renewal !== undefined || state.owed !== undefined) return state;
  const { lastFailure: _, ...others } = state;
  return others;
}

/**
 * The state after the issuer has said that it is not ready: that was no failure. In a row of failures it is
 * one more attempt of which nothing came, and the last word on why.
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
 * The state after the issuer has said when to ask again: that goes before our own schedule.
 *
 * @param retryAfter milliseconds.
 */
export function withRetryAfter(state: PairState, now: Date, retryAfter: number): PairState {
  const nextAttempt = new Date(now.getTime() + Math.min(retryAfter, issuerPause.longest));
  const { attempts, lastAttempt } = state.renewal ?? { attempts: 0, lastAttempt: now };
  return { ...state, renewal: { attempts, lastAttempt, nextAttempt, setBy: "issuer" } };
}

/** A failure as it is kept. */
export interface KeptFailure {
  readonly code: string;
  readonly text: string;
  readonly identity: string;
}

/** A failure as it is kept: lines that are bounded. @param text the error's message, for people. */
export function keptFailure(error: unknown, text: string): KeptFailure {
  return { code: codeOf(error), text: bounded(text), identity: bounded(identityOf(error)) };
}

/** The state after a failure. When to try again was written down with the attempt. */
export function withFailure(state: PairState, now: Date, failure: KeptFailure): PairState {
  const { attempts, failures } = totalsOf(state);
  const { lastFailure: last } = state;
  return {
    ...state,
    lastFailure: inRow(last, now, failure),
    totals: { attempts, failures: oneMore(failures) },
  };
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

/** How many attempts of the renewal under way have come to nothing so far. */
export function attemptsOf({ renewal }: { readonly renewal?: Renewal }): number {
  return renewal?.attempts ?? 0;
}

/** The next count. The largest of all stays: one more could not be read back. */
function oneMore(count: number): number {
  return Math.min(count + 1, Number.MAX_SAFE_INTEGER);
}

function totalsOf({ totals }: PairState): Totals {
  return totals ?? { attempts: 0, failures: 0 };
}

/** What would break a line, or turn its direction. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]+/gu;

/** `text` as one line that is not too long. No character is cut in half. */
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
