/** What a probe saw before a change decides what it proves after it. */
import assert from "node:assert/strict";
import { exitCodeOf } from "../../../../lib/cli/exit_code.ts";
import { describe } from "../../../../lib/cli/messages/mod.ts";
import { attentionLine } from "../../../../lib/cli/print/mod.ts";
import { readCertificateFile } from "../../../../lib/x509/mod.ts";
import type { PairConfiguration } from "../../../../lib/device/configuration/mod.ts";
import { judge, type Verdict } from "../../../../lib/device/rotation/owed/evidence.ts";
import type { EarlierSight } from "../../../../lib/device/pair/mod.ts";
import { type Stage, TlsConnectionError } from "../../../../lib/system/mod.ts";
import {
  blind,
  configured,
  day,
  ended,
  type Look,
  looksAtService,
  reloads,
  rotatedWorld,
  type RotationWorld,
} from "../../../support/rotation_world.ts";

const hour = day / 24;

/** A certificate that never belonged to the pair. */
const foreign: Look = () => ({ stage: "certificate", certificate: new Uint8Array([1, 2, 3]) });

const [oldPair, other] = ["0".repeat(64), "f".repeat(64)];

const seen = {
  served: { stage: "certificate", saw: "expected" },
  old: { stage: "certificate", saw: "another", fingerprint: oldPair },
  another: { stage: "certificate", saw: "another", fingerprint: other },
  // As seen by a command probe.
  "not served": { stage: "certificate", saw: "another" },
  handshake: { stage: "handshake", saw: "nothing" },
  connected: { stage: "connected", saw: "nothing" },
  nothing: { stage: "nothing", saw: "nothing" },
} as const;

const columns = Object.keys(seen) as (keyof typeof seen)[];

/**
 * Rows: seen before. Columns: seen after. s served, r refused, - unproven. See docs/explanation/rotation.md.
 */
const table: readonly (readonly [keyof typeof seen | "unknown", string])[] = [
  ["served", "s r r r r r r"],
  ["another", "s r - - r r r"],
  ["handshake", "s r - - - r r"],
  ["connected", "s r - - - - r"],
  ["nothing", "s r - - - - -"],
  ["unknown", "s r r r - - -"],
];

for (const [before, row] of table) {
  Deno.test(`judge() follows the documented table for a probe that saw ${before} before`, () => {
    const verdicts: Record<string, Verdict> = { s: "served", r: "refused", "-": "unproven" };
    const earlier: EarlierSight | undefined = before === "unknown"
      ? undefined
      : { probe: other, ...seen[before] };
    for (const [index, mark] of row.split(" ").entries()) {
      const after = columns[index] ?? "nothing";
      const verdict = judge(seen[after], { before: earlier, replaced: oldPair });
      assert.equal(verdict, verdicts[mark], `${before}, then ${after}`);
    }
  });
}

Deno.test("judge() does not blame a change for what a probe loses sight of later", () => {
  const before = { probe: other, ...seen.handshake, since: "same" } as const;
  assert.equal(judge(seen.nothing, { before, replaced: oldPair }), "unproven");
  assert.equal(judge(seen.old, { before, replaced: oldPair }), "refused");
});

Deno.test("the state records what each probe saw before the change, next to the pending hook", async () => {
  const world = await rotatedWorld();
  world.hook = () => ended({ kind: "interrupted", signal: "SIGTERM" });
  await world.rotate({ force: true });
  const [sight, ...others] = world.state.owed?.before ?? [];
  assert.deepEqual([sight?.stage, sight?.saw, others], ["certificate", "expected", []]);
  assert.equal(sight?.fingerprint, world.state.owed?.restorable);
});

Deno.test("each probe looks once before a change, for a short time", async () => {
  const world = await rotatedWorld();
  let looks = 0;
  world.look = (endpoint, options, world) => {
    if (world.count("hook") > 0) return looksAtService(endpoint, options, world);
    looks++;
    assert.ok(options.timeLimit <= 5000);
    world.pass(options.timeLimit);
    return { stage: "connected", error: new TlsConnectionError(endpoint, "time-limit") };
  };
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
  assert.equal(looks, 1);
});

Deno.test("a probe that sees no more than before proves nothing: the new pair stays", async () => {
  const world = await rotatedWorld();
  const { active } = world;
  world.look = blind;
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "rotated");
  assert.deepEqual(result.owed, { hook: false, probe: true });
  assert.equal(exitCodeOf(result), 5);
  assert.notDeepEqual(world.active, active);
  const told = describe(result.errors[0]);
  assert.equal(told.code, "probe-blind");
  assert.match(told.message, /^cannot tell whether the service uses the new pair: /);
  assert.match(told.details?.join("\n") ?? "", /had the same result before the change/);
  assert.notEqual(told.hint, undefined, "the hint names an option");
});

Deno.test("a hook that succeeded is not run again for a probe that cannot see", async () => {
  const world = await rotatedWorld();
  world.look = blind;
  await world.rotate({ force: true });
  for (let run = 0; run < 48; run++) {
    world.pass(hour);
    const result = await world.rotate();
    assert.deepEqual([result.outcome, exitCodeOf(result)], ["owed", 5]);
  }
  assert.equal(world.count("hook"), 1);
  assert.equal(world.count("issuer"), 1);
  world.look = looksAtService;
  assert.equal((await world.rotate()).outcome, "settled");
  assert.equal(world.count("hook"), 1);
});

Deno.test("a probe that looks at something else causes no rollback and no restart", async () => {
  const world = await rotatedWorld();
  world.look = foreign;
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
  world.pass(hour);
  assert.equal((await world.rotate()).outcome, "owed");
  assert.equal(world.count("hook"), 1);
});

Deno.test("a blind probe before and a dead service after are evidence: the pair is rolled back", async () => {
  const world = await rotatedWorld();
  const { active } = world;
  world.look = blind;
  world.hook = () => {
    world.look = looksAtService;
    world.served = undefined;
    return ended(0);
  };
  assert.equal((await world.rotate({ force: true })).outcome, "restored");
  assert.deepEqual(world.active, active);
});

Deno.test("a service that was down presents the pair once it is started, without another hook", async () => {
  const world = await rotatedWorld();
  world.served = undefined;
  world.hook = () => ended(0);
  const result = await world.rotate({ force: true });
  assert.deepEqual(result.owed, { hook: false, probe: true });
  world.pass(hour);
  assert.equal((await world.rotate()).outcome, "owed");
  world.served = world.active;
  assert.equal((await world.rotate()).outcome, "settled");
  assert.equal(world.count("hook"), 1);
});

Deno.test("a run after a crash still knows what was seen before the change", async () => {
  const world = await rotatedWorld();
  const { active } = world;
  world.hook = () => ended({ kind: "interrupted", signal: "SIGKILL" });
  await world.rotate({ force: true });
  world.hook = () => {
    world.served = undefined;
    return ended(0);
  };
  assert.equal((await world.rotate()).outcome, "restored");
  assert.deepEqual(world.active, active);
});

Deno.test("a pending probe of an older version rolls back only for another certificate", async () => {
  for (const [look, outcome] of [[foreign, "restored"], [blind, "owed"]] as const) {
    const world = await rotatedWorld();
    world.hook = () => ended({ kind: "interrupted", signal: "SIGTERM" });
    await world.rotate({ force: true });
    const path = "/tls/.certswap/cert.pem.state";
    const state = JSON.parse(world.read(path) ?? "");
    delete state.owed.before;
    world.write(path, JSON.stringify(state));
    world.hook = () => ended(0);
    world.look = look;
    assert.equal((await world.rotate()).outcome, outcome);
  }
});

Deno.test("what a probe saw before does not apply to a probe with another configuration", async () => {
  const world = await rotatedWorld();
  world.hook = () => ended({ kind: "interrupted", signal: "SIGTERM" });
  await world.rotate({ force: true });
  const [probe] = configured.probes;
  assert.ok(probe?.kind === "server");
  world.configuration = { ...configured, probes: [{ ...probe, port: 8443 }] };
  world.hook = () => {
    world.served = undefined;
    return ended(0);
  };
  assert.equal((await world.rotate()).outcome, "owed");
});

Deno.test("a run stopped during the look before the change keeps the issuer's answer", async () => {
  const world = await rotatedWorld();
  const { active } = world;
  world.pass(85 * day);
  world.probed = () => world.signal("SIGTERM");
  const result = await world.rotate();
  assert.equal(result.isInterrupted, true);
  assert.deepEqual(world.active, active);
  assert.equal(world.count("hook"), 0);
  world.probed = () => {};
  world.pass(hour);
  assert.equal((await world.rotate()).outcome, "rotated");
  assert.equal(world.count("issuer"), 1, "the issuer's answer was lost");
});

/** Two probes: of a service, and of another service that reads the same pair. */
async function twoProbes(): Promise<RotationWorld> {
  const world = await rotatedWorld();
  const [probe] = configured.probes;
  assert.ok(probe?.kind === "server");
  const probes: PairConfiguration["probes"] = [probe, { ...probe, port: 8443 }];
  world.configuration = { ...configured, probes };
  return world;
}

Deno.test("a pair is done when all probes have seen it, and each looks until it has", async () => {
  const world = await twoProbes();
  const looks: number[] = [];
  let isBlind = true;
  world.look = (endpoint, options, world) => {
    looks.push(endpoint.port);
    return endpoint.port === 8443 && isBlind
      ? blind(endpoint)
      : looksAtService(endpoint, options, world);
  };
  const result = await world.rotate({ force: true });
  assert.deepEqual([result.outcome, result.owed], ["rotated", { hook: false, probe: true }]);
  assert.deepEqual(world.state.owed?.before?.map(({ since }) => since), ["served", "same"]);
  looks.length = 0;
  world.pass(hour);
  assert.equal((await world.rotate()).outcome, "owed");
  assert.deepEqual(looks, [8443], "a probe that has seen it looked again");
  isBlind = false;
  assert.equal((await world.rotate()).outcome, "settled");
});

Deno.test("one probe that sees the old certificate is enough for a rollback", async () => {
  const world = await twoProbes();
  const { served } = world;
  world.look = (endpoint, options, world) =>
    endpoint.port === 8443
      ? { stage: "certificate" as Stage, certificate: served ?? new Uint8Array() }
      : looksAtService(endpoint, options, world);
  assert.equal((await world.rotate({ force: true })).outcome, "restored");
});

/** Runs once an hour, as cron starts them. */
async function runHourly(world: RotationWorld, days: number): Promise<Set<string>> {
  const issued = new Set<string>();
  for (let run = 0; run < days * 24; run++) {
    world.pass(hour);
    await world.rotate();
    issued.add(String(world.count("issuer")));
  }
  return issued;
}

Deno.test("a service that keeps refusing costs two certificates, and three attempts a day", async () => {
  const world = await rotatedWorld();
  const { active } = world;
  world.pass(60 * day);
  world.hook = () => ended(0);
  await runHourly(world, 29);
  assert.deepEqual(world.active, active, "the service keeps the old pair");
  assert.equal(world.count("issuer"), 2);
  const tries = world.events.filter(({ event }) => event === "swapped").length;
  assert.ok(tries > 29 && tries <= 3 * 29 + 6, `${tries} tries`);
  world.hook = reloads;
  await runHourly(world, 1);
  assert.deepEqual(world.served, world.active);
  assert.notDeepEqual(world.active, active);
  assert.equal(world.count("issuer"), 2);
  assert.equal(world.state.takenBack, undefined);
});

/** A device whose service has refused a pair, which was rolled back. */
async function refusedWorld(): Promise<
  { readonly world: RotationWorld; readonly refused: Uint8Array | undefined }
> {
  const world = await rotatedWorld();
  world.pass(85 * day);
  let refused: Uint8Array | undefined;
  world.hook = () => {
    refused ??= world.active;
    return ended(0);
  };
  assert.equal((await world.rotate()).outcome, "restored");
  return { world, refused };
}

Deno.test("a pair that was rolled back is not tried again if another type of key is configured", async () => {
  const { world, refused } = await refusedWorld();
  world.hook = reloads;
  world.configuration = { ...world.configuration, keyAlgorithm: "ecdsa-p384" };
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
  assert.notDeepEqual(world.active, refused);
  assert.equal(world.count("issuer"), 2);
});

Deno.test("a pair that was rolled back is tried again, and no other is requested", async () => {
  const { world, refused } = await refusedWorld();
  assert.deepEqual(
    [world.state.takenBack?.times, world.state.takenBack?.certificates],
    [1, 1],
  );
  world.hook = reloads;
  assert.equal((await world.rotate()).outcome, "waiting");
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
  assert.deepEqual(world.active, refused);
  assert.equal(world.count("issuer"), 1);
  assert.equal(world.read("/tls/.key.pem.certswap.pending"), undefined);
});

Deno.test("a pair that was rolled back and is no longer usable is replaced by another", async () => {
  const world = await rotatedWorld();
  world.pass(85 * day);
  world.hook = () => ended(0);
  await world.rotate();
  world.hook = reloads;
  const names = ["DNS:device.example", "DNS:new.example"];
  world.configuration = { ...configured, identity: { ...configured.identity, names } };
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
  assert.equal(world.count("issuer"), 2);
});

Deno.test("hooks without effect are run with increasing delays if a rollback is impossible", async () => {
  const world = await rotatedWorld();
  // Expired, so a rollback is impossible.
  world.pass(200 * day);
  world.hook = () => ended(0);
  await world.rotate();
  await runHourly(world, 10);
  assert.ok(world.count("hook") <= 3 * 10 + 8, `${world.count("hook")} runs`);
  assert.equal(world.count("issuer"), 1);
});

Deno.test("a rollback names the serial number of the certificate that was not served", async () => {
  const world = await rotatedWorld();
  world.hook = () => ended(0);
  const { errors, outcome } = await world.rotate({ force: true });
  assert.equal(outcome, "restored");
  const refused = readCertificateFile(
    new TextEncoder().encode(world.read("/tls/.cert.pem.certswap.pending")),
  ).leaf.serialNumber;
  const { message, details } = describe(errors[0]);
  assert.equal(
    message,
    "rolled back to the previous pair: the service at localhost:443 did not serve the new " +
      `certificate (serial ${refused}) within the deadline of 10s`,
  );
  const old = readCertificateFile(new TextEncoder().encode(world.read("/tls/cert.pem"))).leaf;
  assert.match(details?.join("\n") ?? "", /^it served: SHA256:/);
  assert.ok(details?.includes(`serial: ${old.serialNumber}`));
});

Deno.test("a probe at another server says that it also saw another certificate before", async () => {
  const world = await rotatedWorld();
  const other = (await rotatedWorld()).served ?? assert.fail();
  world.look = () => ({ stage: "certificate", certificate: other });
  const { errors, outcome, attention } = await world.rotate({ force: true });
  assert.equal(outcome, "rotated");
  assert.match(
    describe(errors[0]).details?.join("\n") ?? "",
    /The probe also saw another certificate before the change, so the new pair stays active\./,
  );
  assert.match(
    attentionLine("web", attention ?? assert.fail()),
    /\. Check the service and the probe\. To probe again now: /,
  );
});
