/** OCSP over HTTP: methods, paths, headers. */
import assert from "node:assert/strict";
import { hour, second } from "../../../lib/system/mod.ts";
import { requestDer } from "../../protocol/ocsp/samples.ts";
import { withCa } from "../../support/ca.ts";
import { testTime } from "../../support/test_world.ts";
import { replyOf, responderOf, type TestResponder } from "./ocsp_client.ts";

const after = (milliseconds: number): Date => new Date(testTime.getTime() + milliseconds);

async function withResponder(
  work: (responder: TestResponder, request: Uint8Array<ArrayBuffer>) => Promise<void>,
): Promise<void> {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    const responder = await responderOf(ca);
    await work(responder, requestDer({ ids: [await responder.id(2n)] }));
  });
}

Deno.test("RFC 6960 A.1: GET and POST get the same answer", async () => {
  await withResponder(async ({ ask }, request) => {
    const posted = await ask("/ocsp", { method: "POST", body: request });
    assert.deepEqual((await replyOf(posted)).statuses, ["good"]);
    assert.equal(posted.headers?.["content-type"], "application/ocsp-response");
    const base64 = request.toBase64();
    for (
      const path of [
        `/ocsp/${base64}`,
        `/ocsp//${base64}`,
        `/ocsp/${encodeURIComponent(base64)}`,
        `/ocsp/${base64.replaceAll("+", "%2B").replaceAll("/", "%2f")}`,
        `/ocsp/${base64.replaceAll("=", "")}`,
      ]
    ) {
      const got = await ask(path);
      assert.equal(got.status, 200);
      assert.deepEqual(got.body, posted.body, path);
      assert.equal(got.headers?.["content-type"], "application/ocsp-response");
    }
    const slash = await ask("/ocsp/", { method: "POST", body: request });
    assert.deepEqual(slash.body, posted.body);
  });
});

Deno.test("RFC 6960 4.2.1: what is not a request is answered with malformedRequest", async () => {
  await withResponder(async ({ ask }, request) => {
    const malformed = [
      await ask("/ocsp", { method: "POST", body: "" }),
      await ask("/ocsp", { method: "POST", body: "text" }),
      await ask("/ocsp", { method: "POST", body: request.slice(0, -1) }),
      await ask("/ocsp"),
      await ask("/ocsp/"),
      await ask("/ocsp/MA=="),
      await ask("/ocsp/%2e%2e/ca.key"),
      await ask(`/ocsp/${"M".repeat(50_000)}`),
    ];
    for (const answer of malformed) {
      assert.equal((await replyOf(answer)).response, "malformedRequest");
      assert.equal(answer.headers?.["cache-control"], "no-store");
    }
  });
});

Deno.test("a large body is refused before it is parsed, and other methods are not allowed", async () => {
  await withResponder(async ({ ask }) => {
    const body = new Uint8Array(8 * 1024 + 1);
    assert.equal((await ask("/ocsp", { method: "POST", body })).status, 413);
    const put = await ask("/ocsp", { method: "PUT" });
    assert.deepEqual([put.status, put.headers?.["allow"]], [405, "GET, HEAD, POST"]);
    assert.equal((await ask("/ocsp/MA==", { method: "POST" })).status, 405);
    assert.equal((await ask("/ocspx")).status, 404);
  });
});

Deno.test("RFC 9919 7.2: caches may keep an answer to GET; the headers agree with its dates", async () => {
  await withResponder(async ({ ask, time }, request) => {
    const path = `/ocsp/${encodeURIComponent(request.toBase64())}`;
    const first = await ask(path);
    const { headers = {} } = first;
    const { thisUpdate, nextUpdate } = await replyOf(first);
    assert.equal(headers["expires"], nextUpdate?.toUTCString());
    assert.equal(headers["last-modified"], thisUpdate?.toUTCString());
    assert.equal(
      headers["cache-control"],
      `max-age=${12 * 3600}, public, no-transform, must-revalidate`,
    );
    const digest = new Uint8Array(
      await crypto.subtle.digest("SHA-256", new Uint8Array(first.body ?? [])),
    );
    assert.equal(headers["etag"], `"${digest.toHex()}"`);
    time.now = after(11 * hour);
    const later = await ask(path);
    assert.equal(
      later.headers?.["cache-control"],
      "max-age=3600, public, no-transform, must-revalidate",
    );
    assert.equal(later.headers?.["expires"], nextUpdate?.toUTCString());
    const known = await ask(path, { headers: { "if-none-match": headers["etag"] ?? "" } });
    assert.deepEqual([known.status, known.body], [304, undefined]);
    time.now = after(12 * hour + second);
    const next = await ask(path, { headers: { "if-none-match": headers["etag"] ?? "" } });
    assert.equal(next.status, 200);
  });
});

Deno.test("RFC 9919 7.2: no signed response forbids caches to keep it", async () => {
  await withResponder(async ({ asked }) => {
    const nonce = new Uint8Array(16);
    for (const reply of [await asked([2n]), await asked([2n, 3n]), await asked([2n], { nonce })]) {
      assert.doesNotMatch(
        reply.http.headers?.["cache-control"] ?? "no-store",
        /no-(?:cache|store)/,
      );
    }
  });
});

Deno.test("an answer to POST is never 304", async () => {
  await withResponder(async ({ ask }, body) => {
    const again = await ask("/ocsp", { method: "POST", body, headers: { "if-none-match": "*" } });
    assert.equal(again.status, 200);
  });
});

Deno.test("an answer that could not be replaced may be kept for half of the time that is left", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    const { ask, id, time, refresh } = await responderOf(ca);
    const path = `/ocsp/${requestDer({ ids: [await id(2n)] }).toBase64()}`;
    await ask(path);
    ca.write("index.json", "damaged");
    await refresh();
    time.now = after(23 * hour);
    const { headers } = await ask(path);
    assert.equal(headers?.["cache-control"], "max-age=1800, public, no-transform, must-revalidate");
  });
});
