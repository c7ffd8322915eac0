import assert from "node:assert/strict";
import { fuzz } from "./fuzz.ts";

Deno.test("every parser answers 30,000 mutated inputs with a value or a typed error", async () => {
  const { counts } = await fuzz(30_000, 1);
  for (const [name, { tried, accepted }] of counts) {
    assert.ok(tried > 800, `${name}: ${tried} tried`);
    // If all inputs were refused immediately, the test would show nothing.
    assert.ok(accepted > tried / 20, `${name}: ${accepted} of ${tried} accepted`);
  }
});

Deno.test("fuzz() makes the same inputs from the same seeds", async () => {
  assert.deepEqual((await fuzz(200, 7)).counts, (await fuzz(200, 7)).counts);
});
