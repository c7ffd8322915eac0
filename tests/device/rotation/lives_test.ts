/** Certificates of any lifetime, from ten minutes to thirty years, are renewed in time, despite failures. */
import assert from "node:assert/strict";
import fc from "../../support/properties.ts";
import { minute } from "../../../lib/system/mod.ts";
import { readCertificateFile } from "../../../lib/x509/mod.ts";
import {
  commonSigner,
  configured,
  day,
  ended,
  RotationWorld,
} from "../../support/rotation_world.ts";

const hour = 60 * minute;

/** A device with a pair of this lifetime, with its own place in its fleet. */
async function worldWith(
  life: number,
  { renewBefore = configured.renewBefore, device = 0 }: {
    readonly renewBefore?: typeof configured.renewBefore;
    readonly device?: number;
  } = {},
): Promise<RotationWorld> {
  const world = new RotationWorld(await commonSigner());
  const identity = { subject: `CN=device-${device}`, names: [`DNS:device-${device}.example`] };
  world.configuration = { ...configured, identity, renewBefore };
  world.life = life;
  const { outcome, warnings } = await world.rotate();
  assert.deepEqual([outcome, warnings], ["rotated", []]);
  return world;
}

/** When the active certificate expires. */
function endOf(world: RotationWorld): number {
  const text = new TextEncoder().encode(world.read("/tls/cert.pem"));
  return readCertificateFile(text).leaf.notAfter.getTime();
}

/** A lifetime that is as likely to be minutes as years. */
const anyLife = fc.double({
  min: Math.log(10 * minute),
  max: Math.log(30 * 365 * day),
  noNaN: true,
})
  .map((exponent) => Math.round(Math.exp(exponent) / 1000) * 1000);

const anyRenewBefore = fc.oneof(
  fc.integer({ min: 10, max: 90 }).map((percent) =>
    ({ kind: "share", share: percent / 100 }) as const
  ),
  fc.constant({ kind: "time", milliseconds: 30 * day } as const),
);

Deno.test("a certificate of any lifetime is due early enough for at least six attempts", async () => {
  const property = fc.asyncProperty(
    anyLife,
    anyRenewBefore,
    fc.integer({ min: 0, max: 20 }),
    async (life, renewBefore, device) => {
      const world = await worldWith(life, { renewBefore, device });
      const issued = world.now.getTime();
      const end = endOf(world);
      const { nextAttempt: due } = await world.rotate();
      assert.ok(due !== undefined);
      const period = renewBefore.kind === "share"
        ? life * renewBefore.share
        : renewBefore.milliseconds;
      const first = Math.max(end - period, issued + life / 3);
      const left = end - due.getTime();
      assert.ok(due.getTime() >= first - 1 && left >= (end - first) * 3 / 4 - 1, `${left}`);
      world.issuer = () => ended(1);
      world.now = due;
      let asked = 0;
      while (world.now.getTime() < end && asked < 8) {
        const before = world.count("issuer");
        const { outcome, nextAttempt } = await world.rotate();
        asked += world.count("issuer") - before;
        assert.ok(outcome === "failed" && nextAttempt !== undefined && nextAttempt > world.now);
        world.now = nextAttempt;
      }
      assert.ok(asked >= 6, `${asked} attempts`);
    },
  );
  await fc.assert(property, { numRuns: 25 });
});

/** Runs a device at this interval. @returns how many runs found no valid certificate. */
async function run(world: RotationWorld, interval: number, duration: number): Promise<number> {
  let expired = 0;
  for (let passed = 0; passed < duration; passed += interval) {
    world.pass(interval);
    if (world.now.getTime() > endOf(world)) expired++;
    await world.rotate();
  }
  return expired;
}

Deno.test("one-hour certificates are renewed in time for a day, by a run every five minutes", async () => {
  const world = await worldWith(hour);
  assert.equal(await run(world, 5 * minute, day), 0, "never expired");
  assert.ok(world.count("issuer") >= 24 && world.count("issuer") <= 40, `${world.count("issuer")}`);
  assert.equal(world.events.filter(({ event }) => event === "failed").length, 0);
});

Deno.test("six-day certificates, backdated by an hour, are renewed in time by hourly runs", async () => {
  const world = await worldWith(6 * day);
  world.issuer = async ({ input }, { signer, now }) => {
    const notBefore = new Date(now.getTime() - hour);
    const notAfter = new Date(now.getTime() + 6 * day);
    return ended(0, { output: await signer.sign(input, { notBefore, notAfter }) });
  };
  assert.equal(await run(world, hour, 30 * day), 0, "never expired");
  assert.ok(world.count("issuer") >= 6 && world.count("issuer") <= 9, `${world.count("issuer")}`);
});

Deno.test("a one-hour pair is renewed within minutes once its issuer works again", async () => {
  // Before and after it has expired.
  for (const dead of [50 * minute, 5 * hour]) {
    const world = await worldWith(hour);
    const { issuer } = world;
    const before = world.active;
    world.issuer = () => ended(1);
    await run(world, minute, dead);
    assert.deepEqual(world.active, before);
    world.issuer = issuer;
    await run(world, minute, 5 * minute);
    assert.notDeepEqual(world.active, before);
  }
});

Deno.test("a fixed renewal time waits for at least a third of a short lifetime", async () => {
  const twenty = { kind: "time", milliseconds: 20 * minute } as const;
  const world = await worldWith(hour, { renewBefore: twenty });
  const { nextAttempt } = await world.rotate();
  const left = endOf(world) - (nextAttempt?.getTime() ?? 0);
  assert.ok(left > 15 * minute - 1 && left <= 20 * minute, `${left / minute} minutes`);
  const month = { kind: "time", milliseconds: 30 * day } as const;
  const short = await worldWith(hour, { renewBefore: month });
  assert.equal(
    (await short.rotate()).outcome,
    "idle",
    "otherwise it would be renewed at every run",
  );
});
