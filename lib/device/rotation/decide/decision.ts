/** Where a pair is judged due: whether it is renewed now, and why. It reads nothing, and changes nothing. */
import { isValidAt } from "../../../x509/mod.ts";
import type { PairConfiguration } from "../../configuration/mod.ts";
import { issuerKindOf } from "../../issuer/mod.ts";
import type { ActivePair, PairState, Renewal } from "../../pair/mod.ts";
import { criticalPause } from "../../retry.ts";
import type { ClockVerdict } from "./clock_rules.ts";
import type { DueReason } from "../event.ts";
import { isForWanted } from "./wanted.ts";

/** What a renewal is for, and when. */
export type RenewalRules = Pick<PairConfiguration, "issuer" | "identity" | "renewBefore">;

/** All that a decision rests on. */
interface Situation extends Pick<RenewalRules, "issuer" | "identity"> {
  readonly now: Date;
  readonly state: PairState;
  readonly clock: ClockVerdict;
  readonly active: ActivePair;
  /** When the active pair is due, if it is one that can be used. */
  readonly renewalTime: Date | undefined;
  /** Whether it cannot wait for long. */
  readonly isCritical: boolean;
  /** A person wants it now. */
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
     * - `next-attempt`: the last one failed, or the issuer has said that it is not ready
     * - `clock`: it has leapt ahead, and the issuer goes by the same clock
     */
    readonly for: "next-attempt" | "clock";
    /** For `next-attempt`. */
    readonly until: Date | undefined;
    /** Who has named that time, if it was not certswap. */
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
  // A service that does not take its new pair is disturbed at each attempt, and has one that can be used.
  const isPatient = hasSucceeded(state) ||
    state.takenBack !== undefined && (due === "renewal" || due === "identity");
  const until = renewal && nextAttemptOf(renewal, isCritical && !isPatient);
  // A clock that stands before the last attempt went back: what it would have us wait for is not to be known.
  if (renewal !== undefined && until !== undefined && renewal.lastAttempt <= now && now < until) {
    return { kind: "wait", reason: due, for: "next-attempt", until, setBy: renewal.setBy };
  }
  // A certificate signed by a clock that is wrong would be one from the future once the clock is right. An
  // issuer elsewhere has a clock of its own, and what it gives is held against ours.
  if (clock === "ahead" && issuerKindOf(issuer).sharesClock) {
    return { kind: "wait", reason: due, for: "clock", until: undefined, setBy: undefined };
  }
  return { kind: "renew", reason: due };
}

/** What it depends on whether anybody goes on with a renewal. */
type Standing = Pick<
  Situation,
  "issuer" | "identity" | "now" | "clock" | "active" | "renewalTime"
>;

/**
 * Whether nothing of a renewal is under way, whatever the state has of one: by a clock that can be believed
 * the pair is not due, so that no run goes on with what `--force` began.
 */
export function isNotDue(standing: Standing): boolean {
  if (standing.clock !== "plausible") return false;
  return standing.issuer === undefined || dueReason(standing) instanceof Date;
}

/**
 * Whether the renewal in the state has led to a swap. It is kept until the service has the new pair, for it
 * counts if the old one is restored. Nobody is asked again for it.
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
  // A certificate of the future is one of a clock that went back: nothing is renewed by that.
  if (now < leaf.notBefore) return time;
  return isForWanted(identity, active) ? time : "identity";
}

/**
 * Whether something came of the last attempt: a pair that is due all the same. Asking again soon would only
 * have the service reload for another one like it.
 */
export function hasSucceeded({ renewal, lastSuccess }: PairState): boolean {
  return renewal !== undefined && lastSuccess !== undefined && lastSuccess >= renewal.lastAttempt;
}

/**
 * When the issuer is asked again. A pair may have become critical since its last attempt, and is not left to
 * the longer wait that was right then; but what the issuer has asked for is kept to.
 */
function nextAttemptOf(
  { lastAttempt, nextAttempt, setBy }: Renewal,
  isCritical: boolean,
): Date {
  const latest = new Date(lastAttempt.getTime() + criticalPause);
  return isCritical && setBy === undefined && latest < nextAttempt ? latest : nextAttempt;
}
