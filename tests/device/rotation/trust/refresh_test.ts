/** The trust bundle of a simulated device: which roots are added, removed, and refused. */
import assert from "node:assert/strict";
import { describe } from "../../../../lib/cli/messages/mod.ts";
import { fingerprintText } from "../../../../lib/cli/text.ts";
import { acceptRoot } from "../../../../lib/device/rotation/trust/accept.ts";
import { lookForRest, type RotationResult } from "../../../../lib/device/rotation/mod.ts";
import { rootUnder } from "../../../support/roots.ts";
import { serverCertificate } from "../../../support/est_service.ts";
import { commonSigner, day } from "../../../support/rotation_world.ts";
import { makeSigner } from "../../../support/signer.ts";
import {
  bundlePath,
  nameOfRoot,
  rootOf,
  type TrustWorld,
  trustWorld,
} from "../../../support/trust_world.ts";

const old = await commonSigner();
const next = await makeSigner("CN=New Root");
const foreign = await makeSigner("CN=Foreign Root");
const [oldName, nextName, foreignName] = await Promise.all([old, next, foreign].map(nameOfRoot));

const warningsOf = ({ warnings }: RotationResult): string =>
  warnings.map((warning) => {
    const { message, details = [], hint = "" } = describe(warning);
    return [message, ...details, hint].join("\n");
  }).join("\n");

/** What `ca rollover` serves: both roots, NewWithOld and OldWithNew. */
async function rolledOver(): Promise<readonly Uint8Array[]> {
  return [rootOf(old), rootOf(next), await old.certify(next), await next.certify(old)];
}

async function accept(device: TrustWorld, fingerprint: string): Promise<RotationResult> {
  const { world, configuration } = device;
  return await acceptRoot(world.system, configuration, {
    fingerprint,
    built: undefined,
    lockTimeout: 0,
    onEvent: (event) => world.events.push(event),
    textOf: String,
  });
}

Deno.test("the first pair brings its trust bundle, and the source is then asked once a day", async () => {
  const device = await trustWorld(old);
  assert.deepEqual(await device.trusted(), [oldName]);
  const first = device.asked;
  await device.rotate(0.5);
  assert.ok(device.asked <= first + 1);
  const second = device.asked;
  const { system } = device.world;
  for (const _ of [1, 2, 3]) {
    await device.rotate(0.1);
    const resting = await lookForRest(system, device.configuration, {
      built: undefined,
      force: false,
    });
    assert.ok(resting !== undefined, "a run without anything to do loads the network code");
  }
  assert.equal(device.asked, second);
  await device.rotate(1);
  assert.equal(device.asked, second + 1);
  assert.deepEqual(await device.trusted(), [oldName]);
  assert.equal(device.world.count("hook"), 0);
});

Deno.test("a new root is added if a trusted one certifies its key, and the hook runs once", async () => {
  const device = await trustWorld(old);
  device.served = await rolledOver();
  const result = await device.rotate(1);
  assert.equal(result.outcome, "repaired", warningsOf(result));
  assert.deepEqual(result.trust?.added.map(({ fingerprint }) => fingerprint), [nextName]);
  assert.deepEqual(await device.trusted(), [oldName, nextName]);
  assert.equal(device.world.count("hook"), 1);
  assert.ok(device.world.events.some(({ event }) => event === "trust-changed"));
  assert.equal((await device.rotate(1)).trust, undefined);
  assert.equal(device.world.count("hook"), 1);
});

Deno.test("a root is added if another one that is added with it certifies its key", async () => {
  const device = await trustWorld(old);
  device.served = [
    rootOf(foreign),
    await next.certify(foreign),
    ...await rolledOver(),
  ];
  await device.rotate(1);
  assert.deepEqual(await device.trusted(), [oldName, nextName, foreignName]);
});

Deno.test("roots that certify each other in a loop are not added", async () => {
  const device = await trustWorld(old);
  device.served = [
    rootOf(old),
    rootOf(next),
    rootOf(foreign),
    await next.certify(foreign),
    await foreign.certify(next),
  ];
  const result = await device.rotate(1);
  assert.match(warningsOf(result), /the source has 2 new roots that were not added/);
  assert.deepEqual(await device.trusted(), [oldName]);
});

Deno.test("a root that nothing certifies waits until a person accepts it", async () => {
  const device = await trustWorld(old);
  device.served = [rootOf(old), rootOf(foreign)];
  const result = await device.rotate(1);
  assert.match(
    warningsOf(result),
    new RegExp(`${fingerprintText(foreignName ?? "")} \\(CN=Foreign Root\\): no root`),
  );
  assert.match(warningsOf(result), /certswap trust accept/);
  assert.deepEqual(await device.trusted(), [oldName]);
  assert.deepEqual(device.record?.offered, [foreignName]);
  const accepted = await accept(device, foreignName ?? "");
  assert.deepEqual(accepted.trust?.added.map(({ subject }) => subject), ["CN=Foreign Root"]);
  assert.deepEqual(await device.trusted(), [oldName, foreignName]);
  assert.equal(device.world.count("hook"), 1);
  assert.equal((await accept(device, foreignName ?? "")).trust, undefined);
});

Deno.test("a person cannot accept what the source does not have", async () => {
  const device = await trustWorld(old);
  await assert.rejects(accept(device, foreignName ?? ""), { code: "root-not-accepted" });
  assert.deepEqual(await device.trusted(), [oldName]);
});

Deno.test("a root that was withdrawn is removed after a week, and does not return by itself", async () => {
  const device = await trustWorld(old);
  device.served = await rolledOver();
  await device.rotate(1);
  // The CA switches: the new root signs devices and its server, then the old one is withdrawn.
  device.service.signer = next;
  device.server = await serverCertificate(next, { now: device.world.now });
  await device.rotate(1, { force: true });
  device.served = [rootOf(next)];
  await device.rotate(1);
  assert.deepEqual(device.record?.withdrawn.map(({ fingerprint }) => fingerprint), [oldName]);
  await device.rotate(5);
  assert.deepEqual(await device.trusted(), [oldName, nextName]);
  const result = await device.rotate(2.5);
  assert.deepEqual(result.trust?.removed.map(({ fingerprint }) => fingerprint), [oldName]);
  assert.deepEqual(await device.trusted(), [nextName]);
  device.served = await rolledOver();
  await device.rotate(1);
  assert.deepEqual(await device.trusted(), [nextName]);
  assert.deepEqual(device.record?.removed, [oldName]);
  // Nor with a bundle that is lost: it would begin with the file that still has the old root.
  device.world.files.unlink(bundlePath);
  const lost = await device.rotate(1);
  assert.ok(lost.errors.length > 0);
  assert.equal(device.world.read(bundlePath), undefined);
  // A person restores it, and trusts the old root again.
  device.write(bundlePath, next.trust);
  await device.rotate(1);
  await accept(device, oldName ?? "");
  assert.deepEqual(await device.trusted(), [nextName, oldName]);
  assert.deepEqual(device.record?.removed, []);
});

Deno.test("a root that is withdrawn and returns within a week stays", async () => {
  const device = await trustWorld(old);
  device.served = await rolledOver();
  await device.rotate(1);
  device.served = [rootOf(old)];
  await device.rotate(3);
  device.served = await rolledOver();
  await device.rotate(3);
  device.served = [rootOf(old)];
  await device.rotate(3);
  assert.deepEqual(await device.trusted(), [oldName, nextName]);
});

Deno.test("a clock that goes back removes no root, and the week begins again", async () => {
  const device = await trustWorld(old);
  device.served = await rolledOver();
  await device.rotate(1);
  device.service.signer = next;
  device.server = await serverCertificate(next, { now: device.world.now });
  await device.rotate(1, { force: true });
  device.served = [rootOf(next)];
  await device.rotate(1);
  const withdrawnOf = (at: Date) => [{ fingerprint: oldName, since: at }];
  assert.deepEqual(device.record?.withdrawn, withdrawnOf(device.world.now));
  // Less than a day back is taken for a correction of the clock.
  await device.rotate(-0.95);
  assert.deepEqual(device.record?.withdrawn, withdrawnOf(device.world.now));
  assert.deepEqual(await device.trusted(), [oldName, nextName]);
});

Deno.test("the root of the active certificate stays, although the source has dropped it", async () => {
  const device = await trustWorld(old);
  device.served = await rolledOver();
  await device.rotate(1);
  device.served = [rootOf(next)];
  for (const _ of Array(10)) {
    const result = await device.rotate(1);
    assert.match(warningsOf(result), /the active certificate leads to no other root/);
  }
  assert.deepEqual(await device.trusted(), [oldName, nextName]);
});

Deno.test("the root of the server stays as long as its certificate leads to no other", async () => {
  const device = await trustWorld(old);
  device.served = await rolledOver();
  await device.rotate(1);
  device.service.signer = next;
  await device.rotate(1, { force: true });
  device.served = [rootOf(next)];
  for (const _ of Array(9)) await device.rotate(1);
  const result = await device.rotate(1);
  assert.match(warningsOf(result), /the certificate of the EST server leads to no other root/);
  assert.deepEqual(await device.trusted(), [oldName, nextName]);
});

Deno.test("a root that a person has added is never removed", async () => {
  const device = await trustWorld(old);
  device.write(bundlePath, `# ours\n${foreign.trust}${old.trust}`);
  for (const _ of Array(10)) await device.rotate(1);
  assert.deepEqual(await device.trusted(), [foreignName, oldName]);
  assert.match(device.world.read(bundlePath) ?? "", /^# ours/);
});

for (
  const [what, change, message] of [
    ["HTML", (device: TrustWorld) => {
      device.service.answers = () => ({ status: 200, body: "<html></html>" });
    }, /is a web page/],
    ["a server that is down", (device: TrustWorld) => {
      device.service.answers = () => ({ status: 503 });
    }, /HTTP 503/],
    [
      "no certificates",
      (device: TrustWorld) => void (device.served = []),
      /contains no certificates/,
    ],
    [
      "another server certificate",
      async (device: TrustWorld) => {
        device.server = await serverCertificate(foreign, { now: device.world.now });
      },
      /does not lead to|trust anchor/,
    ],
  ] as const
) {
  Deno.test(`the trust bundle stays as it is after ${what}, and a warning says what to do`, async () => {
    const device = await trustWorld(old);
    await change(device);
    const result = await device.rotate(1);
    assert.match(warningsOf(result), message);
    assert.match(warningsOf(result), /cannot refresh the trust bundle/);
    assert.deepEqual(await device.trusted(), [oldName]);
    assert.equal(result.outcome, "idle");
  });
}

Deno.test("an expired root, a future one and a certificate that is no CA's are not added", async () => {
  const device = await trustWorld(old);
  const at = (days: number): Date => new Date(device.world.now.getTime() + days * day);
  const period = (from: number, to: number) => ({ notBefore: at(from), notAfter: at(to) });
  const roots = [
    await rootUnder(old, { name: "CN=Expired", ...period(-100, -1) }),
    await rootUnder(old, { name: "CN=Future", ...period(10, 100) }),
    await rootUnder(old, { name: "CN=Leaf", ...period(-10, 100), isLeaf: true }),
  ];
  device.served = [rootOf(old), ...roots.flat()];
  const result = await device.rotate(1);
  for (const reason of [/has expired/, /not valid yet/, /not the certificate of a root CA/]) {
    assert.match(warningsOf(result), reason);
  }
  assert.deepEqual(await device.trusted(), [oldName]);
});

Deno.test("fifty roots that a trusted one certifies do not overfill the bundle", async () => {
  const device = await trustWorld(old);
  const made: Uint8Array[] = [];
  for (let number = 0; number < 50; number++) {
    const name = `CN=Root ${number}`;
    const notBefore = new Date("2020-01-01T00:00:00Z");
    made.push(
      ...await rootUnder(old, { name, notBefore, notAfter: new Date("2040-01-01T00:00:00Z") }),
    );
  }
  device.served = [rootOf(old), ...made];
  const result = await device.rotate(1);
  assert.equal((await device.trusted()).length, 32);
  assert.match(warningsOf(result), /already has 32 certificates/);
});
