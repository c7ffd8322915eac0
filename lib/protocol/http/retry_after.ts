/** Reads Retry-After and the dates of HTTP (RFC 9110 10.2.3, 5.6.7). */

/** In milliseconds. */
const second = 1000;

/**
 * How long a server asks to wait.
 *
 * @param value the value of Retry-After: seconds, or a date in one of the three forms of HTTP.
 * @param now the time at which the answer arrived.
 * @returns milliseconds, at least 0; `undefined` if the value cannot be read.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseRetryAfter } from "./mod.ts";
 *
 * const now = new Date("2026-06-01T12:00:00Z");
 * assert.equal(parseRetryAfter("120", now), 120_000);
 * assert.equal(parseRetryAfter("Mon, 01 Jun 2026 12:00:30 GMT", now), 30_000);
 * ```
 */
export function parseRetryAfter(value: string, now: Date): number | undefined {
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * second;
  const date = parseHttpDate(text, now);
  return date && Math.max(0, date.getTime() - now.getTime());
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The three forms of RFC 9110 5.6.7, all of which a recipient has to accept. The weekday is not checked. */
const forms = [
  // IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT
  /^[A-Z][a-z]{2}, (?<day>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  // RFC 850: Sunday, 06-Nov-94 08:49:37 GMT
  /^[A-Z][a-z]{5,8}, (?<day>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  // asctime: Sun Nov  6 08:49:37 1994
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
] as const;

/** The longest of them has 33 characters. */
const dateLimit = 40;

/**
 * Reads a date of HTTP.
 *
 * @param now decides the century of a year with two digits: at most 50 years ahead (RFC 9110 5.6.7).
 * @returns `undefined` if it is not such a date, or does not exist.
 */
export function parseHttpDate(text: string, now: Date): Date | undefined {
  if (text.length > dateLimit) return undefined;
  for (const form of forms) {
    const fields = form.exec(text)?.groups;
    if (fields === undefined) continue;
    const month = months.indexOf(fields["month"] ?? "");
    const day = Number(fields["day"]);
    const year = fullYear(fields["year"] ?? "", now);
    const [hour = 0, minute = 0, seconds = 0] = (fields["time"] ?? "").split(":").map(Number);
    // A leap second, 60, is allowed; Date counts on.
    if (month < 0 || hour > 23 || minute > 59 || seconds > 60) return undefined;
    const date = new Date(0);
    date.setUTCFullYear(year, month, day);
    if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return undefined;
    date.setUTCHours(hour, minute, seconds);
    return date;
  }
  return undefined;
}

function fullYear(digits: string, now: Date): number {
  const year = Number(digits);
  if (digits.length !== 2) return year;
  const current = now.getUTCFullYear();
  const sameCentury = current - current % 100 + year;
  return sameCentury > current + 50 ? sameCentury - 100 : sameCentury;
}
