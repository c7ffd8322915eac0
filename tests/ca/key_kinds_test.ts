/** Every kind of key, as the key of a CA and of a leaf. */
import assert from "node:assert/strict";
import { kindsFor, nameOfOid, readSingleCertificateFile } from "../../lib/x509/mod.ts";
import { signatureOid } from "../../lib/x509/encoding/oids.ts";
import { keyKinds } from "../../lib/x509/key/kinds.ts";
import { readRequestFile } from "../../lib/x509/read/request.ts";
import { readCrlFile } from "../../lib/x509/read/crl.ts";
import { judgeSignature } from "../../lib/x509/verify/signature.ts";
import { type TestCa, withCa, withNoCa } from "../support/ca.ts";
import { runCli, testSystem } from "../support/test_world.ts";

Deno.test("ca request makes a key and a request of every kind", async () => {
  await withNoCa(async (ca) => {
    for (const kind of kindsFor("leaf")) {
      const [key, csr] = [`${ca.root}/${kind}.key`, `${ca.root}/${kind}.csr`];
      const words = ["--subject", `CN=${kind}.example`, "--out-key", key, "--out-csr", csr];
      const { exit, stdout } = await runCli(
        ["ca", "request", ...words, "--key-algorithm", kind],
        { system: testSystem() },
      );
      assert.equal(exit, 0);
      assert.ok(stdout.includes(`  Algorithm: ${keyKinds[kind].name}\n`), stdout);
      const { subjectPublicKeyInfo } = readRequestFile(Deno.readFileSync(csr));
      assert.deepEqual(subjectPublicKeyInfo.algorithm, keyKinds[kind].algorithm);
    }
  });
});

/** A request for every kind of key. */
function requests(ca: TestCa): Promise<string[]> {
  return Promise.all(
    kindsFor("leaf").map((keyType) => ca.request(`${keyType}.csr`, { keyType })),
  );
}

// Generating RSA keys of 4096 bits takes half a minute: tests/interop does it.
for (const kind of kindsFor("ca").filter((kind) => kind !== "rsa-4096")) {
  const hash = kind === "ecdsa-p384" ? "SHA-384" : "SHA-256";
  const oid = signatureOid[kind.startsWith("rsa") ? "rsa-pkcs1" : "ecdsa"][hash];

  Deno.test(`a CA of ${kind} signs every kind of key, and all its signatures use ${hash}`, async () => {
    await withCa(async (ca) => {
      await ca.done(["sign", ...await requests(ca)]);
      await ca.done(["crl"]);
      const root = readSingleCertificateFile(Deno.readFileSync(ca.path("ca.crt")));
      const leaves = [...Deno.readDirSync(ca.path("certs"))].map(({ name }) =>
        readSingleCertificateFile(Deno.readFileSync(ca.path(`certs/${name}`)))
      );
      assert.equal(leaves.length, kindsFor("leaf").length);
      const crl = readCrlFile(Deno.readFileSync(ca.path("ca.crl")));
      for (const signed of [root, ...leaves, crl]) {
        assert.equal(signed.signatureAlgorithm.oid, oid, nameOfOid(signed.signatureAlgorithm.oid));
        const { is } = await judgeSignature(signed, root.subjectPublicKeyInfo);
        assert.equal(is, "good");
      }
      for (const { subjectPublicKeyInfo: { algorithm }, keyUsage } of leaves) {
        const encipherment = algorithm.kind === "rsa" ? ["keyEncipherment"] : [];
        assert.deepEqual(keyUsage, ["digitalSignature", ...encipherment]);
      }
      assert.match(await ca.done(["verify", ca.path("certs/02.pem")]), /VALID/);
      assert.equal(await ca.done(["check"]), "CA check: OK\n");
    }, ["--key-algorithm", kind]);
  });
}

Deno.test("ca init refuses Ed25519 and P-521: too few peers verify them in certificates", async () => {
  for (const kind of ["ed25519", "ecdsa-p521"]) {
    await withNoCa(async (ca) => {
      const { exit, stderr } = await ca.run(["init", "--subject", "CN=a", "--key-algorithm", kind]);
      assert.equal(exit, 2);
      assert.match(stderr, /invalid key algorithm/);
      assert.deepEqual(ca.tree(), []);
    });
  }
});

Deno.test("ca sign signs for RSA keys of a length that certswap itself does not make", async () => {
  await withCa(async (ca) => {
    const pair = await crypto.subtle.generateKey(
      {
        name: "RSASSA-PKCS1-v1_5",
        hash: "SHA-256",
        modulusLength: 2560,
        publicExponent: Uint8Array.of(1, 0, 1),
      },
      true,
      ["sign", "verify"],
    );
    const publicKeyInfo = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
    const csr = await ca.request("odd.csr", {
      keyType: "rsa-2048",
      publicKeyInfo,
      sign: async (tbs) =>
        new Uint8Array(await crypto.subtle.sign("RSASSA-PKCS1-v1_5", pair.privateKey, tbs)),
    });
    await ca.done(["sign", csr]);
    const leaf = readSingleCertificateFile(Deno.readFileSync(ca.path("certs/02.pem")));
    assert.deepEqual(leaf.subjectPublicKeyInfo.algorithm, { kind: "rsa", bits: 2560 });
    assert.deepEqual(leaf.keyUsage, ["digitalSignature", "keyEncipherment"]);
  });
});
