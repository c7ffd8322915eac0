/** `ca cross-certify` and `ca bundle`: one root replaces another. */
import assert from "node:assert/strict";
import { day } from "../../../lib/system/mod.ts";
import {
  type Certificate,
  encodeDistinguishedName,
  encodeNameConstraints,
  keyIdentifierOf,
  readCertificateFile,
  readPublicKeyInfo,
  readSingleCertificateFile,
  webCryptoKeys,
  writePem,
} from "../../../lib/x509/mod.ts";
import { sign } from "../../../lib/x509/write/certificate.ts";
import {
  caConstraints,
  keyUsage,
  nameConstraints,
  subjectKeyIdentifier,
} from "../../../lib/x509/write/extensions.ts";
import { verifyChain } from "../../../lib/x509/verify/chain.ts";
import { encryptKeyOf, passphraseFile, testPassphrase } from "../../support/encrypted_key.ts";
import { type TestCa, testCa, testOnEachStore, withCa, withNoCa } from "../../support/ca.ts";
import { refused } from "../../support/refused.ts";
import { testTime } from "../../support/test_world.ts";

const old = "CN=Root,O=Example";
const young = "CN=Root G2,O=Example";

const certificatesIn = (path: string): readonly Certificate[] => {
  const { leaf, chain } = readCertificateFile(Deno.readFileSync(path));
  return [leaf, ...chain];
};
const certificateOf = (ca: TestCa, name: string): Certificate =>
  readSingleCertificateFile(Deno.readFileSync(ca.path(name)));

/** An old root and a new one, with sequential serial numbers. */
async function withTwoRoots(
  store: string,
  work: (cas: { readonly before: TestCa; readonly after: TestCa }) => Promise<void>,
): Promise<void> {
  await withNoCa(async ({ root }) => {
    const [before, after] = [testCa(root, "old"), testCa(root, "new")];
    await before.done(["init", "--subject", old, "--store", store, "--validity", "2000"]);
    await after.done(["init", "--subject", young, "--store", store, "--validity", "4000"]);
    for (const ca of [before, after]) ca.write("ca.toml", 'serial = "sequential"\n');
    await work({ before, after });
  });
}

for (const store of ["directory", "sqlite"] as const) {
  Deno.test(`${store}: leaves of both roots verify for clients that trust only one of them`, async () => {
    await withTwoRoots(store, async ({ before, after }) => {
      const newWithOld = JSON.parse(
        await before.done(["cross-certify", after.path("ca.crt"), "--json"]),
      );
      assert.deepEqual([newWithOld.subject, newWithOld.issuer, newWithOld.serial], [
        young,
        old,
        "02",
      ]);
      const text = await after.done(["cross-certify", before.path("ca.crt")]);
      assert.match(text, /^Cross-certificate issued successfully\.\n {2}Serial: +02$/m);
      const pems = [before, after].map((ca) => certificatePem(ca, "02"));
      const bundle = `${before.root}/bundle.pem`;
      await Deno.writeTextFile(
        bundle,
        [await pems[0], await pems[1], before.read("ca.crt"), after.read("ca.crt")].join(""),
      );
      for (const ca of [before, after]) {
        // Its own certificate is there already.
        assert.match(await ca.done(["bundle", "add", bundle]), /^3 certificates added;/);
        assert.match(
          await ca.done(["bundle", "add", bundle]),
          /^Nothing to do: clients already get all of these/,
        );
        await ca.done(["crl"]);
        assert.match(await ca.done(["check"]), /^CA check: OK/);
        const request = await ca.request("device.csr", { subject: "CN=device" });
        await ca.done(["sign", request]);
        const peers = `${ca.root}/peers.pem`;
        await ca.done(["certificates", "--out", peers]);
        const intermediates = certificatesIn(peers);
        assert.equal(intermediates.length, 4);
        const leaf = readSingleCertificateFile(
          new TextEncoder().encode(await certificatePem(ca, "03")),
        );
        for (const anchor of [before, after]) {
          const anchors = [certificateOf(anchor, "ca.crt")];
          await verifyChain({ leaf, intermediates, anchors, at: testTime });
        }
      }
      const cross = readSingleCertificateFile(new TextEncoder().encode(await pems[0] ?? ""));
      assert.deepEqual(
        cross.subjectKeyIdentifier,
        certificateOf(after, "ca.crt").subjectKeyIdentifier,
      );
      assert.deepEqual(cross.notAfter, certificateOf(before, "ca.crt").notAfter);
      assert.match(await before.done(["history"]), /trust +CN=Root G2,O=Example/);
      // It can be revoked as every certificate, and renewals of leaves do not look at it.
      await before.done(["revoke", "02"]);
      assert.match(await before.done(["list", "--revoked"]), /^02 .*CN=Root G2,O=Example$/m);
    });
  });

  Deno.test(`${store}: what is removed from the bundle is no longer given to clients`, async () => {
    await withTwoRoots(store, async ({ before, after }) => {
      await before.done(["bundle", "add", after.path("ca.crt")]);
      const { certificates: [entry] } = JSON.parse(await before.done(["bundle", "list", "--json"]));
      assert.equal(entry.subject, young);
      await refused(before, ["bundle", "remove", "00000000"], {
        error: /does not select exactly one certificate in the bundle/,
      });
      await refused(before, ["bundle", "remove", entry.id.slice(0, 7)], {
        error: /does not select exactly one certificate in the bundle/,
      });
      const removed = await before.done(["bundle", "remove", entry.id.slice(0, 8)]);
      assert.match(removed, /^1 certificate removed; the bundle now has 0\.$/m);
      assert.equal(await before.done(["bundle", "list"]), "The bundle is empty.\n");
      const { certificates } = JSON.parse(await before.done(["certificates", "--json"]));
      assert.equal(certificates.length, 1);
      assert.match(await before.done(["check"]), /^CA check: OK/);
    });
  });
}

/** An issued certificate, PEM, of any store. */
async function certificatePem(ca: TestCa, serial: string): Promise<string> {
  return JSON.parse(await ca.done(["show", serial, "--json"])).certificate.pem;
}

Deno.test("a new root delivers its cross-certificate after a leaf, and ca verify takes both", async () => {
  await withTwoRoots("directory", async ({ before, after }) => {
    await before.done(["cross-certify", after.path("ca.crt")]);
    await after.done(["bundle", "add", before.path("ca.crt")]);
    await after.done(["bundle", "add", before.path("certs/02.pem")]);
    const out = `${after.root}/delivered.pem`;
    await after.done(["sign", await after.request(), "--out", out]);
    const [, cross, ...others] = certificatesIn(out);
    assert.deepEqual(cross?.der, certificateOf(before, "certs/02.pem").der);
    assert.equal(others.length, 0);
    assert.match(await after.done(["verify", out]), /^Certificate verification: VALID/);
  });
});

Deno.test("a cross-certificate keeps the path length and the constraints of the other root", async () => {
  await withCa(async (ca) => {
    const other = await constrainedRoot(ca);
    await ca.done(["cross-certify", other, "--validity", "90"]);
    const [made, own] = [certificateOf(ca, "certs/02.pem"), certificatesIn(other)[0]];
    const constraints = (one: Certificate | undefined) =>
      one?.extensions.find(({ oid }) => oid === "2.5.29.30");
    assert.ok(constraints(own) !== undefined);
    assert.deepEqual(constraints(made), constraints(own));
    assert.equal(made.basicConstraints?.pathLength, 1);
    assert.deepEqual(made.notAfter, new Date(testTime.getTime() + 90 * day));
  });
});

/** A root with constraints, which certswap itself does not make. */
async function constrainedRoot({ root }: TestCa): Promise<string> {
  const key = await webCryptoKeys.generate("ecdsa-p256");
  const name = encodeDistinguishedName("CN=Constrained");
  const permitted = ["DNS:fleet.example"];
  const der = await sign(key, {
    serial: 1n,
    subject: name,
    issuer: name,
    notBefore: testTime,
    notAfter: new Date(testTime.getTime() + 400 * day),
    publicKeyInfo: key.publicKey,
    extensions: [
      caConstraints(1),
      keyUsage(["keyCertSign", "cRLSign"]),
      nameConstraints(encodeNameConstraints({ permitted, excluded: [] }) ?? new Uint8Array()),
      subjectKeyIdentifier(await keyIdentifierOf(readPublicKeyInfo(key.publicKey))),
    ],
  });
  const path = `${root}/constrained.pem`;
  await Deno.writeTextFile(path, writePem("CERTIFICATE", der));
  return path;
}

Deno.test("ca cross-certify refuses what is not another root, and changes nothing", async () => {
  await withTwoRoots("directory", async ({ before, after }) => {
    const refuse = (file: string, error: RegExp, now?: Date): Promise<string> =>
      refused(before, ["cross-certify", file], { error, ...(now === undefined ? {} : { now }) });
    await refuse(before.path("ca.crt"), /it has the key of this CA/);
    const twin = testCa(before.root, "twin");
    await twin.done(["init", "--subject", old]);
    await refuse(twin.path("ca.crt"), /it has the same subject as this CA/);
    const inter = testCa(before.root, "inter");
    await inter.done(["init", "--subject", "CN=Inter", "--signed-by", after.dataDirectory]);
    await refuse(inter.path("ca.crt"), /is not the self-signed certificate of a root/);
    await after.done(["sign", await after.request()]);
    await refuse(after.path("certs/03.pem"), /./);
    const short = testCa(before.root, "short");
    await short.done(["init", "--subject", "CN=Short", "--validity", "1"]);
    await refuse(
      short.path("ca.crt"),
      /it has expired, or is not valid yet/,
      new Date(testTime.getTime() + 2 * day),
    );
    Deno.writeTextFileSync(`${before.root}/rubbish.pem`, "rubbish");
    await refuse(`${before.root}/rubbish.pem`, /./);
    // An offline root.
    Deno.removeSync(before.path("ca.key"));
    await refuse(after.path("ca.crt"), /CA private key not available/);
  });
});

testOnEachStore("ca cross-certify opens an encrypted key", async (ca) => {
  const other = testCa(ca.root, "other");
  await other.done(["init", "--subject", "CN=Other"]);
  await encryptKeyOf(ca);
  const file = passphraseFile(ca, testPassphrase);
  const words = ["cross-certify", other.path("ca.crt")];
  assert.equal((await ca.run(words)).exit, 1);
  await ca.done([...words, "--passphrase-file", file]);
});

Deno.test("ca bundle add refuses leaves, unknown issuers and expired certificates", async () => {
  await withTwoRoots("directory", async ({ before, after }) => {
    await before.done(["sign", await before.request()]);
    await refused(before, ["bundle", "add", before.path("certs/02.pem")], {
      error: /it is not a CA certificate/,
    });
    await after.done(["cross-certify", before.path("ca.crt")]);
    await refused(before, ["bundle", "add", after.path("certs/02.pem")], {
      error: /its issuer is not known to this CA/,
    });
    await refused(before, ["bundle", "add", after.path("ca.crt")], {
      error: /it has expired, or is not valid yet/,
      now: new Date(testTime.getTime() - 2 * day),
    });
  });
});
