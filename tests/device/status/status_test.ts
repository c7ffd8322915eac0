import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { stage } from "../../../lib/device/change/stage.ts";
import { readStatus } from "../../../lib/device/status/status.ts";
import { swap } from "../../../lib/device/change/swap.ts";
import { denoFileSystem, join } from "../../../lib/system/mod.ts";
import { fleet, strict, swapDefaults, withDevice } from "../../support/device.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { configured, day, ended, rotatedWorld } from "../../support/rotation_world.ts";
import { refusing, testSystem } from "../../support/test_world.ts";

const system = testSystem();

Deno.test("readStatus() describes the active, the pending and the previous pair", async () => {
  const { first, second, third } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const newPair = device.give("second", second);
    await swap(system, device.paths, { ...swapDefaults, newPair, keepPrevious: true });
    const staged = device.give("third", third);
    await stage(system, device.paths, { ...strict, newPair: staged, lockTimeout: 1000 });
    const before = readTree(device.root);
    const status = await readStatus(system, device.paths);
    assert.deepEqual(readTree(device.root), before, "reads only");
    assert.equal(status.active.condition, "valid");
    assert.deepEqual(status.active.certificate?.names, ["DNS:device.example"]);
    assert.equal(status.active.certificate?.subject, "CN=device.example");
    assert.equal(status.active.certificate?.issuer, "CN=Test Root,O=Example");
    assert.equal(status.pending.certificate?.notBefore.toISOString(), "2026-03-01T00:00:00.000Z");
    assert.equal(status.previous.certificate?.notBefore.toISOString(), "2026-01-01T00:00:00.000Z");
    assert.equal(status.state.lastChange?.by, "swap");
    assert.equal(status.state.lastChange?.fingerprint, status.active.certificate?.fingerprint);
    assert.equal(status.recovery.outcome, "clean");
  });
});

Deno.test("readStatus() counts full days left and the share of the lifetime that has passed", async () => {
  const { authority } = await fleet();
  const pair = await authority.issue({
    notBefore: new Date("2026-01-01T00:00:00Z"),
    notAfter: new Date("2026-01-11T00:00:00Z"),
  });
  await withDevice(async (device) => {
    device.activate(pair);
    const at = async (now: string) => {
      const { active } = await readStatus(testSystem({ now: new Date(now) }), device.paths);
      return [active.condition, active.certificate?.daysLeft, active.certificate?.lifeGone];
    };
    assert.deepEqual(await at("2025-12-31T00:00:00Z"), ["not-yet-valid", 11, 0]);
    assert.deepEqual(await at("2026-01-03T12:00:00Z"), ["valid", 7, 0.25]);
    assert.deepEqual(await at("2026-01-11T00:00:00Z"), ["valid", 0, 1]);
    assert.deepEqual(await at("2026-01-11T00:00:01Z"), ["expired", -1, 1]);
  });
});

Deno.test("readStatus() reports what is broken, and the names of the certificate", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    assert.equal((await readStatus(system, device.paths)).active.condition, "missing");
    device.activate({ ...first, keyPem: second.keyPem });
    const { active } = await readStatus(system, device.paths);
    assert.equal(active.condition, "broken");
    assert.equal(active.defect?.defect, "mismatched");
    assert.equal(active.certificate?.subject, "CN=device.example");
  });
});

Deno.test("readStatus() looks again before it reports what a running swap may cause", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate({ ...first, keyPem: second.keyPem });
    let naps = 0;
    const clock = {
      now: system.clock.now,
      sleep() {
        naps++;
        Deno.writeTextFileSync(device.paths.certificate, second.chainPem);
        return Promise.resolve();
      },
    };
    const { active } = await readStatus({ ...system, clock }, device.paths);
    assert.equal(active.condition, "valid");
    assert.equal(naps, 1);
  });
});

Deno.test("readStatus() looks again only twice, and reports what is still broken", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate({ ...first, keyPem: second.keyPem });
    let naps = 0;
    const clock = { now: system.clock.now, sleep: () => Promise.resolve(void naps++) };
    const { active } = await readStatus({ ...system, clock }, device.paths);
    assert.equal(active.condition, "broken");
    assert.equal(naps, 2);
  });
});

Deno.test("readStatus() takes no lock and creates no files, even on a read-only file system", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("first", first) });
    const lock = denoFileSystem.openLockFile(join(device.tls, ".certswap/cert.pem.lock"), 0o600);
    try {
      assert.ok(lock.tryLock());
      const readOnly = refusing(
        denoFileSystem,
        (operation) => operation === "open" ? undefined : "EROFS",
      );
      const status = await readStatus(testSystem({ files: readOnly }), device.paths);
      assert.equal(status.active.condition, "valid");
    } finally {
      lock.close();
    }
  });
});

Deno.test("readStatus() omits a renewal that has led to a swap, even if its hook is pending", async () => {
  const world = await rotatedWorld();
  const renewal = async () => (await readStatus(world.system, configured.paths)).state.renewal;
  world.configuration = { ...configured, probes: [] };
  world.hook = () => ended(1);
  world.pass(85 * day);
  assert.deepEqual((await world.rotate()).owed, { hook: true, probe: false });
  assert.equal(await renewal(), undefined);
  world.issuer = () => ended(1);
  world.pass(85 * day);
  await world.rotate();
  assert.notEqual(await renewal(), undefined, "the next renewal has not");
});

Deno.test("readStatus() shows a renewal whose pair the service refused", async () => {
  const world = await rotatedWorld();
  world.hook = () => ended(0);
  world.pass(85 * day);
  assert.equal((await world.rotate()).outcome, "restored");
  assert.equal((await readStatus(world.system, configured.paths)).state.renewal?.attempts, 1);
});

Deno.test("readStatus() warns about a combined file that is missing or contains another pair", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    const { combined } = device.withCombined;
    const warnings = async () =>
      (await readStatus(system, device.withCombined)).warnings.map((warning) => describe(warning));
    await swap(system, device.withCombined, {
      ...swapDefaults,
      newPair: device.give("first", first),
    });
    assert.deepEqual(await warnings(), []);
    // Without the combined file.
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("second", second) });
    const [stale] = await warnings();
    assert.equal(stale?.code, "combined-stale");
    assert.match(stale.message, /all\.pem does not contain the active pair/);
    Deno.writeTextFileSync(combined, "hello");
    // The next change would not overwrite it.
    assert.equal((await warnings())[0]?.code, "unrelated-file");
    Deno.writeTextFileSync(combined, "");
    assert.match((await warnings())[0]?.message ?? "", /all\.pem does not contain/);
    Deno.writeTextFileSync(combined, second.certificatePem + second.keyPem);
    assert.deepEqual(await warnings(), [], "the same pair in another order");
    Deno.removeSync(combined);
    const [none] = await warnings();
    assert.match(none?.message ?? "", /the combined file .*all\.pem does not exist/);
    // The command in the hint.
    const newPair = device.paths;
    const { cert, key } = { cert: newPair.certificate, key: newPair.key };
    assert.ok(none?.hint?.includes(`--combined ${combined} --new-cert ${cert} --new-key ${key}`));
    await swap(system, device.withCombined, { ...swapDefaults, newPair });
    assert.deepEqual(await warnings(), []);
  });
});

Deno.test("readStatus() looks again if a running swap may explain a stale combined file", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    Deno.writeTextFileSync(device.withCombined.combined, second.keyPem + second.chainPem);
    const clock = {
      now: system.clock.now,
      sleep: () => Promise.resolve(device.activate(second)),
    };
    const { warnings } = await readStatus({ ...system, clock }, device.withCombined);
    assert.deepEqual(warnings, []);
  });
});
