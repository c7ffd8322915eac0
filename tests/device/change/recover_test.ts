import assert from "node:assert/strict";
import { NoPendingPairError, NoPreviousPairError } from "../../../lib/device/errors.ts";
import { planRecovery, recoverPair } from "../../../lib/device/change/recover.ts";
import { rollback } from "../../../lib/device/change/rollback.ts";
import { stage } from "../../../lib/device/change/stage.ts";
import { planSwap, swap } from "../../../lib/device/change/swap.ts";
import { denoFileSystem, type FileOperation, join, type System } from "../../../lib/system/mod.ts";
import {
  type Device,
  fleet,
  hidden,
  strict,
  swapDefaults,
  withDevice,
} from "../../support/device.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { refusing, testSystem } from "../../support/test_world.ts";

const system = testSystem();
const options = { lockTimeout: 1000 } as const;

class Crash extends Error {}

/** A swap that replaces the first pair with the second, and whose process dies before an operation. */
async function crashSwap(
  device: Device,
  isFatal: (operation: FileOperation, path: string) => boolean,
): Promise<void> {
  const { first, second } = await fleet();
  device.activate(first);
  const newPair = device.give("second", second);
  await crash(isFatal, (dying) => swap(dying, device.paths, { ...swapDefaults, newPair }));
}

async function crash(
  isFatal: (operation: FileOperation, path: string) => boolean,
  work: (dying: System) => Promise<unknown>,
): Promise<void> {
  let isDead = false;
  const files = refusing(denoFileSystem, (operation, path) => {
    isDead ||= isFatal(operation, path);
    if (isDead) throw new Crash();
    return undefined;
  });
  await assert.rejects(work(testSystem({ files })));
  assert.ok(isDead);
}

const betweenRenames = (operation: FileOperation, path: string): boolean =>
  operation === "rename" && path.endsWith("/.cert.pem.certswap.tmp");

Deno.test("recoverPair() finishes a swap that died between its two renames", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    await crashSwap(device, betweenRenames);
    assert.equal(device.read("key.pem"), second.keyPem, "the pair is torn, so recovery is needed");
    assert.equal(
      device.read("cert.pem"),
      first.chainPem,
      "the pair is torn, so recovery is needed",
    );
    assert.equal((await planRecovery(system, device.paths)).outcome, "rolled-forward");
    const report = await recoverPair(system, device.paths, options);
    assert.equal(report.outcome, "rolled-forward");
    assert.equal(device.read("cert.pem"), second.chainPem);
    assert.equal(device.read("key.pem"), second.keyPem);
    assert.equal((await recoverPair(system, device.paths, options)).outcome, "clean");
  });
});

Deno.test("recoverPair() waits until the key's directory is mounted, and then finishes", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    const [keys, mounted] = [join(device.root, "keys"), join(device.root, "mounted")];
    Deno.mkdirSync(keys);
    const paths = { ...device.paths, key: join(keys, "key.pem") };
    Deno.writeTextFileSync(paths.certificate, first.chainPem);
    Deno.writeTextFileSync(paths.key, first.keyPem);
    const newPair = device.give("second", second);
    await crash(betweenRenames, (dying) => swap(dying, paths, { ...swapDefaults, newPair }));
    assert.equal(Deno.readTextFileSync(paths.key), second.keyPem);
    Deno.renameSync(keys, mounted);
    Deno.mkdirSync(keys);
    await assert.rejects(recoverPair(system, paths, options), { code: "not-mounted" });
    Deno.removeSync(keys);
    Deno.renameSync(mounted, keys);
    assert.equal((await recoverPair(system, paths, options)).outcome, "rolled-forward");
    assert.equal(Deno.readTextFileSync(paths.certificate), second.chainPem);
  });
});

Deno.test("recoverPair() removes the files of a swap that died before its commit", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    await crashSwap(device, (operation) => operation === "link");
    const report = await recoverPair(system, device.paths, options);
    assert.equal(report.outcome, "cleaned");
    assert.deepEqual([...Deno.readDirSync(device.tls)].map(({ name }) => name).sort(), [
      ".certswap",
      "cert.pem",
      "key.pem",
    ]);
    assert.equal(device.read("cert.pem"), first.chainPem);
    assert.equal(device.read("key.pem"), first.keyPem);
  });
});

Deno.test("swap() recovers first, and validates the new pair against the recovered one", async () => {
  const { second, third } = await fleet();
  await withDevice(async (device) => {
    await crashSwap(device, betweenRenames);
    const newPair = device.give("third", third);
    const { recovery, proposal, warnings } = await swap(system, device.paths, {
      ...swapDefaults,
      newPair,
      keepPrevious: true,
    });
    assert.equal(recovery.outcome, "rolled-forward");
    assert.deepEqual(
      warnings,
      [],
      "the mismatch came from the interrupted swap, not from a broken pair",
    );
    assert.equal(proposal.keepsPrevious, true);
    assert.equal(device.read(hidden.previousKey), second.keyPem);
  });
});

Deno.test("swap() of the pending pair succeeds when repeated after a crash", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const newPair = device.give("second", second);
    await stage(system, device.paths, { ...strict, newPair, lockTimeout: 1000 });
    await crash(betweenRenames, (dying) => swap(dying, device.paths, swapDefaults));
    const { proposal, recovery } = await swap(system, device.paths, swapDefaults);
    assert.equal(recovery.outcome, "rolled-forward");
    assert.equal(proposal.isChange, false);
    assert.equal(device.read("cert.pem"), second.chainPem);
    await assert.rejects(swap(system, device.paths, swapDefaults), NoPendingPairError);
  });
});

Deno.test("rollback() succeeds when repeated after a crash, and swap() has no pending pair", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const newPair = device.give("second", second);
    await swap(system, device.paths, { ...swapDefaults, newPair, keepPrevious: true });
    const back = { keepPrevious: false, lockTimeout: 1000 };
    await crash(betweenRenames, (dying) => rollback(dying, device.paths, back));
    await assert.rejects(
      swap(system, device.paths, {
        ...swapDefaults,
        onRecovery: ({ outcome }) => assert.equal(outcome, "rolled-forward"),
      }),
      NoPendingPairError,
    );
    assert.equal(device.read("cert.pem"), first.chainPem);
    await assert.rejects(rollback(system, device.paths, back), NoPreviousPairError);
    device.activate(first);
    await swap(system, device.paths, { ...swapDefaults, newPair, keepPrevious: true });
    await crash(betweenRenames, (dying) => rollback(dying, device.paths, back));
    const { proposal } = await rollback(system, device.paths, back);
    assert.equal(proposal.isChange, false);
    assert.equal(device.read("cert.pem"), first.chainPem);
  });
});

Deno.test("planSwap() warns that recovery is due", async () => {
  const { third } = await fleet();
  await withDevice(async (device) => {
    await crashSwap(device, betweenRenames);
    const newPair = device.give("third", third);
    const before = readTree(device.root);
    const { warnings } = await planSwap(system, device.paths, { ...swapDefaults, newPair });
    assert.ok(warnings.some((warning) => (warning as { code: string }).code === "recovery-due"));
    assert.deepEqual(readTree(device.root), before);
  });
});

for (const missing of [hidden.pendingKey, hidden.pendingCertificate]) {
  Deno.test(`recoverPair() does not touch an incomplete pending pair (without ${missing})`, async () => {
    const { first, second } = await fleet();
    await withDevice(async (device) => {
      device.activate(first);
      const newPair = device.give("second", second);
      await stage(system, device.paths, { ...strict, newPair, lockTimeout: 1000 });
      Deno.removeSync(join(device.tls, missing));
      const before = readTree(device.root);
      assert.equal((await planRecovery(system, device.paths)).outcome, "clean");
      assert.equal((await recoverPair(system, device.paths, options)).outcome, "clean");
      assert.deepEqual(readTree(device.root), before);
      await stage(system, device.paths, { ...strict, newPair, lockTimeout: 1000 });
      assert.notEqual(device.read(missing), undefined, "staging again completes it");
    });
  });
}

Deno.test("recoverPair() does not touch a complete pending pair", async () => {
  const { second } = await fleet();
  await withDevice(async (device) => {
    const newPair = device.give("second", second);
    await stage(system, device.paths, { ...strict, newPair, lockTimeout: 1000 });
    const before = readTree(device.root);
    assert.equal((await recoverPair(system, device.paths, options)).outcome, "clean");
    assert.deepEqual(readTree(device.root), before);
  });
});

Deno.test("recoverPair() creates no files if certswap never ran", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const before = readTree(device.root);
    assert.equal((await recoverPair(system, device.paths, options)).outcome, "clean");
    assert.deepEqual(readTree(device.root), before);
  });
});

Deno.test("recoverPair() does not touch a user's files, regardless of their names", async () => {
  await withDevice(async (device) => {
    const names = ["cert.pem.bak", ".cert.pem.tmp", ".other.pem.certswap.tmp", "key.pem~"];
    for (const name of names) Deno.writeTextFileSync(join(device.tls, name), "mine");
    await crashSwap(device, betweenRenames);
    await recoverPair(system, device.paths, options);
    for (const name of names) assert.equal(device.read(name), "mine", name);
  });
});
