/** How the state goes on from attempt to attempt. */
import { issuerPause } from "../retry.ts";
import { failureTextLimit, type PairState, type Renewal, type Totals } from "../pair/mod.ts";
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
 * The state of a pair that has nothing to do, without what is left of a renewal that nobody goes on with: one
 * that `--force` began, or one that a person has made up for. Its failure stays, for the record.
 */
export function withoutRenewal({ renewal: _renewal, told: _told, ...rest }: PairState): PairState {
  return rest;
}

/**
 * The state of a run that is about to ask the issuer. It is written before: a device that loses its power
 * whenever it asks must not ask at every start.
 *
 * @param wait milliseconds until the next attempt, should nothing come of this one.
 */
export function withAttempt(state: PairState, now: Date, wait: number): PairState {
  const { attempts, failures } = totalsOf(state);
  const isNew = state.renewal === undefined && state.owed === undefined;
  // A row of failures does not begin before what it is about.
  const { lastFailure: _, ...others } = state;
  return {
    ...(isNew ? others : state),
    renewal: {
      attempts: oneMore(attemptsOf(state)),
      lastAttempt: now,
      nextAttempt: new Date(now.getTime() + wait),
    },
    totals: { attempts: oneMore(attempts), failures },
  };
}

/** The state after the issuer has said that it is not ready: that was no failure. */
export function withPending(state: PairState, now: Date, retryAfter: number): PairState {
  return {
    ...state,
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
    lastFailure: {
      at: now,
      ...failure,
      since: last?.since ?? last?.at ?? now,
      count: oneMore(last === undefined ? 0 : last.count ?? 1),
    },
    totals: { attempts, failures: oneMore(failures) },
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
