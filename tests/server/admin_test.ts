/** Metrics, health and status of a server. */
import assert from "node:assert/strict";
import { adminRoutes, type AdminTerms } from "../../lib/server/admin/mod.ts";
import { keepFresh } from "../../lib/server/crl/keeper.ts";
import type { CertswapError } from "../../lib/system/mod.ts";
import { NoPassphraseError } from "../../lib/ca/key/mod.ts";
import { withCa } from "../support/ca.ts";
import { testTime } from "../support/test_world.ts";
import { asking, contextOf, textOf } from "./test_server.ts";

function termsWith(failure?: CertswapError): AdminTerms {
  return {
    crlState: { lastRun: testTime, failure: undefined },
    ocsp: { state: { responder: undefined, failure: undefined, kept: 3 } },
    signFailure: () => failure,
    isEstServed: () => true,
    connections: () => 7,
    startedAt: testTime,
  };
}

Deno.test("/metrics has the age of the CRL, the certificates by status, and the requests", async () => {
  await withCa(async (ca) => {
    for (const name of ["a.csr", "b.csr"]) await ca.done(["sign", await ca.request(name)]);
    await ca.done(["revoke", "02"]);
    await ca.done(["crl"]);
    const { context } = await contextOf(ca);
    const ask = asking(context, adminRoutes(context, termsWith()));
    await ask("/nope");
    const text = textOf(await ask("/metrics"));
    for (
      const line of [
        `certswap_crl_revoked_certificates{ca="${ca.dataDirectory}"} 1`,
        'certswap_server_ca_certificates{status="active"} 1',
        'certswap_server_ca_certificates{status="revoked"} 1',
        "certswap_server_connections 7",
        "certswap_server_can_sign 1",
        "certswap_server_ocsp_kept_responses 3",
        "certswap_server_ocsp_responder_failed 0",
        'certswap_server_requests_total{server="http",route="-",status="404"} 1',
      ]
    ) assert.ok(text.includes(`${line}\n`), `${line} in ${text}`);
  });
});

Deno.test("/readyz says why the server cannot do its work, and /healthz that it runs", async () => {
  await withCa(async (ca) => {
    await ca.done(["crl"]);
    const { context, time } = await contextOf(ca);
    const ready = asking(context, adminRoutes(context, termsWith()));
    assert.equal((await ready("/readyz")).status, 200);
    const failure = new NoPassphraseError("ca.key", "current");
    const ask = asking(context, adminRoutes(context, termsWith(failure)));
    const { status, headers } = await ask("/readyz");
    assert.deepEqual([status, headers?.["retry-after"]], [503, "30"]);
    assert.equal(textOf(await ask("/readyz")).trim(), `signing fails: ${context.explain(failure)}`);
    assert.doesNotMatch(context.explain(failure), /no-passphrase/);
    assert.equal((await ask("/healthz")).status, 200);
    time.now = new Date(testTime.getTime() + 8 * 24 * 3600 * 1000);
    assert.match(textOf(await ready("/readyz")), /^the CRL has expired$/m);
  });
});

Deno.test("/status.json tells about the CA and its CRL", async () => {
  await withCa(async (ca) => {
    await ca.done(["crl"]);
    const { context } = await contextOf(ca);
    const ask = asking(context, adminRoutes(context, termsWith()));
    const status = JSON.parse(textOf(await ask("/status.json")));
    assert.equal(status.ca.subject, "CN=My Root CA,O=My Org,C=US");
    assert.deepEqual([status.crl.number, status.crl.published, status.ready], ["1", null, true]);
  });
});

Deno.test("the admin address answers no page of the web that leads its name here", async () => {
  await withCa(async (ca) => {
    const { context } = await contextOf(ca);
    const ask = asking(context, adminRoutes(context, termsWith()));
    for (
      const host of ["evil.example", "evil.example:9090", "127.0.0.1.evil.example", "localhost.x"]
    ) {
      assert.equal((await ask("/metrics", { headers: { host } })).status, 421, host);
    }
    for (const host of ["localhost:9090", "127.0.0.1:9090", "[::1]:9090", "LOCALHOST"]) {
      assert.equal((await ask("/metrics", { headers: { host } })).status, 200, host);
    }
  });
});

Deno.test("a change of another process is reported once, and one of the server itself is not", async () => {
  await withCa(async (ca) => {
    const { context, events } = await contextOf(ca);
    const { watch } = context;
    const read = async (): Promise<readonly string[]> => {
      events.length = 0;
      for (let round = 0; round < 3; round++) await watch.refresh();
      return events.map(({ event }) => event);
    };
    await keepFresh(context, { lastRun: undefined, failure: undefined });
    assert.deepEqual(events.map(({ event }) => event), ["crl-issued"]);
    assert.deepEqual(await read(), []);
    await ca.done(["sign", await ca.request()]);
    assert.deepEqual(await read(), ["ca-read"]);
    assert.deepEqual(await read(), []);
  });
});
