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

Deno.test("stage() saves the new pair as the pending one, and leaves the active one unchanged", async () => {
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

Deno.test("stage() replaces an existing pending pair", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    await stage(system, device.paths, { ...options, newPair: device.give("first", first) });
    await stage(system, device.paths, { ...options, newPair: device.give("second", second) });
    assert.equal(device.read(hidden.pendingCertificate), second.chainPem);
    assert.equal(device.read(hidden.pendingKey), second.keyPem);
  });
});

Deno.test("stage() creates the pending key with mode 0600 on a device without a pair", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    await stage(system, device.paths, { ...options, newPair: device.give("first", first) });
    assert.equal(modeOf(join(device.tls, hidden.pendingKey)), 0o600);
    assert.equal(modeOf(join(device.tls, hidden.pendingCertificate)), 0o644);
  });
});

Deno.test("stage() gives the pending key no more readers than the active one", async () => {
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

Deno.test("stage() that refuses a pair keeps the existing pending one", async () => {
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

Deno.test("planStage() reports what would be done, and changes nothing", async () => {
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
