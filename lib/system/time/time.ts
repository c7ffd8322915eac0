/** Times as files and output write them, and lengths of time in milliseconds. */

// Written out: the bundler keeps a product in every file, even if it is unused.

/** A second, in milliseconds. */
export const second = 1000;

/** A minute, in milliseconds. */
export const minute = 60_000;

/** An hour, in milliseconds. */
export const hour = 3_600_000;

/** A day, in milliseconds. */
export const day = 86_400_000;

/** Formats a time for files and output: RFC 3339, UTC, to the second (`2027-02-09T00:00:00Z`). */
export function formatTime(time: Date): string {
  // Always with three digits of a second (ECMA-262 21.4.1.32).
  return time.toISOString().slice(0, -".000Z".length) + "Z";
}

const form = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

/** Whether a text has that form and is a time that exists. */
export function isTime(written: string): boolean {
  // Days up to the 28th exist in every month. Dates take a microsecond each, and an index has many.
  return form.test(written) &&
    (written.slice(8, 10) <= "28" || formatTime(new Date(written)) === written);
}
