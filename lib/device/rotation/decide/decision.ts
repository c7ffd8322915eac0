/** Decides whether a pair is renewed now, and why. Reads and changes nothing. */
import { isValidAt } from "../../../x509/mod.ts";
import type { PairConfiguration } from "../../configuration/mod.ts";
import { issuerKindOf } from "../../issuer/mod.ts";
import type { ActivePair, PairState, Renewal } from "../../pair/mod.ts";
import { criticalPause } from "../../retry.ts";
import type { ClockVerdict } from "./clock_rules.ts";
import type { DueReason } from "../event.ts";
import { isForWanted } from "./wanted.ts";

/** The part of the configuration that says what a renewal requests, and when. */
export type RenewalRules = Pick<PairConfiguration, "issuer" | "identity" | "renewBefore">;

/** Everything that a decision depends on. */
interface Situation extends Pick<RenewalRules, "issuer" | "identity"> {
  readonly now: Date;
  readonly state: PairState;
  readonly clock: ClockVerdict;
  readonly active: ActivePair;
  /** When the active pair is due, if it is usable. */
  readonly renewalTime: Date | undefined;
  /** Whether the pair is critical, so that attempts must not be far apart. */
  readonly isCritical: boolean;
  /** Renew now, regardless of the schedule. */
  readonly force: boolean;
}

/** Whether a pair is renewed now. */
export type RenewalDecision =
  | {
    readonly kind: "nothing";
    /** When the pair is due; `undefined`: certswap does not renew it. */
    readonly renewalTime: Date | undefined;
  }
  | {
    readonly kind: "wait";
    readonly reason: DueReason;
    /**
     * - `next-attempt`: the last attempt failed, or the issuer was not ready
     * - `clock`: it jumped ahead, and the issuer uses the same clock
     */
    readonly for: "next-attempt" | "clock";
    /** For `next-attempt`. */
    readonly until: Date | undefined;
    /** `issuer` if the issuer has named that time. */
    readonly setBy: "issuer" | undefined;
  }
  | { readonly kind: "renew"; readonly reason: DueReason };

/** Decides whether a pair is renewed now. */
export function decideRenewal(situation: Situation): RenewalDecision {
  const { issuer, now, state, clock, isCritical, force } = situation;
  if (issuer === undefined) return { kind: "nothing", renewalTime: undefined };
  if (force) return { kind: "renew", reason: "forced" };
  const due = dueReason(situation);
  if (due instanceof Date) return { kind: "nothing", renewalTime: due };
  const { renewal } = state;
  // Each attempt disturbs a service that does not use its new pair, and the active pair is still usable.
  const isPatient = hasSucceeded(state) ||
    state.takenBack !== undefined && (due === "renewal" || due === "identity");
  const until = renewal && nextAttemptOf(renewal, isCritical && !isPatient);
  // A clock that is before the last attempt went back: it cannot tell how long to wait.
  if (renewal !== undefined && until !== undefined && renewal.lastAttempt <= now && now < until) {
    return { kind: "wait", reason: due, for: "next-attempt", until, setBy: renewal.setBy };
  }
  // With a wrong clock, a local issuer would sign a certificate that is not yet valid once the clock is
  // right. Another issuer has its own clock, and its answer is validated by this one.
  if (clock === "ahead" && issuerKindOf(issuer).sharesClock) {
    return { kind: "wait", reason: due, for: "clock", until: undefined, setBy: undefined };
  }
  return { kind: "renew", reason: due };
}

/** What decides whether a later run continues a renewal. */
type Standing = Pick<
  Situation,
  "issuer" | "identity" | "now" | "clock" | "active" | "renewalTime"
>;

/**
 * Whether the pair is not due, by a clock that can be trusted. Then no run continues a renewal that
 * `--force` started.
 */
export function isNotDue(standing: Standing): boolean {
  if (standing.clock !== "plausible") return false;
  return standing.issuer === undefined || dueReason(standing) instanceof Date;
}

/**
 * Whether the renewal in the state has led to a swap. It is kept until the hooks and probes have succeeded,
 * because it counts as an attempt if the previous pair is restored. The issuer is not asked again for it.
 */
export function isMade({ renewal, lastChange }: PairState): boolean {
  return renewal !== undefined && lastChange?.by === "swap" &&
    renewal.lastAttempt <= lastChange.at;
}

/** Why the pair is due, or when it will be. */
function dueReason({ identity, now, active, renewalTime }: Standing): DueReason | Date {
  if (active.condition !== "sound") return active.condition;
  const { leaf } = active.loaded;
  const time = renewalTime ?? now;
  if (now >= time) return isValidAt(leaf, now) ? "renewal" : "expired";
  // If the certificate is not yet valid, the clock went back. Renewing would not help.
  if (now < leaf.notBefore) return time;
  return isForWanted(identity, active) ? time : "identity";
}

/**
 * Whether the last attempt succeeded, although the pair is due. The issuer would return another certificate
 * like it, and the service would reload for nothing.
 */
export function hasSucceeded({ renewal, lastSuccess }: PairState): boolean {
  return renewal !== undefined && lastSuccess !== undefined && lastSuccess >= renewal.lastAttempt;
}

/**
 * When the issuer is asked again. A pair that has become critical since its last attempt does not wait for
 * the longer delay that applied then, unless the issuer has named the time.
 */
function nextAttemptOf(
  { lastAttempt, nextAttempt, setBy }: Renewal,
  isCritical: boolean,
): Date {
  const latest = new Date(lastAttempt.getTime() + criticalPause);
  return isCritical && setBy === undefined && latest < nextAttempt ? latest : nextAttempt;
}
