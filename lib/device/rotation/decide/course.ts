/** Decides when a clock that advances steadily before the latest time is believed: that time was wrong. */
import { day, hour } from "../../../system/mod.ts";
import type { Course } from "../../pair/mod.ts";

/**
 * The shortest step of a course, in milliseconds. A bit less than a day, so that a daily run always makes a
 * step; long enough that the state is written about once a day.
 */
const shortestStep = 20 * hour;

/** The longest step, in milliseconds. Weekly runs make steps; a clock that jumps makes none. */
const longestStep = 8 * day;

/** A clock that goes back by less than this, in milliseconds, was set or restored from a saved time. */
const tolerance = day;

/**
 * How many steps a clock makes before it is believed. A device whose clock starts at one fixed time has to
 * run for that long without a restart. A clock that jumps has to hit the same course again and again.
 */
const stepsToBelieve = 10;

/**
 * How many courses are followed side by side. One is the right time; another is the time at which the device
 * starts, before its clock is set.
 */
const coursesAtOnce = 3;

/**
 * The courses after a run at `now`: it continues a course, restarts one, or adds a new one.
 *
 * @returns `courses` itself if there is nothing worth recording.
 */
export function coursesWith(courses: readonly Course[], now: Date): readonly Course[] {
  const followed = courses.find((course) => isOn(course, now));
  if (followed === undefined) return [begun(now), ...courses].slice(0, coursesAtOnce);
  const since = now.getTime() - followed.to.getTime();
  if (since >= -tolerance && since < shortestStep) return courses;
  const next = since < 0 ? begun(now) : { ...followed, to: now, steps: followed.steps + 1 };
  return [next, ...courses.filter((course) => course !== followed)];
}

/** The course with enough steps to be the right time. */
export function provenCourse(courses: readonly Course[]): Course | undefined {
  return courses.find(({ steps }) => steps >= stepsToBelieve);
}

const begun = (now: Date): Course => ({ from: now, to: now, steps: 0 });

/** Whether a clock at `now` can be on this course. */
function isOn({ from, to }: Course, now: Date): boolean {
  return now.getTime() - from.getTime() >= -tolerance &&
    now.getTime() - to.getTime() <= longestStep;
}
