import assert from "node:assert/strict";
import { liveYear, liveYears } from "./year.ts";

Deno.test("a device always has a pair if it can, in years of failures of every kind", async () => {
  const { years, ...total } = await liveYears(60);
  console.log(`lived ${years} device-years: ${JSON.stringify(total)}, no violation`);
  // A year without failures would prove nothing.
  assert.ok(total.powerCuts > years && total.kills > years, "too few accidents");
  assert.ok(total.issued > 5 * years && total.reloads > 5 * years, "too few rotations");
  assert.ok(total.restored > 0 && total.without > 0, "nothing was difficult");
  assert.ok(total.corrected > years && total.leapsNoticed > years, "few clocks were wrong");
  assert.ok(total.withoutDisk > years, "disks were rarely missing");
  assert.ok(total.previousGone > 0, "no previous pair was kept for its time");
});

Deno.test("a seed replays its year step by step", async () => {
  assert.deepEqual(await liveYear(7), await liveYear(7));
});
