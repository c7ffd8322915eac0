/** A trust bundle that begins with the CA certificate that the first contact fetches by its fingerprint. */
import assert from "node:assert/strict";
import { describe } from "../../../../lib/cli/messages/mod.ts";
import type { RotationResult } from "../../../../lib/device/rotation/mod.ts";
import { commonSigner } from "../../../support/rotation_world.ts";
import {
  bundlePath,
  nameOfRoot,
  pinned,
  pinnedPath,
  pinnedTrustWorld,
  trustWorld,
} from "../../../support/trust_world.ts";

const signer = await commonSigner();
const root = await nameOfRoot(signer);

const errorsOf = ({ errors }: RotationResult): string =>
  errors.map((error) => describe(error).message).join("\n");

Deno.test("a new device with only a fingerprint fills its trust bundle with what it fetches", async () => {
  const device = await pinnedTrustWorld(signer);
  const result = await device.rotate();
  assert.equal(result.outcome, "rotated", errorsOf(result));
  assert.equal(device.world.read(pinnedPath), signer.trust);
  assert.deepEqual(await device.trusted(), [root]);
});

Deno.test("a new device goes on after a server that only served its CA certificate", async () => {
  const device = await pinnedTrustWorld(signer);
  const { answers } = device.service;
  device.service.answers = (request, operation) =>
    operation === "simpleenroll" ? { status: 503 } : answers(request, operation);
  const failed = await device.rotate();
  assert.match(errorsOf(failed), /HTTP 503/);
  assert.equal(device.world.read(pinnedPath), signer.trust);
  assert.equal(device.world.read(bundlePath), undefined);
  device.service.answers = answers;
  const result = await device.rotate(1);
  assert.equal(result.outcome, "rotated", errorsOf(result));
  assert.deepEqual(await device.trusted(), [root]);
});

Deno.test("without the pinned CA certificate, a device writes no trust anchors, bundle or pair", async () => {
  const device = await pinnedTrustWorld(signer);
  device.configuration = pinned(device.configuration, "ab".repeat(32));
  const refused = await device.rotate();
  assert.match(errorsOf(refused), /has no CA certificate with the fingerprint SHA256:AB:/);
  for (const path of [pinnedPath, bundlePath, "/tls/cert.pem"]) {
    assert.equal(device.world.read(path), undefined, path);
  }
  assert.ok(device.service.received.every(({ authorization }) => authorization === undefined));
});

for (
  const [what, days] of [
    ["when it gets a trust bundle", 0.1],
    ["when its source is due, too", 2],
  ] as const
) {
  Deno.test(`a device that has a pair fetches the CA certificate ${what}`, async () => {
    const device = await trustWorld(signer);
    device.world.files.unlink(bundlePath);
    device.configuration = pinned(device.configuration, root);
    const result = await device.rotate(days);
    assert.equal(result.outcome, "repaired", errorsOf(result));
    assert.equal(device.world.read(pinnedPath), signer.trust);
    assert.deepEqual(await device.trusted(), [root]);
  });
}
