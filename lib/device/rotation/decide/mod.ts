/** Decides what a rotation does: the clock, the schedule, whether a pair is due. */
export {
  type Built,
  type ClockVerdict,
  isBeforeBuild,
  isTimeWorthNoting,
  judgeClock,
  withNow,
} from "./clock_rules.ts";
export * from "./decision.ts";
export { type Judge, judgeBy, type Judgement, judgePair } from "./judge.ts";
export { isCriticalAt, type Life, lifeOf, renewalTimeOf, waitsAfterFailure } from "./schedule.ts";
export { graceOf, isFailing, type Urgency, urgencyOf } from "./urgency.ts";
export { wantedFields, wantedIdentity } from "./wanted.ts";
