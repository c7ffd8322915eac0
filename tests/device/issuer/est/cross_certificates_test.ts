/** The chain of a device while its CA is being replaced: for peers that trust only one of the two roots. */
import assert from "node:assert/strict";
import {
  type Certificate,
  readCertificate,
  readCertificateFile,
  verifyChain,
} from "../../../../lib/x509/mod.ts";
import { serverCertificate } from "../../../support/est_service.ts";
import { commonSigner, day } from "../../../support/rotation_world.ts";
import { makeSigner, type Signer } from "../../../support/signer.ts";
import { rootOf, type TrustWorld, trustWorld } from "../../../support/trust_world.ts";
import { messagesOf } from "./fresh_device.ts";

const old = await commonSigner();
const next = await makeSigner("CN=New Root");
const foreign = await makeSigner("CN=Foreign Root");
const roots = [rootOf(old), rootOf(next)];
const crosses = [await old.certify(next), await next.certify(old)];

/** A device that trusts both roots. */
async function betweenRoots(): Promise<TrustWorld> {
  const device = await trustWorld(old);
  device.served = [...roots, ...crosses];
  await device.rotate(1);
  assert.equal((await device.trusted()).length, 2);
  return device;
}

/** Renews the pair with a CA. @returns the new chain. */
async function renewed(device: TrustWorld, signer: Signer): Promise<readonly Certificate[]> {
  const { world, service } = device;
  service.signer = signer;
  device.server = await serverCertificate(signer, { now: world.now });
  const result = await device.rotate(0.1, { force: true });
  assert.equal(result.outcome, "rotated", messagesOf(result));
  const { leaf, chain } = readCertificateFile(
    new TextEncoder().encode(world.read("/tls/cert.pem")),
  );
  return [leaf, ...chain];
}

async function verifies(
  [leaf, ...intermediates]: readonly Certificate[],
  signer: Signer,
  at: Date,
): Promise<void> {
  assert.ok(leaf !== undefined);
  await verifyChain({ leaf, intermediates, anchors: [readCertificate(rootOf(signer))], at });
}

Deno.test("a device that trusts both roots delivers a chain for peers that trust one of them", async () => {
  const device = await betweenRoots();
  // After `switch`, after `switch --back`, and after `switch` again.
  for (const signer of [next, old, next]) {
    const chain = await renewed(device, signer);
    assert.equal(chain.length, 2);
    for (const trusted of [old, next]) await verifies(chain, trusted, device.world.now);
  }
  // After `finish`.
  device.served = [rootOf(next)];
  const chain = await renewed(device, next);
  assert.equal(chain.length, 1);
});

Deno.test("only what a trusted root has signed, and does not end before the leaf, is delivered", async () => {
  const device = await betweenRoots();
  const notAfter = new Date(device.world.now.getTime() + 30 * day);
  device.served = [
    ...roots,
    await foreign.certify(next),
    await old.certify(next, { notAfter }),
    await old.certify(foreign),
  ];
  assert.equal((await renewed(device, next)).length, 1);
});

Deno.test("a pair is renewed without cross-certificates if the server does not give them", async () => {
  const device = await betweenRoots();
  const { service } = device;
  const { answers } = service;
  service.answers = (request, operation) =>
    operation === "cacerts" ? { status: 500 } : answers(request, operation);
  assert.equal((await renewed(device, next)).length, 1);
});

Deno.test("a device with a single root does not ask for cross-certificates", async () => {
  const device = await trustWorld(old);
  await device.rotate(1);
  const before = device.asked;
  assert.equal((await renewed(device, old)).length, 1);
  assert.equal(device.asked, before);
});
