/** A configuration that changes the subject or names of a pair: the pair is renewed, but never in a loop. */
import assert from "node:assert/strict";
import { describe } from "../../../../lib/cli/messages/mod.ts";
import {
  beginning,
  configured,
  day,
  ended,
  rotatedWorld,
  type RotationWorld,
  signs,
} from "../../../support/rotation_world.ts";

const names = ["DNS:device.example", "DNS:www.example"];

/** A device with its pair, whose configuration has changed since. */
async function reconfigured(
  identity: Partial<typeof configured.identity>,
): Promise<RotationWorld> {
  const world = await rotatedWorld();
  world.configuration = { ...configured, identity: { ...configured.identity, ...identity } };
  world.pass(day / 2);
  return world;
}

for (
  const [what, identity, shown] of [
    ["an additional name", { names: [...names, "DNS:new.example"] }, { names: 3 }],
    ["other names", { names: ["IP:192.0.2.1"] }, { names: 1 }],
    ["another subject", { subject: "CN=device.example,O=Example" }, { names: 2 }],
  ] as const
) {
  Deno.test(`a pair is renewed immediately, and once, if the configuration changes to ${what}`, async () => {
    const world = await reconfigured(identity);
    const result = await world.rotate();
    assert.deepEqual([result.outcome, result.reason], ["rotated", "identity"]);
    assert.equal(result.certificate?.names.length, shown.names);
    assert.deepEqual(world.served, world.active);
    world.pass(3_600_000);
    assert.equal((await world.rotate()).outcome, "idle");
    assert.equal(world.count("issuer"), 1);
  });
}

for (
  const [what, identity] of [
    ["fewer names than it has", { names: ["DNS:device.example"] }],
    ["its names in another order and case", { names: ["DNS:WWW.example", "DNS:device.EXAMPLE"] }],
    ["its subject with another spelling", { subject: "cn=Device.Example" }],
    ["no subject and names", { subject: undefined, names: undefined }],
  ] as const
) {
  Deno.test(`a pair is not due if the configuration changes to ${what}`, async () => {
    const world = await reconfigured(identity);
    assert.equal((await world.rotate()).outcome, "idle");
    assert.deepEqual(world.runs, []);
  });
}

Deno.test("an issuer that ignores the requested names is asked with increasing delays", async () => {
  const world = await reconfigured({ names: [...names, "DNS:new.example"] });
  const { active } = world;
  const old = await rotatedWorld();
  let request: Uint8Array | undefined;
  old.issuer = async (options) => {
    request = options.input;
    return await signs(options, old);
  };
  await old.rotate({ force: true });
  world.issuer = async (options) =>
    await signs({ ...options, input: request ?? options.input }, world);
  const first = await world.rotate();
  assert.equal(first.outcome, "failed");
  assert.match(describe(first.errors[0]).message, /cannot use the issued certificate/);
  for (let hours = 1; hours < 48; hours++) {
    world.pass(3_600_000);
    await world.rotate();
  }
  const asked = world.count("issuer");
  assert.ok(asked >= 8 && asked <= 12, `asked ${asked} times`);
  assert.equal(world.count("hook"), 0);
  assert.deepEqual(world.active, active);
  world.issuer = signs;
  world.pass(day);
  assert.equal((await world.rotate()).outcome, "rotated");
});

Deno.test("a clock that went back before a pair was issued does not renew it for other names", async () => {
  const world = await reconfigured({ names: ["DNS:new.example"] });
  world.now = new Date(beginning.getTime() - 40 * day);
  assert.equal((await world.rotate()).outcome, "idle");
});

Deno.test("a pair with new names that the service refuses is not tried at every run", async () => {
  const world = await reconfigured({ names: ["DNS:new.example"] });
  world.hook = () => ended(0);
  assert.equal((await world.rotate()).outcome, "restored");
  const again = await world.rotate();
  assert.deepEqual([again.outcome, again.reason], ["waiting", "identity"]);
});
