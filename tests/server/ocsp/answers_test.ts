/** What the OCSP responder of a server answers, and what it keeps. */
import assert from "node:assert/strict";
import { day, hour, minute, second } from "../../../lib/system/mod.ts";
import { certIdDer, requestDer } from "../../protocol/ocsp/samples.ts";
import { type TestCa, withCa, withHierarchy } from "../../support/ca.ts";
import { testTime } from "../../support/test_world.ts";
import { replyOf, responderOf, type TestResponder } from "./ocsp_client.ts";

const after = (milliseconds: number): Date => new Date(testTime.getTime() + milliseconds);

/** How many responses were signed so far. */
function signed({ context }: TestResponder): number {
  const [sample = ""] = context.counters.samples("server_ocsp_signatures_total");
  return Number(sample.split(" ")[1] ?? 0);
}

async function withDevices(
  work: (ca: TestCa, responder: TestResponder) => Promise<void>,
): Promise<void> {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request("a.csr")]);
    await ca.done(["sign", await ca.request("b.csr")]);
    await work(ca, await responderOf(ca));
  });
}

Deno.test("RFC 6960 2.2: what was issued is good, or revoked, and anything else is unknown", async () => {
  await withDevices(async (ca, responder) => {
    await ca.done(["revoke", "03", "--reason", "keyCompromise"]);
    await responder.refresh();
    for (const hash of ["SHA-1", "SHA-256", "SHA-384", "SHA-512"] as const) {
      const { asked } = responder;
      assert.deepEqual((await asked([2n], { hash })).statuses, ["good"]);
      assert.deepEqual((await asked([3n], { hash })).statuses, [
        `revoked 1 ${testTime.toISOString()}`,
      ]);
      for (const never of [99n, 0n, 1n << 158n]) {
        assert.deepEqual((await asked([never], { hash })).statuses, ["unknown"]);
      }
      // The root itself, and the responder, whose number comes after those of the devices.
      assert.deepEqual((await asked([1n], { hash })).statuses, ["good"]);
      assert.deepEqual((await asked([4n], { hash })).statuses, ["good"]);
    }
  });
});

Deno.test("a certificate revoked without a reason is revoked without a reason", async () => {
  await withDevices(async (ca, responder) => {
    await ca.done(["revoke", "02"]);
    await responder.refresh();
    assert.deepEqual((await responder.asked([2n])).statuses, [
      `revoked 0 ${testTime.toISOString()}`,
    ]);
  });
});

Deno.test("an intermediate's certificates are answered for by the intermediate", async () => {
  await withHierarchy(async ({ inter }) => {
    await inter.done(["sign", await inter.request()]);
    const responder = await responderOf(inter);
    const [{ serial: written }] = JSON.parse(inter.read("index.json"));
    const serial = BigInt(`0x${written}`);
    assert.deepEqual((await responder.asked([serial])).statuses, ["good"]);
    // An intermediate has no number of its own: that one is its issuer's.
    assert.deepEqual((await responder.asked([1n << 100n])).statuses, ["unknown"]);
  });
});

Deno.test("RFC 6960 4.2.2.2: a response is signed by a key that the CA has authorized", async () => {
  await withDevices(async (ca, responder) => {
    const { responder: certificate } = await responder.asked([2n]);
    assert.equal(certificate?.serialNumber, "04");
    assert.match(await ca.done(["show", "04"]), /Profile: +ocsp-responder/);
    assert.equal(
      responder.events.filter(({ event }) => event === "ocsp-responder-issued").length,
      1,
    );
  });
});

Deno.test("RFC 6960 2.3: a certificate of another CA is answered with unauthorized, unsigned", async () => {
  await withDevices(async (_ca, responder) => {
    const other = requestDer({ ids: [certIdDer({ serial: 2n })] });
    const reply = await replyOf(await responder.ask("/ocsp", { method: "POST", body: other }));
    assert.equal(reply.response, "unauthorized");
    assert.equal(reply.http.status, 200);
    assert.equal(reply.http.headers?.["cache-control"], "no-store");
    assert.equal(signed(responder), 0);
    // Beside a certificate of this CA, its status is unknown.
    const body = requestDer({ ids: [certIdDer({ serial: 2n }), await responder.id(2n)] });
    const mixed = await replyOf(await responder.ask("/ocsp", { method: "POST", body }));
    assert.deepEqual(mixed.statuses, ["unknown", "good"]);
  });
});

Deno.test("a response is signed once, and again when half its life is over", async () => {
  await withDevices(async (_ca, responder) => {
    const first = await responder.asked([2n]);
    responder.time.now = after(12 * hour - second);
    const again = await responder.asked([2n]);
    assert.deepEqual(again.http.body, first.http.body);
    assert.equal(signed(responder), 1);
    responder.time.now = after(12 * hour + second);
    const next = await responder.asked([2n]);
    assert.equal(signed(responder), 2);
    assert.deepEqual(next.nextUpdate, after(36 * hour + second));
    assert.deepEqual(next.producedAt, after(12 * hour + second));
  });
});

Deno.test("RFC 6960 2.4: thisUpdate, producedAt and nextUpdate follow one another", async () => {
  await withDevices(async (ca, responder) => {
    responder.time.now = after(hour);
    const { thisUpdate, producedAt, nextUpdate } = await responder.asked([2n]);
    // A minute before, for clients whose clock is behind.
    assert.deepEqual(thisUpdate, after(hour - minute));
    assert.deepEqual(producedAt, after(hour));
    assert.deepEqual(nextUpdate, after(25 * hour));
    await ca.done(["revoke", "03"], { now: after(hour) });
    await responder.refresh();
    const revoked = await responder.asked([3n]);
    assert.deepEqual(revoked.thisUpdate, after(hour), "not before it was revoked");
  });
});

Deno.test("a revocation is answered as soon as it is seen; other responses stay as they are", async () => {
  await withDevices(async (ca, responder) => {
    const [, b] = [await responder.asked([2n]), await responder.asked([3n])];
    await ca.done(["revoke", "02"]);
    await responder.refresh();
    const revoked = await responder.asked([2n]);
    assert.match(revoked.statuses[0] ?? "", /^revoked/);
    assert.deepEqual((await responder.asked([3n])).http.body, b.http.body);
    assert.equal(signed(responder), 3);
  });
});

Deno.test("a number that was unknown is good as soon as its certificate is issued", async () => {
  await withDevices(async (ca, responder) => {
    // The responder takes 04.
    assert.deepEqual((await responder.asked([5n])).statuses, ["unknown"]);
    await ca.done(["sign", await ca.request("c.csr")]);
    await responder.refresh();
    assert.deepEqual((await responder.asked([5n])).statuses, ["good"]);
  });
});

Deno.test("unknown is said for five minutes only", async () => {
  await withDevices(async (_ca, responder) => {
    const { nextUpdate } = await responder.asked([99n]);
    assert.deepEqual(nextUpdate, after(5 * minute));
  });
});

Deno.test("a response is kept for each spelling of a CertID, and repeats it", async () => {
  await withDevices(async (_ca, responder) => {
    await responder.asked([2n], { hash: "SHA-1" });
    await responder.asked([2n], { hash: "SHA-256" });
    assert.equal(signed(responder), 2);
    assert.equal(responder.service.state.kept, 2);
  });
});

Deno.test("certificates that many ask for at the same time are signed for once", async () => {
  await withDevices(async (_ca, responder) => {
    const replies = await Promise.all(Array.from({ length: 50 }, () => responder.asked([2n])));
    assert.ok(replies.every(({ statuses }) => statuses[0] === "good"));
    assert.equal(signed(responder), 1);
    assert.equal(
      responder.events.filter(({ event }) => event === "ocsp-responder-issued").length,
      1,
    );
  });
});

Deno.test("random numbers do not fill the memory, and do not displace the good responses", async () => {
  await withDevices(async (_ca, responder) => {
    await responder.asked([2n]);
    for (let serial = 1000n; serial < 2500n; serial++) {
      const client = `192.0.2.${serial % 200n}`;
      assert.equal((await responder.asked([serial], { client })).statuses[0], "unknown");
    }
    assert.ok(responder.service.state.kept <= 1001, String(responder.service.state.kept));
    const before = signed(responder);
    await responder.asked([2n]);
    assert.equal(signed(responder), before);
  });
});

Deno.test("RFC 9654 2.1: a nonce is repeated, and the response is made for it alone", async () => {
  await withDevices(async (_ca, responder) => {
    for (const length of [1, 16, 32, 128]) {
      const nonce = crypto.getRandomValues(new Uint8Array(length));
      const reply = await responder.asked([2n], { nonce });
      assert.deepEqual(reply.nonce, nonce);
    }
    assert.equal(signed(responder), 4);
    assert.equal(responder.service.state.kept, 0);
    for (const length of [0, 129]) {
      const { response } = await responder.asked([2n], { nonce: new Uint8Array(length) });
      assert.equal(response, "malformedRequest");
    }
  });
});

Deno.test("a client that asks too often with a nonce gets the response without one", async () => {
  await withDevices(async (_ca, responder) => {
    const nonce = new Uint8Array(16);
    const replies = [];
    for (let count = 0; count < 130; count++) replies.push(await responder.asked([2n], { nonce }));
    assert.equal(replies.filter((reply) => reply.nonce !== undefined).length, 120);
    assert.ok(replies.every(({ statuses }) => statuses[0] === "good"));
    // 120 with a nonce, and one that is kept.
    assert.equal(signed(responder), 121);
    const other = await responder.asked([2n], { nonce, client: "192.0.2.2" });
    assert.deepEqual(other.nonce, nonce);
  });
});

Deno.test("RFC 6960 4.2.2.3: several certificates are answered in one response, in order", async () => {
  await withDevices(async (ca, responder) => {
    await ca.done(["revoke", "03"]);
    await responder.refresh();
    const { statuses, http } = await responder.asked([99n, 3n, 2n]);
    assert.deepEqual(statuses, ["unknown", `revoked 0 ${testTime.toISOString()}`, "good"]);
    assert.equal(http.status, 200);
  });
});

Deno.test("while the CA cannot be read, kept responses are served until they expire", async () => {
  await withDevices(async (ca, responder) => {
    const first = await responder.asked([2n]);
    const index = ca.read("index.json");
    ca.write("index.json", "damaged");
    await responder.refresh();
    for (const time of [0, 11 * hour, 13 * hour, 24 * hour - second]) {
      responder.time.now = after(time);
      assert.deepEqual((await responder.asked([2n])).http.body, first.http.body, String(time));
    }
    const never = await responder.asked([3n]);
    assert.equal(never.response, "tryLater");
    assert.equal(never.http.headers?.["retry-after"], "30");
    responder.time.now = after(24 * hour + second);
    assert.equal((await responder.asked([2n])).response, "tryLater");
    ca.write("index.json", index);
    await responder.refresh();
    assert.deepEqual((await responder.asked([2n])).statuses, ["good"]);
  });
});

Deno.test("a response is not valid for longer than the certificate of who has signed it", async () => {
  await withDevices(async (ca, responder) => {
    await responder.asked([2n]);
    // No new responder can be issued.
    Deno.removeSync(ca.path("ca.key"));
    responder.time.now = after(7 * day - 2 * hour);
    const { nextUpdate, responder: certificate, statuses } = await responder.asked([3n]);
    assert.deepEqual(statuses, ["good"]);
    assert.deepEqual(nextUpdate, certificate?.notAfter);
    responder.time.now = after(7 * day);
    assert.equal((await responder.asked([3n])).response, "tryLater");
  });
});

Deno.test("the time that a response is valid is a setting", async () => {
  await withCa(async (ca) => {
    ca.write("ca.toml", '[ocsp]\nnext_update = "2h"\n');
    await ca.done(["sign", await ca.request()]);
    const responder = await responderOf(ca);
    assert.deepEqual((await responder.asked([2n])).nextUpdate, after(2 * hour));
  });
});
