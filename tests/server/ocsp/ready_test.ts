/** Responses that are sent again without reading the request. */
import assert from "node:assert/strict";
import { second } from "../../../lib/system/mod.ts";
import { nonceExtension, requestDer } from "../../protocol/ocsp/samples.ts";
import { withCa } from "../../support/ca.ts";
import { testTime } from "../../support/test_world.ts";
import { replyOf, responderOf, type TestResponder } from "./ocsp_client.ts";

async function withResponder(work: (responder: TestResponder) => Promise<void>): Promise<void> {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    await work(await responderOf(ca));
  });
}

Deno.test("the same bytes, asked again, are answered with the same object for a second", async () => {
  await withResponder(async ({ ask, id, time, context }) => {
    const body = requestDer({ ids: [await id(2n)] });
    // The first request has the responder issued, which is a change of the CA.
    await ask("/ocsp", { method: "POST", body });
    for (const request of [{ method: "POST", body }, {}]) {
      const path = "body" in request ? "/ocsp" : `/ocsp/${encodeURIComponent(body.toBase64())}`;
      time.now = testTime;
      const first = await ask(path, request);
      const again = await ask(path, request);
      assert.deepEqual(again, { ...first, isRepeated: true });
      assert.equal(await ask(path, request), again);
      time.now = new Date(testTime.getTime() + second);
      const later = await ask(path, request);
      assert.notEqual(later.headers?.["cache-control"], first.headers?.["cache-control"]);
      assert.deepEqual(later.body, first.body);
    }
    assert.deepEqual(context.counters.samples("server_ocsp_responses_total"), [
      'certswap_server_ocsp_responses_total{status="good"} 9\n',
    ]);
  });
});

Deno.test("a revocation is said to those who ask again with the same bytes", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    const { ask, id, refresh } = await responderOf(ca);
    const path = `/ocsp/${encodeURIComponent(requestDer({ ids: [await id(2n)] }).toBase64())}`;
    for (let count = 0; count < 3; count++) {
      assert.deepEqual((await replyOf(await ask(path))).statuses, ["good"]);
    }
    await ca.done(["revoke", "02"]);
    await refresh();
    assert.match((await replyOf(await ask(path))).statuses[0] ?? "", /^revoked/);
  });
});

Deno.test("what is unknown, and what has a nonce, is read each time", async () => {
  await withResponder(async ({ ask, id }) => {
    const extensions = [nonceExtension(new Uint8Array(16))];
    for (
      const body of [
        requestDer({ ids: [await id(99n)] }),
        requestDer({ ids: [await id(2n)], extensions }),
      ]
    ) {
      for (let count = 0; count < 3; count++) {
        const { status, isRepeated } = await ask("/ocsp", { method: "POST", body });
        assert.deepEqual([status, isRepeated], [200, undefined]);
      }
    }
  });
});
