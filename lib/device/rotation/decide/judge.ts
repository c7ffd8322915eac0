/** Judges a pair: its clock, its lifetime, and whether it is renewed. Reads nothing. */
import type { ActivePair, PairState } from "../../pair/mod.ts";
import { type Built, type ClockVerdict, judgeClock } from "./clock_rules.ts";
import { decideRenewal, type RenewalDecision, type RenewalRules } from "./decision.ts";
import { isCriticalAt, type Life, lifeOf } from "./schedule.ts";

/** A pair as it was read from the disk. */
interface Found {
  readonly now: Date;
  readonly state: PairState;
  readonly active: ActivePair;
}

/** The result of judging a pair. */
export interface Judgement {
  readonly clock: ClockVerdict;
  readonly life: Life;
  readonly decision: RenewalDecision;
}

/** Judges a pair. */
export async function judgePair(
  { now, state, active }: Found,
  { issuer, identity, renewBefore, force, built }: RenewalRules & Built & {
    /** Renew now, regardless of the schedule. */
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

/** Judges a pair that was read from the disk. */
export type Judge = (found: Found) => Promise<Judgement>;

/** A judge by the rules of a pair, for commands that only read. */
export function judgeBy(rules: RenewalRules): Judge {
  return (found) => judgePair(found, { ...rules, force: false });
}
