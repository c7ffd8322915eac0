/** How urgent it is that a person looks at a pair, from healthy to critical. Reads nothing. */
import { day } from "../../../system/mod.ts";
import type { PairState } from "../../pair/mod.ts";

/**
 * - `healthy`: nothing to report
 * - `notice`: failing or overdue, with time left
 * - `warning`: half of the renewal window has passed
 * - `critical`: the last quarter has begun, the certificate has expired, or there is no usable pair
 *
 * The renewal window is the time from when the pair is due until its certificate expires. While a hook or a
 * probe is pending, the service may still serve the previous certificate. Its window has the same length,
 * and started when the pair was changed.
 */
export type Urgency = "healthy" | "notice" | "warning" | "critical";

/** What the urgency of a pair depends on. The dates are missing if there is no usable pair. */
interface Circumstances {
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
  /** When the pair is due. `undefined`: certswap does not renew it. */
  readonly renewalTime?: Date | undefined;
  readonly now: Date;
  /** See {@linkcode isFailing}. */
  readonly failing: boolean;
  /** Since when a hook or a probe is pending, if one is. */
  readonly owedSince?: Date | undefined;
}

/** The share of the renewal window that may pass before a pair that does not fail is overdue. */
const graceShare = 1 / 8;

/** The longest such time, in milliseconds. An issuer may need a while to decide, and runs are hours apart. */
const longestGrace = day;

/** How much of a renewal window may pass before the pair is overdue. Both in milliseconds. */
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

/** Whether a renewal, a hook or a probe has failed and is still to be done. */
export function isFailing({ lastFailure, renewal, owed }: PairState): boolean {
  return lastFailure !== undefined && (renewal !== undefined || owed !== undefined);
}
