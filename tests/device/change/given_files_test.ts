import assert from "node:assert/strict";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import {
  AuthorityAsLeafError,
  ChainOrderError,
  IdentityChangedError,
  UnreadableAnchorError,
} from "../../../lib/device/errors.ts";
import { rollback } from "../../../lib/device/change/rollback.ts";
import { stage } from "../../../lib/device/change/stage.ts";
import { planSwap, swap } from "../../../lib/device/change/swap.ts";
import { readStatus } from "../../../lib/device/status/status.ts";
import { join } from "../../../lib/system/mod.ts";
import {
  bitString,
  contextConstructed,
  integer,
  objectIdentifier,
  octetString,
  sequence,
} from "../../../lib/x509/encoding/der_writer.ts";
import { readPem, writePem } from "../../../lib/x509/encoding/pem.ts";
import { type Device, fleet, strict, swapDefaults, withDevice } from "../../support/device.ts";
import { makeAuthority, type TestPair } from "../../support/pairs.ts";
import { testSystem } from "../../support/test_world.ts";

/** Swapping and staging unusual files, and over active pairs that are unusable. */

const system = testSystem();

/** The pair's key as GnuTLS may write it: SEC1, with a leading zero byte in the private number. */
function withLeadingZero(pair: TestPair): string {
  const jwk = readPem(new TextEncoder().encode(pair.keyPem), { limit: 10_000 })[0].der;
  // PKCS#8 from WebCrypto ends in ECPrivateKey: version, 32 bytes, [1] the point of 65 bytes.
  const [number, point] = [jwk.subarray(36, 68), jwk.subarray(jwk.length - 65)];
  return writePem(
    "EC PRIVATE KEY",
    sequence(
      integer(1n),
      octetString(Uint8Array.of(0, ...number)),
      contextConstructed(0, objectIdentifier("1.2.840.10045.3.1.7")),
      contextConstructed(1, bitString(point)),
    ),
  );
}

Deno.test("an active pair whose EC key has an extra leading byte is usable, and can be swapped", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate({ ...first, keyPem: withLeadingZero(first) });
    assert.equal((await readStatus(system, device.paths)).active.condition, "valid");
    const newPair = device.give("second", { ...second, keyPem: withLeadingZero(second) });
    const { warnings } = await swap(system, device.withCombined, { ...swapDefaults, newPair });
    assert.deepEqual(warnings, []);
    assert.equal((await readStatus(system, device.paths)).active.condition, "valid");
    assert.equal(device.read("all.pem")?.startsWith("-----BEGIN PRIVATE KEY-----"), true);
  });
});

for (
  const [what, damage] of [
    ["missing", (device: Device) => Deno.removeSync(device.paths.key)],
    ["unreadable", (device: Device) => Deno.truncateSync(device.paths.key, 100)],
    [
      "another's",
      async (device: Device) =>
        Deno.writeTextFileSync(device.paths.key, (await fleet()).third.keyPem),
    ],
  ] as const
) {
  Deno.test(`swap() and stage() refuse other names while the active key is ${what}`, async () => {
    const { authority, first } = await fleet();
    const other = await authority.issue({ subject: "CN=other", names: ["DNS:other.example"] });
    await withDevice(async (device) => {
      device.activate(first);
      await damage(device);
      const options = { ...swapDefaults, newPair: device.give("other", other) };
      await assert.rejects(swap(system, device.paths, options), IdentityChangedError);
      await assert.rejects(stage(system, device.paths, options), IdentityChangedError);
      await swap(system, device.paths, { ...options, allowIdentityChange: true });
      assert.equal(device.read("cert.pem"), other.chainPem);
    });
  });
}

Deno.test("swap() normalizes files that only OpenSSL can read, so that every service can", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    const newPair = device.give("marked", {
      ...first,
      chainPem: `\ufeff${first.chainPem}`,
      keyPem: first.keyPem.replace("\n", "\n\n"),
    });
    await swap(system, device.paths, { ...swapDefaults, newPair });
    assert.equal(device.read("cert.pem"), first.chainPem);
    assert.equal(device.read("key.pem"), first.keyPem);
  });
});

Deno.test("swap() reports the order of a chain in the wrong order", async () => {
  const root = await makeAuthority();
  const middle = await root.subordinate({ subject: "CN=Middle" });
  const low = await middle.subordinate({ subject: "CN=Low" });
  const pair = await low.issue();
  const [leaf, lower, upper] = [
    pair.certificatePem,
    low.certificatePem,
    middle.certificatePem,
  ];
  const cases: readonly (readonly [string, readonly number[]])[] = [
    [upper + lower + leaf, [3, 2, 1]],
    [leaf + upper + lower, [1, 3, 2]],
    [lower + leaf, [2, 1]],
  ];
  await withDevice(async (device) => {
    for (const [chainPem, order] of cases) {
      const newPair = device.give("pair", { ...pair, chainPem });
      await assert.rejects(
        swap(system, device.paths, { ...swapDefaults, newPair }),
        (error) => {
          assert.ok(error instanceof ChainOrderError, String(error));
          assert.deepEqual(error.order, order);
          assert.equal(error.leaf, "CN=device.example");
          return true;
        },
      );
    }
  });
});

Deno.test("an active pair with its chain in the wrong order is broken, but keeps its identity", async () => {
  const root = await makeAuthority();
  const middle = await root.subordinate({ subject: "CN=Middle" });
  const [pair, next] = [await middle.issue(), await middle.issue()];
  await withDevice(async (device) => {
    device.activate({ ...pair, chainPem: middle.certificatePem + pair.certificatePem });
    const { active } = await readStatus(system, device.paths);
    assert.equal(active.condition, "broken");
    assert.equal(active.certificate?.subject, "CN=device.example");
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("next", next) });
    assert.equal(device.read("cert.pem"), next.chainPem);
  });
});

/** A certificate as `openssl req -x509` creates it: its own issuer, CA:TRUE. */
async function selfSigned(): Promise<TestPair> {
  const { certificatePem, certificateDer, keyPem } = await makeAuthority({
    subject: "CN=device",
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    certificatePem,
    certificateDer,
    keyPem,
    chainPem: certificatePem,
    pkcs8: new Uint8Array(),
  };
}

Deno.test("swap() identifies a self-signed CA certificate, and accepts it if allowed", async () => {
  const [pair, next] = [await selfSigned(), await selfSigned()];
  await withDevice(async (device) => {
    const options = { ...swapDefaults, newPair: device.give("pair", pair) };
    await assert.rejects(
      swap(system, device.paths, options),
      (error) => error instanceof AuthorityAsLeafError && error.isSelfSigned,
    );
    await stage(system, device.paths, { ...options, allowCa: true });
    await assert.rejects(
      swap(system, device.paths, { ...options, newPair: undefined }),
      AuthorityAsLeafError,
    );
    await swap(system, device.paths, { ...options, newPair: undefined, allowCa: true });
    const newPair = device.give("next", next);
    await swap(system, device.paths, { ...options, newPair, allowCa: true, keepPrevious: true });
    await rollback(system, device.paths, { keepPrevious: false, lockTimeout: 1000 });
    assert.equal(device.read("cert.pem"), pair.chainPem);
  });
});

Deno.test("swap() says that the order may be wrong if a chain starts with a CA certificate", async () => {
  const root = await makeAuthority();
  const middle = await root.subordinate({ subject: "CN=Middle" });
  await withDevice(async (device) => {
    const files = { certificatePem: "", certificateDer: new Uint8Array(), pkcs8: new Uint8Array() };
    const chainPem = middle.certificatePem + root.certificatePem;
    const newPair = device.give("ca", { ...files, chainPem, keyPem: middle.keyPem });
    await assert.rejects(
      swap(system, device.paths, { ...swapDefaults, newPair }),
      (error) => error instanceof AuthorityAsLeafError && !error.isSelfSigned,
    );
  });
});

Deno.test("swap() and stage() warn about an unreadable trust anchor, and use the others", async () => {
  const { authority, first } = await fleet();
  await withDevice(async (device) => {
    const trust = join(device.root, "trust.pem");
    const odd = writePem("CERTIFICATE", sequence(integer(1n)));
    Deno.writeTextFileSync(trust, odd + authority.certificatePem);
    const options = { ...swapDefaults, newPair: device.give("first", first), trust };
    const warnings = [
      ...(await planSwap(system, device.paths, options)).warnings,
      ...(await stage(system, device.paths, { ...strict, ...options })).warnings,
      ...(await swap(system, device.paths, options)).warnings,
    ];
    assert.equal(warnings.length, 3);
    for (const warning of warnings) {
      assert.ok(warning instanceof UnreadableAnchorError);
      assert.equal(warning.position, 1);
    }
  });
});
