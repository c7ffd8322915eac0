/** Devices that enrol, renew and are revoked: the short form of `deno task soak`. */
import assert from "node:assert/strict";
import { soak } from "../support/soak.ts";

Deno.test("forty devices enrol, renew and are revoked without a wrong answer", async () => {
  const { enrolments, renewals, revocations } = await soak({ seconds: 0, devices: 40 });
  assert.ok(enrolments >= 40 && renewals >= 38, `${enrolments} ${renewals}`);
  assert.ok(revocations >= 1);
});
