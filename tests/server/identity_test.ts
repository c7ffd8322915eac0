/** The server's own certificate, issued by the CA that it serves. */
import assert from "node:assert/strict";
import { CaExpiredError, CaKeyMismatchError, RequestRefusedError } from "../../lib/ca/errors.ts";
import { loadIdentity } from "../../lib/server/identity/mod.ts";
import { day } from "../../lib/system/mod.ts";
import { purposeOid, readCertificateFile, webCryptoKeys, writePem } from "../../lib/x509/mod.ts";
import { type TestCa, withCa, withHierarchy } from "../support/ca.ts";
import { contextOf } from "./test_server.ts";

const from = { from: "ca", names: ["ca.fleet.example", "192.0.2.1"] } as const;

/** Getting a certificate fails with this error, and the CA has issued nothing. */
async function refused(
  ca: TestCa,
  { error, now }: { readonly error: new (...rest: never[]) => Error; readonly now?: Date },
): Promise<void> {
  const { context, time } = await contextOf(ca);
  if (now !== undefined) time.now = now;
  const before = ca.tree();
  await assert.rejects(loadIdentity(context, from), error);
  assert.deepEqual(ca.tree(), before);
}

Deno.test("the server's certificate has its names, is for servers, and lives for a week", async () => {
  await withHierarchy(async ({ inter }) => {
    const { context } = await contextOf(inter);
    const { identity, certificate } = await loadIdentity(context, from);
    const { leaf, chain } = readCertificateFile(new TextEncoder().encode(identity.certificatePem));
    assert.equal(leaf.serialNumber, certificate.serialNumber);
    assert.equal(chain.length, 1);
    assert.deepEqual(leaf.subjectAltName.map(({ kind }) => kind), ["dns", "ip"]);
    assert.deepEqual(leaf.extKeyUsage, [purposeOid.serverAuth]);
    assert.equal(leaf.notAfter.getTime() - context.system.clock.now().getTime(), 7 * day);
    assert.match(await inter.done(["check"]), /OK/);
  });
});

Deno.test("a CA whose key is not that of its certificate issues none for its server", async () => {
  await withCa(async (ca) => {
    const { pkcs8 } = await webCryptoKeys.generate("ecdsa-p256");
    ca.write("ca.key", writePem("PRIVATE KEY", pkcs8));
    await refused(ca, { error: CaKeyMismatchError });
  });
});

Deno.test("a CA that has expired issues none for its server", async () => {
  await withCa(async (ca) => {
    await refused(ca, { error: CaExpiredError, now: new Date("2046-01-01T00:00:00Z") });
  });
});

Deno.test("a CA that may not certify the server's names issues none for its server", async () => {
  await withHierarchy(async ({ root, at }) => {
    root.write(
      "ca.toml",
      '[profile.limited]\nca = true\nname_constraints = { permitted = ["DNS:other.example"] }\n',
    );
    const limited = at("limited");
    const signer = ["--signed-by", root.dataDirectory, "--profile", "limited"];
    await limited.done(["init", "--subject", "CN=Limited", ...signer]);
    await refused(limited, { error: RequestRefusedError });
  });
});
