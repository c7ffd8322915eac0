/** Text on a terminal: escaping, layout, durations. */
import assert from "node:assert/strict";
import { parseDuration } from "../../lib/cli/declaration/flags.ts";
import { formatTime } from "../../lib/system/time/time.ts";
import { counted, fields, lengthText, timeAhead, visible, wrap } from "../../lib/cli/text.ts";

Deno.test("visible() escapes everything that could change the display of a terminal", () => {
  assert.equal(
    visible("a\x1b[2Jb\nc\x9bd\u202ee\u2028f\x7f"),
    "a\\x1b[2Jb\\x0ac\\x9bd\\u202ee\\u2028f\\x7f",
  );
  assert.equal(visible("\ud800"), "\ufffd");
  assert.equal(visible("Mu\u0308ller"), "Mu\u0308ller");
});

Deno.test("visible() does not escape twice", () => {
  assert.equal(visible(visible("a\x1bb")), visible("a\x1bb"));
});

Deno.test("formatTime() writes RFC 3339 in UTC, to the second", () => {
  assert.equal(formatTime(new Date("2026-11-19T01:02:03.999Z")), "2026-11-19T01:02:03Z");
});

Deno.test("wrap() breaks at spaces and does not break long words", () => {
  assert.deepEqual(wrap("aa bb cc", 5), ["aa bb", "cc"]);
  assert.deepEqual(wrap("aaaaaaaa b", 3), ["aaaaaaaa", "b"]);
  assert.deepEqual(wrap("", 5), []);
});

Deno.test("fields() aligns values and escapes them", () => {
  assert.deepEqual(fields([["A", "1\n"], ["Long", "2"]]), ["  A:     1\\x0a", "  Long:  2"]);
});

Deno.test("parseDuration() reads durations and nothing else", () => {
  assert.equal(parseDuration("500ms"), 500);
  assert.equal(parseDuration("10s"), 10_000);
  assert.equal(parseDuration("2m"), 120_000);
  assert.equal(parseDuration("12h"), 43_200_000);
  assert.equal(parseDuration("30d"), 2_592_000_000);
  for (const text of ["", "10", "s", "-1s", "1.5s", "1e3s", "10 s", "10S", "9999999999s"]) {
    assert.throws(() => parseDuration(text), `'${text}' was read`);
  }
});

Deno.test("counted() uses the singular only for one", () => {
  assert.deepEqual([0, 1, 2].map((count) => counted(count, "time")), [
    "0 times",
    "1 time",
    "2 times",
  ]);
});

for (
  const [seconds, text] of [
    [0, "0 seconds"],
    [1, "1 second"],
    [59.9, "59 seconds"],
    [60, "1 minute"],
    [119, "119 seconds"],
    [121, "2 minutes"],
    [59 * 60, "59 minutes"],
    [3600, "1 hour"],
    [119 * 60, "119 minutes"],
    [7201, "2 hours"],
    [86_400, "1 day"],
    [47 * 3600, "47 hours"],
    [61.9 * 86_400, "61 days"],
  ] as const
) {
  Deno.test(`lengthText() writes ${seconds} s as ${text}: never zero of a unit, never a wrong plural`, () => {
    assert.equal(lengthText(seconds * 1000), text);
  });
}

Deno.test("timeAhead() adds the remaining time to a future time, and nothing to a past one", () => {
  const now = new Date("2026-06-01T12:00:00Z");
  const later = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);
  assert.equal(timeAhead(later(90), now), "2026-06-01T13:30:00Z, in 90 minutes");
  assert.equal(timeAhead(later(-1), now), "2026-06-01T11:59:00Z");
});
