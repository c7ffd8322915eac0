/** The check that most runs under cron end with: there is nothing to do, or a full rotation follows. */
import assert from "node:assert/strict";
import { lookForRest } from "../../../lib/device/rotation/look.ts";
import type { RotationResult } from "../../../lib/device/rotation/mod.ts";
import { day, ended, rotatedWorld, type RotationWorld } from "../../support/rotation_world.ts";
import { mountedWorld } from "../../support/mounted_world.ts";

const statePath = "/tls/.certswap/cert.pem.state";

async function look(world: RotationWorld, force = false): Promise<RotationResult | undefined> {
  const { disk } = world.files;
  const result = await lookForRest(world.system, world.configuration, { force });
  assert.equal(world.files.disk, disk, "it only reads");
  return result;
}

Deno.test("lookForRest() returns the same result as a full rotation for a pair that is not due", async () => {
  const world = await rotatedWorld();
  const result = await look(world);
  assert.ok(result !== undefined);
  // Each has resolved the pair itself.
  const { pair, ...said } = result;
  const { pair: resolved, ...rotated } = await world.rotate();
  assert.deepEqual(said, rotated);
  assert.deepEqual(pair?.active, resolved?.active);
});

Deno.test("lookForRest() returns undefined for a pair that is due, missing, broken or forced", async () => {
  const world = await rotatedWorld();
  assert.equal(await look(world, true), undefined);
  world.pass(80 * day);
  assert.equal(await look(world), undefined);
  for (const path of ["/tls/key.pem", "/tls/cert.pem"]) {
    const broken = await rotatedWorld();
    broken.files.unlink(path);
    assert.equal(await look(broken), undefined, path);
  }
});

Deno.test("lookForRest() returns undefined after a crash", async () => {
  const world = await rotatedWorld();
  world.write("/tls/.key.pem.certswap.tmp", "half");
  assert.equal(await look(world), undefined);
});

Deno.test("lookForRest() returns undefined if a hook is pending", async () => {
  const world = await rotatedWorld();
  world.served = undefined;
  world.hook = () => ended(1);
  await world.rotate({ force: true });
  assert.notEqual(world.state.owed, undefined);
  assert.equal(await look(world), undefined);
});

Deno.test("lookForRest() returns undefined for an unreadable state, which has to be reported", async () => {
  const world = await rotatedWorld();
  world.write(statePath, "{");
  assert.equal(await look(world), undefined);
});

Deno.test("lookForRest() returns undefined if the time has to be recorded", async () => {
  const world = await rotatedWorld();
  world.pass(2 * day);
  assert.equal(await look(world), undefined);
});

Deno.test("lookForRest() returns undefined for a pair that may not be mounted", async () => {
  const world = await mountedWorld();
  assert.notEqual(await look(world), undefined);
  world.unmount();
  assert.equal(await look(world), undefined);
});
