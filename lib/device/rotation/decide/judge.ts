/** Judging a pair as it was found: its clock, its life, and whether it is renewed. Reads nothing. */
import type { ActivePair, PairState } from "../../pair/mod.ts";
import { type Built, type ClockVerdict, judgeClock } from "./clock_rules.ts";
import { decideRenewal, type RenewalDecision, type RenewalRules } from "./decision.ts";
import { isCriticalAt, type Life, lifeOf } from "./schedule.ts";

/** A pair as it was found. */
interface Found {
  readonly now: Date;
  readonly state: PairState;
  readonly active: ActivePair;
}

/** What is to be made of a pair. */
export interface Judgement {
  readonly clock: ClockVerdict;
  readonly life: Life;
  readonly decision: RenewalDecision;
}

/** Judges a pair. */
export async function judgePair(
  { now, state, active }: Found,
  { issuer, identity, renewBefore, force, built }: RenewalRules & Built & {
    /** A person wants it renewed now. */
    readonly force: boolean;
  },
): Promise<Judgement> {
  const clock = judgeClock(now, state, { built });
  const life = await lifeOf(
    active.condition === "sound" ? active.loaded.leaf : undefined,
    renewBefore,
  );
  const isCritical = isCriticalAt(now, life);
  const { renewalTime } = life;
  const situation = { issuer, identity, now, state, clock, active, renewalTime, isCritical, force };
  return { clock, life, decision: decideRenewal(situation) };
}

/** Judges a pair that was found. */
export type Judge = (found: Found) => Promise<Judgement>;

/** A judge by the rules of a pair, for those who only look. */
export function judgeBy(rules: RenewalRules): Judge {
  return (found) => judgePair(found, { ...rules, force: false });
}
