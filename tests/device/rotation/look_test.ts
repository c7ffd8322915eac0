/** The look that most of cron's runs end with: it finds nothing to do, or leaves the pair to the rest. */
import assert from "node:assert/strict";
import { lookForRest } from "../../../lib/device/rotation/look.ts";
import type { RotationResult } from "../../../lib/device/rotation/mod.ts";
import { day, ended, rotatedWorld, type RotationWorld } from "../../support/rotation_world.ts";
import { mountedWorld } from "../../support/mounted_world.ts";

const statePath = "/tls/.certswap/cert.pem.state";

async function look(world: RotationWorld, force = false): Promise<RotationResult | undefined> {
  const { disk } = world.files;
  const result = await lookForRest(world.system, world.configuration, { force });
  assert.equal(world.files.disk, disk, "it only looks");
  return result;
}

Deno.test("lookForRest() says of a pair that is not due what a whole rotation says", async () => {
  const world = await rotatedWorld();
  const result = await look(world);
  assert.ok(result !== undefined);
  // Each has resolved the pair itself.
  const { pair, ...said } = result;
  const { pair: resolved, ...rotated } = await world.rotate();
  assert.deepEqual(said, rotated);
  assert.deepEqual(pair?.active, resolved?.active);
});

Deno.test("lookForRest() leaves to the rest a pair that is due, missing, broken or forced", async () => {
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

Deno.test("lookForRest() leaves to the rest what a crash has left", async () => {
  const world = await rotatedWorld();
  world.write("/tls/.key.pem.certswap.tmp", "half");
  assert.equal(await look(world), undefined);
});

Deno.test("lookForRest() leaves to the rest what is owed", async () => {
  const world = await rotatedWorld();
  world.served = undefined;
  world.hook = () => ended(1);
  await world.rotate({ force: true });
  assert.notEqual(world.state.owed, undefined);
  assert.equal(await look(world), undefined);
});

Deno.test("lookForRest() does not answer for a state that cannot be read: it is to be told of", async () => {
  const world = await rotatedWorld();
  world.write(statePath, "{");
  assert.equal(await look(world), undefined);
});

Deno.test("lookForRest() leaves to the rest a time that is worth writing down", async () => {
  const world = await rotatedWorld();
  world.pass(2 * day);
  assert.equal(await look(world), undefined);
});

Deno.test("lookForRest() leaves to the rest a pair that may not be mounted", async () => {
  const world = await mountedWorld();
  assert.notEqual(await look(world), undefined);
  world.unmount();
  assert.equal(await look(world), undefined);
});
