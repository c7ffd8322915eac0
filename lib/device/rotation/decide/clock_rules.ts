/** What is made of the clock: many devices have none that survives a power cut, and wake up in 1970. */
import { day, minute } from "../../../system/mod.ts";
import { type Course, type PairState, withTimeSeen } from "../../pair/mod.ts";
import { coursesWith, provenCourse } from "./course.ts";

/** Before this there was no certswap. */
const firstDate = new Date("2026-01-01T00:00:00Z");

/** What is known of this certswap itself. */
export interface Built {
  /** When it was built: a clock that stands before that is wrong. Left out: it runs from its sources. */
  readonly built?: Date | undefined;
}

/** A clock that is set right goes back a little, and that is nothing to be careful about. */
const tolerance = day;

/** What is further ahead of the latest time seen, in milliseconds, is not believed at once. */
const farAhead = 30 * day;

/**
 * How long a leap has to last before it is believed, in milliseconds: a clock that is set soon after the
 * start has been set by then.
 */
const secondLook = 10 * minute;

/** How often the state is written for the time alone, in milliseconds: flash wears. */
const noteInterval = day;

/**
 * - `behind`: it stands before a time at which it has been
 * - `ahead`: it has leapt, and no later run has seen it there. Either the device was off for months, or the
 *   clock is wrong
 */
export type ClockVerdict = "plausible" | "behind" | "ahead";

/** How far the clock can be trusted, by what earlier runs have seen. */
export function judgeClock(
  now: Date,
  { latestTime, suspectTime }: PairState,
  built: Built = {},
): ClockVerdict {
  if (isBeforeBuild(now, built)) return "behind";
  if (latestTime === undefined) return "plausible";
  const since = now.getTime() - latestTime.getTime();
  if (since < -tolerance) return "behind";
  if (since <= farAhead) return "plausible";
  return isSuspected(now, suspectTime) && now.getTime() - suspectTime.getTime() >= secondLook
    ? "plausible"
    : "ahead";
}

/** Whether it is certain that the clock is behind: there was no such certswap then. */
export function isBeforeBuild(now: Date, { built = firstDate }: Built): boolean {
  return now < firstDate || now < built;
}

/** Whether an earlier look has found the clock where it is now. */
function isSuspected(now: Date, suspectTime: Date | undefined): suspectTime is Date {
  const since = suspectTime === undefined ? -1 : now.getTime() - suspectTime.getTime();
  return since >= 0 && since <= farAhead;
}

/** The state of a run at this time, whatever it makes of that. */
export function withNow(state: PairState, now: Date, built: Built = {}): PairState {
  switch (judgeClock(now, state, built)) {
    case "plausible":
      return withTimeSeen(state, now);
    case "ahead":
      return isSuspected(now, state.suspectTime) ? state : { ...state, suspectTime: now };
    case "behind":
      return isBeforeBuild(now, built) ? state : withTimeBehind(state, now);
  }
}

/** The state of a run before the latest time. If the clock went on there for days, that time was wrong. */
function withTimeBehind(state: PairState, now: Date): PairState {
  const known = state.courses ?? [];
  const courses = coursesWith(known, now);
  if (courses === known) return state;
  const proven = provenCourse(courses);
  return proven === undefined ? { ...state, courses } : corrected(state, proven);
}

/**
 * Corrects a latest time that was wrong. Times after the right one were written by the wrong clock. They are
 * set to the right one, so that whatever is counted from them ends.
 */
function corrected(state: PairState, { to: now }: Course): PairState {
  const { suspectTime: _suspect, courses: _courses, told: _told, ...rest } = state;
  const { lastChange, lastSuccess, lastFailure, owed, kept } = rest;
  const atMost = (time: Date): Date => time > now ? now : time;
  return {
    ...rest,
    ...(lastChange && { lastChange: { ...lastChange, at: atMost(lastChange.at) } }),
    ...(lastSuccess && { lastSuccess: atMost(lastSuccess) }),
    ...(lastFailure && {
      lastFailure: {
        ...lastFailure,
        at: atMost(lastFailure.at),
        ...(lastFailure.since && { since: atMost(lastFailure.since) }),
      },
    }),
    ...(owed && { owed: { ...owed, since: atMost(owed.since) } }),
    ...(kept && { kept: { ...kept, since: atMost(kept.since) } }),
    latestTime: now,
  };
}

/** Whether a run that has nothing else to write should write down the time. */
export function isTimeWorthNoting(state: PairState, now: Date, built?: Built): boolean {
  if (judgeClock(now, state, built) !== "plausible") return withNow(state, now, built) !== state;
  const { latestTime, suspectTime } = state;
  return suspectTime !== undefined || latestTime === undefined ||
    now.getTime() - latestTime.getTime() >= noteInterval;
}
