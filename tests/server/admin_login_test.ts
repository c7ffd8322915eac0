/** An admin address that other machines can reach: who may use it. */
import assert from "node:assert/strict";
import { describe } from "../../lib/cli/messages/mod.ts";
import { adminRoutes } from "../../lib/server/admin/mod.ts";
import { join } from "../../lib/system/mod.ts";
import { encodePem, readCertificateFile } from "../../lib/x509/mod.ts";
import { type TestCa, withCa } from "../support/ca.ts";
import { craftRequest } from "../support/requests.ts";
import { makeSigner, type Signer } from "../support/signer.ts";
import { testTime } from "../support/test_world.ts";
import { type Ask, asking, contextOf, type TestContext, textOf } from "./test_server.ts";

async function withAdmin(
  table: string,
  work: (
    place: Pick<TestContext, "events"> & {
      readonly ask: Ask;
      readonly ca: TestCa;
      readonly maker: Signer;
    },
  ) => Promise<void>,
): Promise<void> {
  await withCa(async (ca) => {
    const [password, trust] = [join(ca.root, "password"), join(ca.root, "admins.pem")];
    const maker = await makeSigner("CN=Admins");
    Deno.writeTextFileSync(password, "correct horse\n", { mode: 0o600 });
    Deno.writeTextFileSync(trust, maker.trust);
    ca.write(
      "ca.toml",
      `[serve]\nadmin = "0.0.0.0:9090"\nnames = ["ca.example"]\n` +
        table.replace("PASSWORD", password).replace("TRUST", trust),
    );
    const { context, events } = await contextOf(ca);
    const routes = adminRoutes(context, {
      crlState: { lastRun: testTime, failure: undefined },
      ocsp: { state: { responder: undefined, failure: undefined, kept: 0 } },
      signFailure: () => undefined,
      isEstServed: () => true,
      connections: () => 0,
      startedAt: testTime,
    });
    await work({ ask: asking(context, routes), ca, maker, events });
  });
}

const basic = (text: string): Record<string, string> => ({
  host: "ca.example:9090",
  authorization: `Basic ${new TextEncoder().encode(text).toBase64()}`,
});

async function certificateBy(signer: Signer, years: number): Promise<Uint8Array<ArrayBuffer>> {
  const request = encodePem("CERTIFICATE REQUEST", await craftRequest({ subject: "CN=admin" }));
  const pem = await signer.sign(request, {
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date(Date.UTC(2020 + years, 0)),
  });
  return readCertificateFile(new TextEncoder().encode(pem)).leaf.der;
}

Deno.test("a non-local admin address answers those with the password, and limits guesses", async () => {
  await withAdmin('admin_password_file = "PASSWORD"\n', async ({ ask, ca, events }) => {
    for (const path of ["/", "/metrics", "/status.json", "/healthz", "/readyz", "/style.css"]) {
      const refused = await ask(path);
      assert.equal(refused.status, 401, path);
      assert.match(refused.headers?.["www-authenticate"] ?? "", /^Basic /);
      assert.ok(!textOf(refused).includes("certswap_"));
    }
    assert.equal((await ask("/metrics", { headers: basic("anyone:correct horse") })).status, 200);
    for (let index = 0; index < 10; index++) {
      const wrong = await ask("/metrics", { headers: basic(":wrong"), client: "192.0.2.9" });
      assert.equal(wrong.status, 401);
    }
    const right = { headers: basic("a:correct horse") };
    assert.equal((await ask("/metrics", { ...right, client: "192.0.2.9" })).status, 429);
    assert.equal((await ask("/metrics", { ...right, client: "192.0.2.8" })).status, 200);
    // Without the file, every request is refused, and the log says so once.
    Deno.removeSync(join(ca.root, "password"));
    for (const client of ["192.0.2.7", "192.0.2.8"]) {
      assert.equal((await ask("/metrics", { ...right, client })).status, 503);
    }
    const kinds = events.map(({ event }) => event).filter((event) => event !== "request");
    assert.deepEqual(kinds.filter((event) => event !== "refused"), ["cannot-check-login"]);
  });
});

Deno.test("an empty password file refuses every request", async () => {
  await withAdmin('admin_password_file = "PASSWORD"\n', async ({ ask, ca }) => {
    const malformed = { host: "ca.example:9090", authorization: "Bearer x" };
    const requests = [malformed, basic("anyone:"), basic("")];
    for (const headers of requests) assert.equal((await ask("/metrics", { headers })).status, 401);
    for (const content of ["", "\n", "\r\nsecond line\n"]) {
      Deno.writeTextFileSync(join(ca.root, "password"), content, { mode: 0o600 });
      for (const headers of requests) {
        assert.equal((await ask("/metrics", { headers })).status, 503, JSON.stringify(content));
      }
    }
  });
});

Deno.test("a non-local admin address answers those with a client certificate of its CA", async () => {
  await withAdmin('admin_client_ca = "TRUST"\n', async ({ ask, maker }) => {
    const statusOf = async (certificate: Uint8Array<ArrayBuffer>): Promise<number> =>
      (await ask("/metrics", { certificates: [certificate] })).status;
    assert.equal((await ask("/metrics")).status, 403);
    assert.equal((await ask("/metrics", { headers: basic("a:b") })).status, 403);
    assert.equal(await statusOf(await certificateBy(maker, 50)), 200);
    assert.equal(await statusOf(await certificateBy(maker, 1)), 403);
    assert.equal(await statusOf(await certificateBy(await makeSigner("CN=Admins"), 50)), 403);
  });
});

Deno.test("a file with administrators' CAs that cannot be used is named in the log", async () => {
  await withAdmin('admin_client_ca = "TRUST"\n', async ({ ask, ca, maker, events }) => {
    Deno.writeTextFileSync(join(ca.root, "admins.pem"), "nonsense");
    const certificates = [await certificateBy(maker, 50)];
    const logged = (): string[] =>
      events.flatMap((event) =>
        event.event === "cannot-check-login" ? [describe(event.error).message] : []
      );
    assert.equal((await ask("/metrics", { certificates })).status, 503);
    const [message = ""] = logged();
    assert.ok(message.startsWith(`cannot use ${ca.root}/admins.pem (admin_client_ca): `), message);
    // Once, however often clients ask; and once more when it happens again.
    assert.equal((await ask("/metrics", { certificates })).status, 503);
    assert.equal(logged().length, 1);
    Deno.writeTextFileSync(join(ca.root, "admins.pem"), maker.trust);
    assert.equal((await ask("/metrics", { certificates })).status, 200);
    Deno.removeSync(join(ca.root, "admins.pem"));
    assert.equal((await ask("/metrics", { certificates })).status, 503);
    assert.equal((await ask("/metrics", { certificates })).status, 503);
    assert.equal(logged().length, 2);
  });
});
