/** How urgent it is that a person looks at a pair, from healthy to critical. Reads nothing. */
import { day } from "../../../system/mod.ts";
import type { PairState } from "../../pair/mod.ts";

/**
 * - `healthy`: nothing to tell
 * - `notice`: failing or overdue, with time left
 * - `warning`: half of the renewal window is gone
 * - `critical`: its last quarter has begun, the certificate has expired, or there is no usable pair
 *
 * The renewal window is the time from when the pair is due until its certificate expires. While the service
 * has not been told of a new pair, or not been seen to serve it, it may serve the one before: its window is
 * as long, and had begun when the pair was changed.
 */
export type Urgency = "healthy" | "notice" | "warning" | "critical";

/** What the urgency of a pair depends on. The times are left out if there is no usable pair. */
interface Circumstances {
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
  /** When the pair is due. Left out: certswap does not renew it. */
  readonly renewalTime?: Date | undefined;
  readonly now: Date;
  /** See {@linkcode isFailing}. */
  readonly failing: boolean;
  /** Since when a hook or a probe is owed, if one is. */
  readonly owedSince?: Date | undefined;
}

/** How much of the renewal window may be gone before a pair that does not fail counts as overdue. */
const graceShare = 1 / 8;

/** The longest such time, in milliseconds: an issuer may need a while to decide, and runs have a pace. */
const longestGrace = day;

/** How much of a renewal window may be gone before the pair counts as overdue. Both in milliseconds. */
export function graceOf(window: number): number {
  return Math.min(longestGrace, window * graceShare);
}

/** How urgent it is that a person looks at a pair. */
export function urgencyOf(
  { notBefore, notAfter, renewalTime, now, failing, owedSince }: Circumstances,
): Urgency {
  if (notBefore === undefined || notAfter === undefined || now > notAfter) return "critical";
  if (renewalTime === undefined) return failing ? "notice" : "healthy";
  const window = notAfter.getTime() - renewalTime.getTime();
  const begun = failing
    ? Math.min(renewalTime.getTime(), owedSince?.getTime() ?? Infinity)
    : renewalTime.getTime();
  const gone = now.getTime() - begun;
  const isOverdue = gone >= 0 && gone >= graceOf(window);
  if (!isOverdue && !failing) return "healthy";
  if (gone >= window * 3 / 4) return "critical";
  return gone >= window / 2 ? "warning" : "notice";
}

/** Whether the last try of something that is still to be done has failed: a renewal, a hook or a probe. */
export function isFailing({ lastFailure, renewal, owed }: PairState): boolean {
  return lastFailure !== undefined && (renewal !== undefined || owed !== undefined);
}
