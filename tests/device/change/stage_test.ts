import assert from "node:assert/strict";
import { planStage, stage } from "../../../lib/device/change/stage.ts";
import { IdentityChangedError } from "../../../lib/device/errors.ts";
import { join } from "../../../lib/system/mod.ts";
import { fleet, hidden, strict, withDevice } from "../../support/device.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { testSystem } from "../../support/test_world.ts";

const system = testSystem();
const options = { ...strict, lockTimeout: 1000 };
const modeOf = (path: string): number => (Deno.lstatSync(path).mode ?? 0) & 0o7777;

Deno.test("stage() puts the new pair beside the active one, which stays", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    await stage(system, device.paths, { ...options, newPair: device.give("second", second) });
    assert.equal(device.read(hidden.pendingCertificate), second.chainPem);
    assert.equal(device.read(hidden.pendingKey), second.keyPem);
    assert.equal(device.read("cert.pem"), first.chainPem);
    assert.equal(device.read("key.pem"), first.keyPem);
  });
});

Deno.test("stage() replaces a pending pair that is there already", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    await stage(system, device.paths, { ...options, newPair: device.give("first", first) });
    await stage(system, device.paths, { ...options, newPair: device.give("second", second) });
    assert.equal(device.read(hidden.pendingCertificate), second.chainPem);
    assert.equal(device.read(hidden.pendingKey), second.keyPem);
  });
});

Deno.test("stage() makes the pending key 0600 on a device without a pair", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    await stage(system, device.paths, { ...options, newPair: device.give("first", first) });
    assert.equal(modeOf(join(device.tls, hidden.pendingKey)), 0o600);
    assert.equal(modeOf(join(device.tls, hidden.pendingCertificate)), 0o644);
  });
});

Deno.test("stage() lets nobody read the pending key who may not read the active one", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    Deno.chmodSync(device.paths.key, 0o400);
    const newPair = device.give("second", second);
    Deno.chmodSync(newPair.key, 0o644);
    await stage(system, device.paths, { ...options, newPair });
    assert.equal(modeOf(join(device.tls, hidden.pendingKey)), 0o400);
  });
});

Deno.test("stage() that refuses a pair leaves the pending one that there is", async () => {
  const { authority, first, second } = await fleet();
  const other = await authority.issue({ names: ["DNS:other.example"] });
  await withDevice(async (device) => {
    device.activate(first);
    await stage(system, device.paths, { ...options, newPair: device.give("second", second) });
    const newPair = device.give("other", other);
    const before = readTree(device.root);
    await assert.rejects(
      stage(system, device.paths, { ...options, newPair }),
      IdentityChangedError,
    );
    assert.deepEqual(readTree(device.root), before);
  });
});

Deno.test("planStage() says what would be done, without a trace", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    const newPair = device.give("first", first);
    const before = readTree(device.root);
    const { changes, warnings } = await planStage(system, device.paths, { ...options, newPair });
    assert.deepEqual(changes, [
      { action: "create", path: join(device.tls, hidden.pendingKey) },
      { action: "create", path: join(device.tls, hidden.pendingCertificate) },
    ]);
    assert.deepEqual(warnings, []);
    assert.deepEqual(readTree(device.root), before);
  });
});
