import assert from "node:assert/strict";
import {
  CertificateExpiredError,
  NoPreviousPairError,
  UnusableFileError,
} from "../../../lib/device/errors.ts";
import { planRollback, rollback } from "../../../lib/device/change/rollback.ts";
import { stage } from "../../../lib/device/change/stage.ts";
import { swap } from "../../../lib/device/change/swap.ts";
import { join } from "../../../lib/system/mod.ts";
import {
  type Device,
  fleet,
  hidden,
  strict,
  swapDefaults,
  withDevice,
} from "../../support/device.ts";
import { purposeOid } from "../../../lib/x509/encoding/oids.ts";
import { ExpiredError, IssuerNotFoundError } from "../../../lib/x509/verify/chain_errors.ts";
import { makeAuthority } from "../../support/pairs.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { testSystem } from "../../support/test_world.ts";

const system = testSystem();
const options = { keepPrevious: false, lockTimeout: 1000 } as const;

/** Activates the first pair, then swaps in the second and keeps the first as the previous pair. */
async function withPrevious(work: (device: Device) => Promise<void>): Promise<void> {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const newPair = device.give("second", second);
    await swap(system, device.withCombined, { ...swapDefaults, newPair, keepPrevious: true });
    await work(device);
  });
}

Deno.test("rollback() activates the previous pair, although it is older, and uses it up", async () => {
  const { first } = await fleet();
  await withPrevious(async (device) => {
    await rollback(system, device.withCombined, options);
    assert.equal(device.read("cert.pem"), first.chainPem);
    assert.equal(device.read("key.pem"), first.keyPem);
    assert.equal(device.read("all.pem"), first.keyPem + first.chainPem);
    assert.equal(device.read(hidden.previousCertificate), undefined);
    assert.equal(device.read(hidden.previousKey), undefined);
    const { lastChange } = JSON.parse(device.read(".certswap/cert.pem.state") ?? "");
    assert.equal(lastChange.by, "rollback");
  });
});

Deno.test("rollback() can keep the replaced pair, so that a second rollback undoes the first", async () => {
  const { second } = await fleet();
  await withPrevious(async (device) => {
    await rollback(system, device.withCombined, { ...options, keepPrevious: true });
    assert.equal(device.read(hidden.previousKey), second.keyPem);
    await rollback(system, device.withCombined, options);
    assert.equal(device.read("cert.pem"), second.chainPem);
  });
});

Deno.test("rollback() does not compare the identity", async () => {
  const { authority, first } = await fleet();
  const other = await authority.issue({
    subject: "CN=other.example",
    names: ["DNS:other.example"],
    notBefore: new Date("2026-04-01T00:00:00Z"),
  });
  await withDevice(async (device) => {
    device.activate(first);
    await swap(system, device.paths, {
      ...swapDefaults,
      newPair: device.give("other", other),
      allowIdentityChange: true,
      keepPrevious: true,
    });
    await rollback(system, device.paths, options);
    assert.equal(device.read("cert.pem"), first.chainPem);
  });
});

Deno.test("rollback() does not touch a pending pair", async () => {
  const { third } = await fleet();
  await withPrevious(async (device) => {
    const newPair = device.give("third", third);
    await stage(system, device.paths, { ...strict, newPair, lockTimeout: 1000 });
    await rollback(system, device.withCombined, options);
    assert.equal(device.read(hidden.pendingKey), third.keyPem);
    assert.equal(device.read(hidden.pendingCertificate), third.chainPem);
  });
});

Deno.test("rollback() fails if no previous pair was kept", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const before = readTree(device.root);
    await assert.rejects(rollback(system, device.paths, options), NoPreviousPairError);
    assert.deepEqual(readTree(device.root), before);
  });
});

Deno.test("rollback() refuses an expired previous pair, and keeps it", async () => {
  await withPrevious(async (device) => {
    const before = readTree(device.root);
    const later = testSystem({ now: new Date("2027-06-01T00:00:00Z") });
    await assert.rejects(rollback(later, device.withCombined, options), CertificateExpiredError);
    assert.deepEqual(readTree(device.root), before);
  });
});

Deno.test("rollback() replaces a broken active pair with the previous one", async () => {
  const { first } = await fleet();
  await withPrevious(async (device) => {
    Deno.removeSync(device.paths.key);
    const { warnings } = await rollback(system, device.withCombined, options);
    const [warning] = warnings as [{ code: string; isReplaced: boolean }];
    assert.equal(warning.code, "broken-active-pair");
    assert.ok(warning.isReplaced);
    assert.equal(device.read("key.pem"), first.keyPem);
  });
});

Deno.test("planRollback() reports what would be done, and changes nothing", async () => {
  await withPrevious(async (device) => {
    const before = readTree(device.root);
    const { changes } = await planRollback(system, device.withCombined, options);
    assert.deepEqual(changes, [
      { action: "replace", path: device.withCombined.combined },
      { action: "replace", path: device.paths.key },
      { action: "replace", path: device.paths.certificate },
      { action: "remove", path: join(device.tls, hidden.previousCertificate) },
      { action: "remove", path: join(device.tls, hidden.previousKey) },
    ]);
    assert.deepEqual(readTree(device.root), before);
  });
});

Deno.test("rollback() accepts a formerly active pair that swap() would refuse", async () => {
  const { authority, second } = await fleet();
  const middle = await authority.subordinate();
  const served = await middle.issue();
  const other = await authority.subordinate();
  const withWrongCa = { ...served, chainPem: served.certificatePem + other.certificatePem };
  const notForTls = await authority.issue({ purposes: [purposeOid.codeSigning] });
  for (const pair of [withWrongCa, notForTls]) {
    await withDevice(async (device) => {
      device.activate(pair);
      const newPair = device.give("second", second);
      const swapOptions = { ...swapDefaults, newPair, keepPrevious: true };
      await swap(system, device.paths, { ...swapOptions, purposes: [purposeOid.serverAuth] });
      await rollback(system, device.paths, options);
      assert.equal(device.read("cert.pem"), pair.chainPem);
    });
  }
});

Deno.test("rollback() refuses a previous pair whose chain has expired or is no longer trusted", async () => {
  const { authority, second } = await fleet();
  const middle = await authority.subordinate({ notAfter: new Date("2026-08-01T00:00:00Z") });
  const chained = await middle.issue();
  await withDevice(async (device) => {
    device.activate(chained);
    const newPair = device.give("second", second);
    await swap(system, device.paths, { ...swapDefaults, newPair, keepPrevious: true });
    const trust = join(device.root, "trust.pem");
    Deno.writeTextFileSync(trust, (await makeAuthority({ subject: "CN=Another" })).certificatePem);
    const before = readTree(device.root);
    const later = testSystem({ now: new Date("2026-09-01T00:00:00Z") });
    await assert.rejects(
      rollback(later, device.paths, options),
      (error) => error instanceof UnusableFileError && error.cause instanceof ExpiredError,
    );
    await assert.rejects(
      rollback(system, device.paths, { ...options, trust }),
      (error) => error instanceof UnusableFileError && error.cause instanceof IssuerNotFoundError,
    );
    assert.deepEqual(readTree(device.root), before);
    Deno.writeTextFileSync(trust, authority.certificatePem);
    await rollback(system, device.paths, { ...options, trust });
    assert.equal(device.read("cert.pem"), chained.chainPem);
  });
});
