/** The status of a pending pair: since when it is kept, why, and when it is tried. */
import assert from "node:assert/strict";
import { keptText } from "../../../lib/cli/print/mod.ts";
import { readStatus } from "../../../lib/device/mod.ts";
import type { PairState } from "../../../lib/device/pair/mod.ts";
import { encodeState } from "../../../lib/device/pair/state.ts";
import { judgeBy } from "../../../lib/device/rotation/mod.ts";
import { checkPair, type KeptPair, lookAround } from "../../../lib/device/status/mod.ts";
import { hour } from "../../../lib/system/mod.ts";
import { SimulatedFileSystem } from "../../simulation/model/simulated_file_system.ts";
import {
  commonSigner,
  configured,
  day,
  emptyDevice,
  ended,
  rotatedWorld,
  RotationWorld,
} from "../../support/rotation_world.ts";

async function kept(world: RotationWorld, rules = true): Promise<KeptPair | undefined> {
  const { system, configuration } = world;
  return (await readStatus(
    system,
    configured.paths,
    rules ? { judge: judgeBy(configuration) } : {},
  ))
    .kept;
}

/** A device whose service continues to use the pair that it has. */
async function stubbornService(): Promise<RotationWorld> {
  const world = await rotatedWorld();
  world.hook = () => ended(0);
  return world;
}

Deno.test("a pair that was rolled back after --force is shown with its due time", async () => {
  const world = await stubbornService();
  assert.equal(await kept(world), undefined);
  const { nextAttempt: due } = await world.rotate();
  const since = world.now;
  const result = await world.rotate({ force: true });
  assert.deepEqual([result.outcome, result.nextAttempt], ["restored", due]);
  const found = await kept(world);
  assert.ok(found !== undefined && due !== undefined);
  const { now, ...rest } = found;
  assert.deepEqual(now, world.now);
  assert.deepEqual(rest, {
    // Later than the start of the run, because of the probe.
    since: world.state.kept?.since,
    reason: "refused",
    refusals: 1,
    next: { kind: "at", at: due },
  });
  assert.ok((found.since?.getTime() ?? 0) - since.getTime() < hour);
  assert.match(
    keptText(found),
    new RegExp(
      "^the pending pair has been kept since \\S+ \\(refused by the service\\); " +
        "next attempt: the first run after \\S+, in \\d\\d days$",
    ),
  );
  const { next } = await kept(world, false) ?? {};
  assert.deepEqual(next, { kind: "when-due" });
});

Deno.test("a pair that is rolled back again is kept since the first time", async () => {
  const world = await stubbornService();
  world.pass(85 * day);
  await world.rotate();
  const { since } = await kept(world) ?? {};
  assert.notEqual(since, undefined);
  world.pass(hour);
  assert.equal((await world.rotate()).outcome, "restored");
  const found = await kept(world);
  assert.deepEqual([found?.since, found?.refusals], [since, 2]);
  assert.deepEqual(found?.next, { kind: "at", at: world.state.renewal?.nextAttempt });
  world.pass(day);
  assert.deepEqual((await kept(world))?.next, { kind: "next-run" });
  assert.match(
    keptText(found as KeptPair),
    /\(refused by the service 2 times\); next attempt: the first run after /,
  );
});

Deno.test("a pair that is not yet valid is kept until it is", async () => {
  const world = await rotatedWorld();
  world.pass(85 * day);
  const notBefore = new Date(world.now.getTime() + 2 * hour);
  world.issuer = async ({ input }) =>
    ended(0, {
      output: await world.signer.sign(input, {
        notBefore,
        notAfter: new Date(notBefore.getTime() + 90 * day),
      }),
    });
  await world.rotate();
  const found = await kept(world);
  assert.deepEqual([found?.reason, found?.since], ["not-yet-valid", world.now]);
  assert.deepEqual(found?.next, { kind: "at", at: notBefore });
});

Deno.test("a pair that could not be put in place is kept, and shown with the next attempt", async () => {
  let isFine = true;
  const files = new SimulatedFileSystem(emptyDevice(await commonSigner()), {
    fate: ({ operation, path }) => {
      const isKey = operation === "rename" && path === "/tls/.key.pem.certswap.tmp";
      return isKey && !isFine ? { errno: "EBUSY" } : "run";
    },
  });
  const world = new RotationWorld(await commonSigner(), files);
  await world.rotate();
  isFine = false;
  world.pass(85 * day);
  await world.rotate();
  const found = await kept(world);
  assert.equal(found?.reason, "not-placed");
  assert.deepEqual(found?.next, { kind: "at", at: world.state.renewal?.nextAttempt });
  assert.notEqual(found?.since, undefined);
});

Deno.test("a pair that an older version rolled back is kept since the rollback", async () => {
  const world = await stubbornService();
  await world.rotate({ force: true });
  const { kept: _, ...older }: PairState = world.state;
  world.write("/tls/.certswap/cert.pem.state", new TextDecoder().decode(await encodeState(older)));
  const found = await kept(world);
  assert.deepEqual([found?.reason, found?.since], ["refused", older.lastChange?.at]);
});

Deno.test("a pair without an issuer is not tried by any run", async () => {
  const world = await stubbornService();
  await world.rotate({ force: true });
  world.configuration = { ...configured, issuer: undefined };
  assert.deepEqual((await kept(world))?.next, { kind: "never" });
});

Deno.test("a check warns about a pair that the service refused", async () => {
  const world = await stubbornService();
  await world.rotate({ force: true });
  const { state, findings } = await checkPair(world.system, configured.paths, {
    around: await lookAround(world.system, [configured.paths]),
    judge: judgeBy(configured),
  });
  assert.equal(state, "warning");
  assert.deepEqual(findings.map(({ kind, state }) => [kind, state]), [["kept", "warning"]]);
});

Deno.test("a staged pair says how to activate it, also without a configuration", () => {
  const staged = { now: new Date(0), since: undefined, reason: "staged", refusals: 0 } as const;
  assert.match(
    keptText({ ...staged, next: { kind: "when-due" } }),
    /^the pending pair is staged: 'certswap swap' activates it now; for a configured pair, .*rotate' /,
  );
});
