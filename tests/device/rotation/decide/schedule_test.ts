import assert from "node:assert/strict";
import {
  placeOf,
  renewalPeriod,
  renewalTime,
} from "../../../../lib/device/rotation/decide/schedule.ts";
import { encodeDistinguishedName } from "../../../../lib/x509/name/distinguished_name.ts";
import { encodeEachAlternativeName } from "../../../../lib/x509/name/alternative_names.ts";
import { readIdentity } from "../../../../lib/x509/mod.ts";
import { day } from "../../../support/rotation_world.ts";

const notBefore = new Date("2030-01-01T00:00:00Z");
const lasting = (life: number): { notBefore: Date; notAfter: Date } => ({
  notBefore,
  notAfter: new Date(notBefore.getTime() + life),
});
const third = { kind: "share", share: 1 / 3 } as const;
const thirtyDays = { kind: "time", milliseconds: 30 * day } as const;

function placeOfDevice(number: number): Promise<number> {
  return placeOf(readIdentity({
    subject: encodeDistinguishedName(`CN=device-${number}`),
    alternativeNames: encodeEachAlternativeName([`DNS:device-${number}.example`]),
  }));
}

Deno.test("renewalTime() is in the first quarter of the renewal period, depending on the place", () => {
  const daysBeforeEnd = (place: number): number =>
    (notBefore.getTime() + 90 * day -
      renewalTime(lasting(90 * day), { renewBefore: third, place }).getTime()) / day;
  assert.equal(Math.round(daysBeforeEnd(0)), 30);
  assert.equal(Math.round(daysBeforeEnd(0.5) * 100), 2625);
  assert.ok(daysBeforeEnd(0.999999) > 22.5);
});

Deno.test("renewalPeriod() uses a fixed length of time, unless the lifetime is shorter", () => {
  assert.equal(renewalPeriod(lasting(90 * day), thirtyDays), 30 * day);
  const short = renewalPeriod(lasting(day), thirtyDays);
  assert.ok(short < day, "otherwise it would be renewed at every run");
});

Deno.test("placeOf() is the same each time, and differs for another identity", async () => {
  assert.equal(await placeOfDevice(1), await placeOfDevice(1));
  assert.notEqual(await placeOfDevice(1), await placeOfDevice(2));
});

Deno.test("placeOf() spreads a fleet evenly", async () => {
  const tenths = new Array<number>(10).fill(0);
  const fleet = 2000;
  for (let number = 0; number < fleet; number++) {
    const place = await placeOfDevice(number);
    assert.ok(place >= 0 && place < 1);
    const tenth = Math.floor(place * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  // Five standard deviations of a binomial distribution.
  for (const count of tenths) assert.ok(Math.abs(count - 200) < 5 * Math.sqrt(180), tenths.join());
});
