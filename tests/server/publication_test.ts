/** What a CA publishes: CRL and certificates, over HTTP. */
import assert from "node:assert/strict";
import { type CrlState, crlTask } from "../../lib/server/crl/mod.ts";
import { keepFresh, pauseAfter } from "../../lib/server/crl/keeper.ts";
import { publicationRoutes } from "../../lib/server/publication/mod.ts";
import { day, hour } from "../../lib/system/mod.ts";
import { readCertificateFile, readCrl, readCrlFile } from "../../lib/x509/mod.ts";
import { withCa, withHierarchy } from "../support/ca.ts";
import { testTime } from "../support/test_world.ts";
import { asking, contextOf, textOf } from "./test_server.ts";

const noState = (): CrlState => ({ lastRun: undefined, failure: undefined });

Deno.test("/ca.crl and /ca.crl.pem are the CRL of the CA, and 404 before there is one", async () => {
  await withCa(async (ca) => {
    const { context } = await contextOf(ca);
    const ask = asking(context, publicationRoutes(context));
    assert.equal((await ask("/ca.crl")).status, 404);
    await ca.done(["crl"]);
    await context.watch.refresh();
    const { status, headers, body = new Uint8Array() } = await ask("/ca.crl");
    assert.deepEqual([status, headers?.["content-type"]], [200, "application/pkix-crl"]);
    assert.equal(readCrl(new Uint8Array(body)).number, 1n);
    assert.deepEqual([...body], [...Deno.readFileSync(ca.path("ca.crl.der"))]);
    assert.equal(headers?.["cache-control"], `max-age=${7 * 24 * 3600}, public, no-transform`);
    const pem = await ask("/ca.crl.pem");
    assert.equal(textOf(pem), ca.read("ca.crl"));
    const tag = headers?.["etag"] ?? "";
    assert.equal((await ask("/ca.crl", { headers: { "if-none-match": tag } })).status, 304);
    await ca.done(["crl"]);
    await context.watch.refresh();
    const next = await ask("/ca.crl", { headers: { "if-none-match": tag } });
    assert.equal(next.status, 200);
    // Both were issued within the same second of the test's clock.
    assert.notEqual(next.headers?.["last-modified"], headers?.["last-modified"]);
  });
});

Deno.test("/ca.crt is the certificate of the CA alone, and /ca.pem has those above it", async () => {
  await withHierarchy(async ({ inter, root }) => {
    const { context } = await contextOf(inter);
    const ask = asking(context, publicationRoutes(context));
    const { headers, body = new Uint8Array() } = await ask("/ca.crt");
    assert.equal(headers?.["content-type"], "application/pkix-cert");
    const { leaf } = readCertificateFile(new TextEncoder().encode(inter.read("ca.crt")));
    assert.deepEqual([...body], [...leaf.der]);
    assert.equal(textOf(await ask("/ca.pem")), inter.read("ca.crt") + root.read("ca.crt"));
  });
});

Deno.test("the CRL of each shard is served under the path in its certificates", async () => {
  await withCa(async (ca) => {
    const address = "http://pki.example/crls/{shard}.crl";
    ca.write("ca.toml", `[addresses]\ncrl = ["${address}"]\n[crl]\nshards = 2\n`);
    await ca.done(["sign", await ca.request()]);
    await ca.done(["revoke", "02"]);
    const { context } = await contextOf(ca);
    const ask = asking(context, publicationRoutes(context));
    assert.equal((await ask("/crls/1.crl")).status, 404);
    await ca.done(["crl"]);
    await context.watch.refresh();
    for (const [shard, count] of [[1, 1], [2, 0]] as const) {
      const { status, headers, body = new Uint8Array() } = await ask(`/crls/${shard}.crl`);
      assert.deepEqual([status, headers?.["content-type"]], [200, "application/pkix-crl"]);
      const { entries, distributionPoint } = readCrl(new Uint8Array(body));
      assert.equal(entries.length, count);
      assert.match(new TextDecoder("latin1").decode(distributionPoint), /crls/);
    }
    assert.equal((await ask("/crls/3.crl")).status, 404);
    assert.equal((await ask("/ca.crl")).status, 200);
  });
});

Deno.test("the CRL is replaced at a third of its life, and not before", async () => {
  await withCa(async (ca) => {
    await ca.done(["crl"]);
    const { context, time, events } = await contextOf(ca);
    const state = noState();
    const number = (): bigint =>
      readCrlFile(new TextEncoder().encode(ca.read("ca.crl"))).number ?? 0n;
    time.now = new Date(testTime.getTime() + 7 * day / 3 - hour);
    await keepFresh(context, state);
    assert.equal(number(), 1n);
    time.now = new Date(testTime.getTime() + 7 * day / 3 + hour);
    await keepFresh(context, state);
    assert.equal(number(), 2n);
    assert.deepEqual(events.filter(({ event }) => event === "crl-issued").length, 1);
    // What is served is what was issued, without waiting for the next look.
    assert.equal(context.watch.view.crl?.crl.number, 2n);
  });
});

/** Runs the task that keeps the CRL fresh for some simulated time. */
async function liveFor(
  ca: Parameters<Parameters<typeof withCa>[0]>[0],
  milliseconds: number,
  onTick: (passed: number) => Promise<void>,
): Promise<Awaited<ReturnType<typeof contextOf>>> {
  const controller = new AbortController();
  const tested = await contextOf(ca, {});
  const { context, time } = tested;
  const sleep = async (duration: number): Promise<void> => {
    time.now = new Date(time.now.getTime() + duration);
    const passed = time.now.getTime() - testTime.getTime();
    await onTick(passed);
    await context.watch.refresh();
    if (passed >= milliseconds) controller.abort();
  };
  const clock = { now: () => time.now, sleep };
  await crlTask({ ...context, system: { ...context.system, clock } }, noState())(controller.signal);
  return tested;
}

Deno.test("the pause between two looks for a new CRL grows with their cost, up to 20 seconds", () => {
  assert.deepEqual([0, 50, 500, 5000].map(pauseAfter), [2000, 2000, 10_000, 20_000]);
});

Deno.test("a revocation by another process is on the CRL of a small CA within seconds", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    let issuedAt: number | undefined;
    await liveFor(ca, 90_000, async (passed) => {
      if (passed === 10_000) await ca.done(["revoke", "02"]);
      const { stdout } = await ca.run(["verify", ca.path("certs/02.pem")]);
      if (issuedAt === undefined && /REVOKED \(reason: unspecified, date: [^,]*\)$/m.test(stdout)) {
        issuedAt = passed;
      }
    });
    assert.ok(issuedAt !== undefined && issuedAt > 10_000 && issuedAt <= 15_000, String(issuedAt));
  });
});

Deno.test("an alarm is raised long before a CRL that cannot be replaced expires", async () => {
  await withCa(async (ca) => {
    await ca.done(["crl", "--next-update", "1"]);
    Deno.removeSync(ca.path("ca.key"));
    const alarms: number[] = [];
    const { events } = await liveFor(ca, 0.6 * hour, (passed) => {
      alarms.push(passed);
      return Promise.resolve();
    });
    const late = events.filter(({ event }) => event === "crl-late");
    assert.equal(late.length, 1);
    const failures = events.filter(({ event }) => event === "crl-failed");
    assert.ok(failures.length > 10 && failures.length < 50, String(failures.length));
  });
});

Deno.test("the last view is served while the CA cannot be read", async () => {
  await withCa(async (ca) => {
    await ca.done(["crl"]);
    const { context, events } = await contextOf(ca);
    const ask = asking(context, publicationRoutes(context));
    const certificate = ca.read("ca.crt");
    ca.write("ca.crt", "damaged");
    await context.watch.refresh();
    await context.watch.refresh();
    assert.equal(context.watch.failure?.code, "bad-ca-file");
    assert.equal((await ask("/ca.crl")).status, 200);
    assert.equal(textOf(await ask("/ca.pem")), certificate);
    assert.equal(events.filter(({ event }) => event === "ca-unreadable").length, 1);
    ca.write("ca.crt", certificate);
    await context.watch.refresh();
    assert.equal(context.watch.failure, undefined);
  });
});
