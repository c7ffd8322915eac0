import assert from "node:assert/strict";
import { liveEstYears } from "./est_year.ts";

Deno.test("a device follows its EST server through a year of failures, and to a new root", async () => {
  const { issued, kills, powerCuts, troubled } = await liveEstYears(1);
  assert.ok(issued > 4, `only ${issued} certificates`);
  assert.ok(kills > 0 && powerCuts > 0, "too few accidents");
  assert.ok(troubled > 10, "the server was hardly in trouble");
});
