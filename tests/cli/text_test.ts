/** Text on a terminal: escapes, layout, lengths of time. */
import assert from "node:assert/strict";
import { parseDuration } from "../../lib/cli/declaration/flags.ts";
import { formatTime } from "../../lib/system/time.ts";
import { fields, visible, wrap } from "../../lib/cli/text.ts";

Deno.test("visible() escapes whatever could change what a terminal shows", () => {
  assert.equal(
    visible("a\x1b[2Jb\nc\x9bd\u202ee\u2028f\x7f"),
    "a\\x1b[2Jb\\x0ac\\x9bd\\u202ee\\u2028f\\x7f",
  );
  assert.equal(visible("\ud800"), "\ufffd");
  assert.equal(visible("Mu\u0308ller"), "Mu\u0308ller");
});

Deno.test("visible() leaves alone what it has escaped already", () => {
  assert.equal(visible(visible("a\x1bb")), visible("a\x1bb"));
});

Deno.test("formatTime() writes RFC 3339 in UTC, to the second", () => {
  assert.equal(formatTime(new Date("2026-11-19T01:02:03.999Z")), "2026-11-19T01:02:03Z");
});

Deno.test("wrap() breaks at spaces, and leaves a long word alone", () => {
  assert.deepEqual(wrap("aa bb cc", 5), ["aa bb", "cc"]);
  assert.deepEqual(wrap("aaaaaaaa b", 3), ["aaaaaaaa", "b"]);
  assert.deepEqual(wrap("", 5), []);
});

Deno.test("fields() aligns values and escapes them", () => {
  assert.deepEqual(fields([["A", "1\n"], ["Long", "2"]]), ["  A:     1\\x0a", "  Long:  2"]);
});

Deno.test("parseDuration() reads lengths of time, and nothing else", () => {
  assert.equal(parseDuration("500ms"), 500);
  assert.equal(parseDuration("10s"), 10_000);
  assert.equal(parseDuration("2m"), 120_000);
  assert.equal(parseDuration("12h"), 43_200_000);
  assert.equal(parseDuration("30d"), 2_592_000_000);
  for (const text of ["", "10", "s", "-1s", "1.5s", "1e3s", "10 s", "10S", "9999999999s"]) {
    assert.throws(() => parseDuration(text), `'${text}' was read`);
  }
});
