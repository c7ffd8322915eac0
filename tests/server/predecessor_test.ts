/** Devices move over EST from a CA to the one that replaces it. */
import assert from "node:assert/strict";
import { encodeAlternativeNames } from "../../lib/x509/name/alternative_names.ts";
import { encodeDistinguishedName } from "../../lib/x509/name/distinguished_name.ts";
import { decodeCertsOnly } from "../../lib/protocol/cms/mod.ts";
import { decodeBody } from "../../lib/protocol/est/mod.ts";
import { estRoutes } from "../../lib/server/est/mod.ts";
import { day, type HttpResponse } from "../../lib/system/mod.ts";
import {
  type Bytes,
  type Certificate,
  createRequest,
  readCertificate,
  readSingleCertificateFile,
  webCryptoKeys,
  writePem,
} from "../../lib/x509/mod.ts";
import { type TestCa, testCa, withNoCa } from "../support/ca.ts";
import { testTime } from "../support/test_world.ts";
import { asking, contextOf, textOf } from "./test_server.ts";

const key = await webCryptoKeys.generate("ecdsa-p256");
const newKey = await webCryptoKeys.generate("ecdsa-p256");

async function request(name = "a", by = key): Promise<Bytes> {
  return await createRequest({
    subject: encodeDistinguishedName(`CN=${name}`, "optional"),
    alternativeNames: encodeAlternativeNames(`DNS:${name}.example`),
  }, by);
}

interface Move {
  readonly old: TestCa;
  readonly young: TestCa;
  /** Signs a certificate with the old CA. */
  readonly sign: (name?: string, ...words: string[]) => Promise<Certificate>;
  /** Renews with the new CA. */
  readonly renew: (
    certificate: Certificate,
    request: Bytes,
    path?: string,
  ) => Promise<HttpResponse>;
  readonly time: { now: Date };
  readonly codes: () => string[];
  /** What the errors of the events say. */
  readonly messages: () => string[];
}

async function withMove(
  work: (move: Move) => Promise<void>,
  { store = "directory", settings = "" } = {},
): Promise<void> {
  await withNoCa(async ({ root }) => {
    const [old, young] = [testCa(root, "old"), testCa(root, "young")];
    await old.done(["init", "--subject", "CN=Old", "--store", store]);
    await young.done(["init", "--subject", "CN=Young"]);
    young.write("ca.toml", `${settings}[est]\npredecessor = "${old.dataDirectory}"\n`);
    const { context, time, events } = await contextOf(young);
    const ask = asking(context, estRoutes(context));
    await work({
      old,
      young,
      time,
      codes: () => events.map(({ event }) => event),
      messages: () =>
        events.flatMap((event) => "error" in event ? [context.explain(event.error)] : []),
      async sign(name = "a", ...words) {
        const file = `${root}/${name}.csr`;
        await Deno.writeTextFile(file, writePem("CERTIFICATE REQUEST", await request(name)));
        const out = `${root}/${name}.pem`;
        await old.done(["sign", file, "--out", out, ...words]);
        return readSingleCertificateFile(await Deno.readFile(out));
      },
      renew: (certificate, der, path = "simplereenroll") =>
        ask(`/.well-known/est/${path}`, {
          method: "POST",
          headers: { "content-type": "application/pkcs10" },
          certificates: [Uint8Array.from(certificate.der)],
          body: der.toBase64(),
        }),
    });
  });
}

function issued(response: HttpResponse): Certificate {
  assert.equal(response.status, 200, textOf(response));
  const [first] = decodeCertsOnly(decodeBody(response.body ?? new Uint8Array(), "certificates"));
  return readCertificate(first ?? new Uint8Array());
}

for (const store of ["directory", "sqlite"]) {
  Deno.test(`${store}: a certificate of the predecessor gets one new one of its profile`, async () => {
    await withMove(async ({ sign, renew, young }) => {
      const before = await sign("a", "--profile", "client");
      const csr = await request("a", newKey);
      const made = issued(await renew(before, csr));
      assert.equal(made.serialNumber, "02");
      assert.deepEqual(made.extKeyUsage, ["1.3.6.1.5.5.7.3.2"]);
      assert.match(await young.done(["show", "02"]), /EST certificate \w+ of the predecessor/);
      // The response may have been lost.
      assert.equal(issued(await renew(before, csr)).serialNumber, "02");
      // With another key it is too late: the device has moved.
      assert.equal((await renew(before, await request("a", key))).status, 403);
      // From now on it renews with its new certificate.
      assert.equal(issued(await renew(made, await request("a", key))).serialNumber, "03");
      assert.equal((await renew(before, csr)).status, 403);
    }, { store });
  });
}

Deno.test("a certificate that the predecessor has revoked or superseded gets nothing", async () => {
  await withMove(async ({ old, sign, renew, young, messages }) => {
    const [a, b] = [await sign("a"), await sign("b")];
    await old.done(["revoke", a.serialNumber]);
    assert.equal((await renew(a, await request("a", newKey))).status, 403);
    await sign("b", "--renew", b.serialNumber);
    assert.equal((await renew(b, await request("b", newKey))).status, 403);
    assert.equal(young.read("index.json").trim(), "[]");
    assert.deepEqual(messages(), [
      `the predecessor has revoked the client's certificate (serial ${a.serialNumber})`,
      `the predecessor has issued a newer certificate with the same names (serial ${b.serialNumber})`,
    ]);
  });
});

Deno.test("a predecessor that is not there is named in the log", async () => {
  await withMove(async ({ old, sign, renew, messages }) => {
    const before = await sign();
    Deno.removeSync(old.dataDirectory, { recursive: true });
    assert.equal((await renew(before, await request("a", newKey))).status, 503);
    const [message = ""] = messages();
    assert.ok(message.startsWith(`cannot read the predecessor ${old.dataDirectory}: `), message);
  });
});

Deno.test("a certificate of the predecessor gets nothing else, and nothing after its end", async () => {
  await withMove(async ({ sign, renew, time, young }) => {
    const before = await sign("a", "--validity", "10");
    const csr = await request("a", newKey);
    assert.equal((await renew(before, await request("b", newKey))).status, 403);
    assert.equal((await renew(before, csr, "server/simplereenroll")).status, 403);
    time.now = new Date(testTime.getTime() + 11 * day);
    assert.equal((await renew(before, csr)).status, 403);
    time.now = new Date(testTime.getTime() - day);
    assert.equal((await renew(before, csr)).status, 403);
    assert.equal(young.read("index.json").trim(), "[]");
    time.now = testTime;
    issued(await renew(before, csr));
  });
});

Deno.test("a forged certificate in the name of the predecessor is foreign", async () => {
  await withMove(async ({ old, sign, renew, young }) => {
    await sign("a");
    // The same name and the same serial numbers, and another key.
    const twin = testCa(`${old.root}`, "twin");
    await twin.done(["init", "--subject", "CN=Old"]);
    await twin.done(["sign", `${old.root}/a.csr`]);
    const forged = readSingleCertificateFile(Deno.readFileSync(twin.path("certs/02.pem")));
    assert.equal((await renew(forged, await request("a", newKey))).status, 403);
    // Signed by the predecessor's key, but not on its record.
    await Deno.copyFile(old.path("ca.key"), twin.path("ca.key"));
    await Deno.copyFile(old.path("ca.crt"), twin.path("ca.crt"));
    await twin.done(["sign", `${old.root}/a.csr`]);
    const unknown = readSingleCertificateFile(Deno.readFileSync(twin.path("certs/03.pem")));
    assert.equal((await renew(unknown, await request("a", newKey))).status, 403);
    assert.equal(young.read("index.json").trim(), "[]");
  });
});

Deno.test("while the predecessor cannot be read, a device is told to come back", async () => {
  await withMove(async ({ old, sign, renew, codes }) => {
    const before = await sign("a");
    await Deno.rename(old.dataDirectory, `${old.dataDirectory}.away`);
    assert.equal((await renew(before, await request("a", newKey))).status, 503);
    assert.ok(codes().includes("cannot-enrol"));
    await Deno.rename(`${old.dataDirectory}.away`, old.dataDirectory);
    issued(await renew(before, await request("a", newKey)));
  });
});
