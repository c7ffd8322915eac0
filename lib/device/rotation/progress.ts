/** How the state goes on from attempt to attempt. */
import type { PairState, Renewal, Totals } from "../pair/mod.ts";

/**
 * The state of a rotation that has come to its end: nothing is under way or owed any more. If the new pair is
 * due already, the next attempt waits all the same: an issuer that gives no better would have the service
 * reload at every run.
 *
 * @param due when the new pair is to be renewed.
 */
export function withSuccess(state: PairState, now: Date, due: Date): PairState {
  const { owed: _owed, takenBack: _pair, renewal, lastFailure: _failure, ...rest } = state;
  return {
    ...rest,
    ...(renewal === undefined || due > now ? {} : { renewal }),
    lastSuccess: now,
  };
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
    ...state,
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
    },
  };
}

/** The state after a failure. When to try again was written down with the attempt. */
export function withFailure(state: PairState, now: Date, error: unknown): PairState {
  const { attempts, failures } = totalsOf(state);
  return {
    ...state,
    lastFailure: { at: now, code: codeOf(error) },
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

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && /^[a-z0-9-]{1,64}$/.test(code) ? code : "defect";
}
