/** The urgency of a pair over its lifetime. */
import assert from "node:assert/strict";
import { isFailing, type Urgency, urgencyOf } from "../../../../lib/device/rotation/mod.ts";
import { day, hour } from "../../../../lib/system/mod.ts";

const notBefore = new Date("2030-01-01T00:00:00Z");
const notAfter = new Date("2030-01-31T00:00:00Z");
const renewalTime = new Date("2030-01-21T00:00:00Z");

function at(daysAfterDue: number, failing: boolean): Urgency {
  const now = new Date(renewalTime.getTime() + daysAfterDue * day);
  return urgencyOf({ notBefore, notAfter, renewalTime, now, failing });
}

Deno.test("urgencyOf() grows with the renewal window for a pair that fails", () => {
  const days = [0, 4.9, 5, 7.4, 7.5, 10, 10.1];
  assert.deepEqual(days.map((days) => at(days, true)), [
    "notice",
    "notice",
    "warning",
    "warning",
    "critical",
    "critical",
    "critical",
  ]);
});

Deno.test("urgencyOf() grows while a service may still use the previous pair", () => {
  const owedSince = new Date("2030-01-02T00:00:00Z");
  const after = (days: number): Urgency => {
    const now = new Date(owedSince.getTime() + days * day);
    return urgencyOf({ notBefore, notAfter, renewalTime, now, failing: true, owedSince });
  };
  assert.deepEqual([0, 4.9, 5, 7.4, 7.5, 12].map(after), [
    "notice",
    "notice",
    "warning",
    "warning",
    "critical",
    "critical",
  ]);
});

Deno.test("urgencyOf() is healthy until a pair that does not fail has been due for a day", () => {
  const days = [-5, 0, 0.9, 1, 5, 7.5, 11];
  assert.deepEqual(days.map((days) => at(days, false)), [
    "healthy",
    "healthy",
    "healthy",
    "notice",
    "warning",
    "critical",
    "critical",
  ]);
});

Deno.test("urgencyOf() allows a short-lived certificate a delay of an eighth of its window", () => {
  const renewalTime = new Date(notBefore.getTime() + 40 * hour / 60);
  const life = { notBefore, notAfter: new Date(notBefore.getTime() + hour), renewalTime };
  const after = (minutes: number): Urgency =>
    urgencyOf({
      ...life,
      now: new Date(renewalTime.getTime() + minutes * hour / 60),
      failing: false,
    });
  assert.deepEqual([2, 3, 10, 15].map(after), ["healthy", "notice", "warning", "critical"]);
});

Deno.test("urgencyOf() is notice for a failure before the pair is due", () => {
  assert.equal(at(-5, true), "notice");
});

Deno.test("urgencyOf() is critical without a usable pair, even if certswap does not renew it", () => {
  const now = renewalTime;
  assert.equal(urgencyOf({ now, failing: false }), "critical");
  assert.equal(urgencyOf({ notBefore, notAfter, now, failing: false }), "healthy");
  const later = new Date(notAfter.getTime() + 1000);
  assert.equal(urgencyOf({ notBefore, notAfter, now: later, failing: false }), "critical");
});

Deno.test("isFailing() is true only for something that is still to be done", () => {
  const lastFailure = { at: renewalTime, code: "issuer-failed" };
  const renewal = { attempts: 1, lastAttempt: renewalTime, nextAttempt: notAfter };
  const owed = { hook: true, probe: false, since: renewalTime };
  assert.equal(isFailing({ lastFailure, renewal, other: {} }), true);
  assert.equal(isFailing({ lastFailure, owed, other: {} }), true);
  assert.equal(isFailing({ lastFailure, other: {} }), false);
  assert.equal(isFailing({ renewal, owed, other: {} }), false);
});
