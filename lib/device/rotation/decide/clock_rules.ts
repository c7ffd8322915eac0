/** Judges the device's clock. Many devices have no clock that survives a power cut, and start in 1970. */
import { day, minute } from "../../../system/mod.ts";
import { type Course, type PairState, withTimeSeen } from "../../pair/mod.ts";
import { coursesWith, provenCourse } from "./course.ts";

/** No certswap existed before this date. */
const firstDate = new Date(Date.UTC(2026, 0));

/** What is known about this executable. */
export interface Built {
  /** When it was built: a clock before that is wrong. `undefined`: it runs from its sources. */
  readonly built?: Date | undefined;
}

/** A clock may go back by less than this, in milliseconds, when it is set. */
const tolerance = day;

/** A jump ahead of the latest time by more than this, in milliseconds, has to be confirmed. */
const farAhead = 30 * day;

/**
 * How long a jump ahead must last before it is believed, in milliseconds. A clock that is set soon after the
 * start has been set by then.
 */
const secondLook = 10 * minute;

/** How often the state is written only to record the time, in milliseconds. Flash memory wears out. */
const noteInterval = day;

/**
 * - `behind`: the clock is before a time that an earlier run has seen
 * - `ahead`: it jumped ahead, and no later run has confirmed it. Either the device was off for months, or
 *   the clock is wrong
 */
export type ClockVerdict = "plausible" | "behind" | "ahead";

/** Judges the clock by the times that earlier runs have recorded. */
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

/** Whether the clock is certainly behind: it is before the date of this executable. */
export function isBeforeBuild(now: Date, { built = firstDate }: Built): boolean {
  return now < firstDate || now < built;
}

/** Whether an earlier run has seen the clock at about this time, after a jump ahead. */
function isSuspected(now: Date, suspectTime: Date | undefined): suspectTime is Date {
  const since = suspectTime === undefined ? -1 : now.getTime() - suspectTime.getTime();
  return since >= 0 && since <= farAhead;
}

/** The state of a run at this time, with what the clock shows recorded. */
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

/**
 * The state of a run before the latest time. If the clock has advanced there for days, the latest time was
 * wrong.
 */
function withTimeBehind(state: PairState, now: Date): PairState {
  const known = state.courses ?? [];
  const courses = coursesWith(known, now);
  if (courses === known) return state;
  const proven = provenCourse(courses);
  return proven === undefined ? { ...state, courses } : corrected(state, proven);
}

/**
 * Corrects a latest time that was wrong. Times after the right one were recorded by the wrong clock. They
 * are set to the right one, so that periods counted from them end.
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

/** Whether a run that has nothing else to write should record the time. */
export function isTimeWorthNoting(state: PairState, now: Date, built?: Built): boolean {
  if (judgeClock(now, state, built) !== "plausible") return withNow(state, now, built) !== state;
  const { latestTime, suspectTime } = state;
  return suspectTime !== undefined || latestTime === undefined ||
    now.getTime() - latestTime.getTime() >= noteInterval;
}
