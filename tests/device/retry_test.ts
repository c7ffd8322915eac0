import assert from "node:assert/strict";
import { backoff } from "../../lib/device/retry.ts";
import { day, hour } from "../../lib/system/mod.ts";

Deno.test("backoff() doubles from a quarter of an hour to eight hours", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 50].map((attempts) =>
    backoff({ attempts, period: 30 * day, place: 0, isCritical: false }) / hour
  );
  assert.deepEqual(waits, [0.25, 0.5, 1, 2, 4, 8, 8, 8]);
});

Deno.test("backoff() allows many attempts for a short-lived certificate", () => {
  const period = 8 * hour;
  let spent = 0;
  let attempts = 0;
  while (spent < period) {
    spent += backoff({ attempts: ++attempts, period, place: 0, isCritical: true });
  }
  assert.ok(attempts >= 8, `${attempts}`);
});

Deno.test("backoff() differs by the place in the fleet, and the place never makes it longer", () => {
  const [first, last] = [0, 0.999].map((place) =>
    backoff({ attempts: 9, period: 30 * day, place, isCritical: false })
  );
  assert.equal(first, 8 * hour);
  assert.ok(last !== undefined && last < 8 * hour && last > 0.7 * 8 * hour);
});

Deno.test("backoff() is less than an hour for a critical pair, regardless of earlier failures", () => {
  for (const period of [30 * day, undefined]) {
    for (const attempts of [1, 3, 24, 25, 10_000]) {
      const wait = backoff({ attempts, period, place: 0, isCritical: true });
      assert.ok(wait < hour, `${attempts}: ${wait / hour}`);
    }
  }
});
