/** Reads lengths of time in flags and settings: `500ms`, `10s`, `2m`, `12h`, `30d`. */
import { day, hour, minute, second } from "./time.ts";

const unitMilliseconds = { ms: 1, s: second, m: minute, h: hour, d: day } as const;

/**
 * Reads a length of time: `500ms`, `10s`, `2m`, `12h` or `30d`.
 *
 * @returns milliseconds, `undefined` for anything else.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readDuration } from "./duration.ts";
 *
 * assert.equal(readDuration("90s"), 90_000);
 * assert.equal(readDuration("90"), undefined);
 * ```
 */
export function readDuration(text: string): number | undefined {
  const unit = text.endsWith("ms") ? "ms" : text.slice(-1);
  const number = text.slice(0, text.length - unit.length);
  const isNumber = number.length >= 1 && number.length <= mostDigits && isDigits(number);
  return isNumber && isUnit(unit) ? Number(number) * unitMilliseconds[unit] : undefined;
}

/** More than enough: 999,999,999 days are two million years. */
const mostDigits = 9;

// No regular expression: compiling one takes longer than all the reading, and every start reads a duration.
function isDigits(text: string): boolean {
  for (const character of text) {
    if (character < "0" || character > "9") return false;
  }
  return true;
}

function isUnit(text: string): text is keyof typeof unitMilliseconds {
  return Object.hasOwn(unitMilliseconds, text);
}

/** The longest validity that a CA may be asked for, in milliseconds. */
const validityLimits = { least: hour, most: 36_500 * day } as const;

/**
 * Reads the validity of a certificate, from `1h` to `36500d`. Certificates have no fractions of a second.
 *
 * @returns milliseconds, `undefined` for anything else.
 */
export function readValidity(text: string): number | undefined {
  const validity = readDuration(text);
  const isValidity = validity !== undefined && validity % second === 0 &&
    validity >= validityLimits.least && validity <= validityLimits.most;
  return isValidity ? validity : undefined;
}

/**
 * Writes a length of time as {@linkcode readDuration} reads it, in the largest unit that divides it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatDuration } from "./duration.ts";
 *
 * assert.equal(formatDuration(7_200_000), "2h");
 * assert.equal(formatDuration(5_400_000), "90m");
 * ```
 */
export function formatDuration(milliseconds: number): string {
  const units = Object.entries(unitMilliseconds).toReversed();
  const [unit, size] = units.find(([, size]) => milliseconds % size === 0) ?? ["ms", 1];
  return `${milliseconds / size}${unit}`;
}
