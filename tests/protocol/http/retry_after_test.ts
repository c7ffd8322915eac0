import assert from "node:assert/strict";
import { parseHttpDate, parseMediaType, parseRetryAfter } from "../../../lib/protocol/http/mod.ts";
import fc from "../../support/properties.ts";

const now = new Date("2026-06-01T12:00:00Z");

for (
  const [value, expected] of [
    ["0", 0],
    [" 120 ", 120_000],
    ["999999999", 999_999_999_000],
    ["Mon, 01 Jun 2026 12:01:00 GMT", 60_000],
    ["Monday, 01-Jun-26 12:01:00 GMT", 60_000],
    ["Mon Jun  1 12:01:00 2026", 60_000],
    ["Sun, 31 May 2026 12:00:00 GMT", 0],
    ["Mon, 01 Jun 2026 11:59:60 GMT", 0],
    ["", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["1e3", undefined],
    ["9999999999", undefined],
    ["soon", undefined],
    ["2026-06-01T12:01:00Z", undefined],
    ["Mon, 31 Feb 2026 12:01:00 GMT", undefined],
    ["Mon, 01 Xxx 2026 12:01:00 GMT", undefined],
    ["Mon, 01 Jun 2026 24:00:00 GMT", undefined],
    ["Mon, 01 Jun 2026 12:01:00 CEST", undefined],
    ["Mon, 00 Jun 2026 12:01:00 GMT", undefined],
  ] as const
) {
  Deno.test(`parseRetryAfter() reads '${value}' as ${expected}`, () => {
    assert.equal(parseRetryAfter(value, now), expected);
  });
}

Deno.test("parseHttpDate() reads every date that toUTCString() writes", () => {
  fc.assert(fc.property(
    fc.integer({ min: 0, max: 253_402_300_799 }),
    (seconds) => {
      const date = new Date(seconds * 1000);
      assert.deepEqual(parseHttpDate(date.toUTCString(), now), date);
    },
  ));
});

Deno.test("parseHttpDate() puts a year of two digits at most 50 years ahead", () => {
  const year = (digits: string): number | undefined =>
    parseHttpDate(`Sunday, 06-Nov-${digits} 08:49:37 GMT`, now)?.getUTCFullYear();
  assert.equal(year("94"), 1994);
  assert.equal(year("26"), 2026);
  assert.equal(year("76"), 2076);
  assert.equal(year("77"), 1977);
});

for (
  const [value, type, smimeType] of [
    ["application/pkcs7-mime", "application/pkcs7-mime", undefined],
    ["Application/PKCS7-MIME ; smime-type=certs-only", "application/pkcs7-mime", "certs-only"],
    ['application/pkcs7-mime;SMIME-Type="certs-only"; x', "application/pkcs7-mime", "certs-only"],
    ["text/html; charset=utf-8", "text/html", undefined],
    ["text", undefined, undefined],
    ["", undefined, undefined],
    ["a b/c", undefined, undefined],
    [`a/${"b".repeat(2000)}`, undefined, undefined],
  ] as const
) {
  Deno.test(`parseMediaType() reads '${value.slice(0, 60)}'`, () => {
    const found = parseMediaType(value);
    assert.equal(found?.type, type);
    assert.equal(found?.parameters.get("smime-type"), smimeType);
  });
}
