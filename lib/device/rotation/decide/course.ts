/** How a clock that goes on steadily, below a latest time that was wrong, is believed again. */
import { day, hour } from "../../../system/mod.ts";
import type { Course } from "../../pair/state.ts";

/**
 * The least between two steps of a course, in milliseconds: somewhat less than a day, so that a daily run always
 * makes one, and the state is written once a day at most.
 */
const shortestStep = 20 * hour;

/** The most, in milliseconds: a weekly run makes steps, and a clock that leaps makes none. */
const longestStep = 8 * day;

/** A clock that goes back by less, in milliseconds, was set right, or lost the time since it was last saved. */
const tolerance = day;

/**
 * How many steps a clock makes before it is believed. A clock that begins at one fixed time with each start has to
 * run for that many steps without a power cut, and one that leaps about has to hit the same course again and again.
 */
const stepsToBelieve = 10;

/**
 * How many courses are followed side by side: that of the right clock, and of the time at which each start of the
 * device finds it before it has been set.
 */
const coursesAtOnce = 3;

/**
 * The courses after a run has found the clock at `now`: it goes on with one of them, begins one anew, or begins
 * another.
 *
 * @returns `courses` itself if there is nothing worth writing down.
 */
export function coursesWith(courses: readonly Course[], now: Date): readonly Course[] {
  const followed = courses.find((course) => isOn(course, now));
  if (followed === undefined) return [begun(now), ...courses].slice(0, coursesAtOnce);
  const since = now.getTime() - followed.to.getTime();
  if (since >= -tolerance && since < shortestStep) return courses;
  const next = since < 0 ? begun(now) : { ...followed, to: now, steps: followed.steps + 1 };
  return [next, ...courses.filter((course) => course !== followed)];
}

/** The course that has gone on for long enough to be the right time. */
export function provenCourse(courses: readonly Course[]): Course | undefined {
  return courses.find(({ steps }) => steps >= stepsToBelieve);
}

const begun = (now: Date): Course => ({ from: now, to: now, steps: 0 });

/** Whether a clock at `now` may have come that way. */
function isOn({ from, to }: Course, now: Date): boolean {
  return now.getTime() - from.getTime() >= -tolerance &&
    now.getTime() - to.getTime() <= longestStep;
}
