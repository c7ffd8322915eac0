/** Where a pair is judged due: whether it is renewed now, and why. It reads nothing, and changes nothing. */
import { isValidAt } from "../../../x509/mod.ts";
import type { PairConfiguration } from "../../configuration/mod.ts";
import { issuerKindOf } from "../../issuer/mod.ts";
import type { ActivePair, PairState } from "../../pair/mod.ts";
import type { ClockVerdict } from "./clock_rules.ts";
import type { DueReason } from "../event.ts";
import { renewalPeriod, renewalTimeOf } from "./schedule.ts";
import { isForWanted } from "./wanted.ts";

/** What a renewal is for, and when. */
export type RenewalRules = Pick<PairConfiguration, "issuer" | "identity" | "renewBefore">;

/** All that a decision rests on. */
interface Situation extends RenewalRules {
  readonly now: Date;
  readonly state: PairState;
  readonly clock: ClockVerdict;
  readonly active: ActivePair;
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
  }
  | { readonly kind: "renew"; readonly reason: DueReason };

/** Decides whether a pair is renewed now. */
export async function decideRenewal(situation: Situation): Promise<RenewalDecision> {
  const { issuer, now, state, clock, force } = situation;
  if (issuer === undefined) return { kind: "nothing", renewalTime: undefined };
  if (force) return { kind: "renew", reason: "forced" };
  const due = await dueReason(situation);
  if (due instanceof Date) return { kind: "nothing", renewalTime: due };
  const until = state.renewal?.nextAttempt;
  if (until !== undefined && isWaiting(state, now)) {
    return { kind: "wait", reason: due, for: "next-attempt", until };
  }
  // A certificate signed by a clock that is wrong would be one from the future once the clock is right. An
  // issuer elsewhere has a clock of its own, and what it gives is held against ours.
  if (clock === "ahead" && issuerKindOf(issuer).sharesClock) {
    return { kind: "wait", reason: due, for: "clock", until: undefined };
  }
  return { kind: "renew", reason: due };
}

/** Why the pair is due, or when it will be. */
async function dueReason(
  { identity, renewBefore, now, active }: Situation,
): Promise<DueReason | Date> {
  if (active.condition !== "sound") return active.condition;
  const { leaf } = active.loaded;
  const time = await renewalTimeOf(leaf, renewBefore);
  if (now >= time) return isValidAt(leaf, now) ? "renewal" : "expired";
  // A certificate of the future is one of a clock that went back: nothing is renewed by that.
  if (now < leaf.notBefore) return time;
  return isForWanted(identity, active) ? time : "identity";
}

/**
 * Whether the next attempt is yet to come. A clock that stands before the last attempt went back: what it
 * would have us wait for is not to be known.
 */
export function isWaiting({ renewal }: PairState, now: Date): boolean {
  return renewal !== undefined && renewal.lastAttempt <= now && now < renewal.nextAttempt;
}

/**
 * How many milliseconds before its end a pair that is in time came up for renewal; `undefined`: there is none
 * to lose.
 */
export function periodToLose(
  { renewBefore, now, active }: Pick<Situation, "renewBefore" | "now" | "active">,
): number | undefined {
  if (active.condition !== "sound" || !isValidAt(active.loaded.leaf, now)) return undefined;
  return renewalPeriod(active.loaded.leaf, renewBefore);
}
