import assert from "node:assert/strict";
import { liveYear, liveYears } from "./year.ts";

Deno.test("a device never lacks a pair that it could have, whatever happens in its years", async () => {
  const { years, ...total } = await liveYears(60);
  console.log(`lived ${years} device-years: ${JSON.stringify(total)}, no violation`);
  // A year in which nothing happens proves nothing.
  assert.ok(total.powerCuts > years && total.kills > years, "too few accidents");
  assert.ok(total.issued > 5 * years && total.reloads > 5 * years, "too few rotations");
  assert.ok(total.restored > 0 && total.without > 0, "nothing was difficult");
  assert.ok(total.corrected > years && total.leapsNoticed > years, "few clocks were wrong");
  assert.ok(total.withoutDisk > years, "hardly a disk was ever missing");
  assert.ok(total.previousGone > 0, "no previous pair was kept for its time");
});

Deno.test("a year is lived again by its seed, step by step", async () => {
  assert.deepEqual(await liveYear(7), await liveYear(7));
});
