/** `ca root renew`, the warnings before it is due, and what peers get. */
import assert from "node:assert/strict";
import { day } from "../../../lib/system/mod.ts";
import {
  readCertificateFile,
  readSingleCertificateFile,
} from "../../../lib/x509/read/certificate_file.ts";
import { type TestCa, testOnEachStore, withCa, withHierarchy } from "../../support/ca.ts";
import { refused } from "../../support/refused.ts";
import { testTime } from "../../support/test_world.ts";
import { verifyChain } from "../../../lib/x509/verify/chain.ts";

const after = (days: number): Date => new Date(testTime.getTime() + days * day);

function certificateOf(ca: TestCa, name: string): ReturnType<typeof readSingleCertificateFile> {
  return readSingleCertificateFile(Deno.readFileSync(ca.path(name)));
}

Deno.test("ca root renew makes a certificate with the same name, key and identifier", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    await ca.done(["crl"]);
    const old = ca.read("ca.crt");
    const output = await ca.done(["root", "renew", "--validity", "4000"], { now: after(30) });
    assert.match(output, /^CA certificate renewed successfully\.\n {2}Subject: +CN=My Root CA/);
    assert.match(output, /^ {2}Serial: +03$/m);
    const [before, now] = [
      readSingleCertificateFile(new TextEncoder().encode(old)),
      certificateOf(ca, "ca.crt"),
    ];
    assert.deepEqual(now.subject.der, before.subject.der);
    assert.deepEqual(now.subjectPublicKeyInfo.der, before.subjectPublicKeyInfo.der);
    assert.deepEqual(now.subjectKeyIdentifier, before.subjectKeyIdentifier);
    assert.deepEqual(now.extensions, before.extensions);
    assert.equal(now.serialNumber, "03");
    assert.deepEqual(now.notAfter, after(4030));
    assert.equal(now.notBefore.getTime(), after(30).getTime() - 60_000);
    assert.equal(ca.read("ca-previous.pem"), old);
    assert.equal(ca.read("serial"), "04\n");
    // Leaves verify against either.
    const leaf = certificateOf(ca, "certs/02.pem");
    for (const anchor of [before, now]) {
      await verifyChain({ leaf, intermediates: [], anchors: [anchor], at: after(31) });
    }
    // The CRL of before too: the note is about its age.
    assert.match(
      await ca.done(["verify", ca.path("certs/02.pem")], { now: after(6) }),
      /Signature: +OK/,
    );
    assert.match(await ca.done(["check"], { now: after(31) }), /^CA check: OK/);
    await ca.done(["crl"], { now: after(31) });
    assert.match(
      await ca.done(["verify", ca.path("certs/02.pem")], { now: after(31) }),
      /: VALID\n[^]*OK \(not revoked\)/,
    );
    await ca.done(["sign", await ca.request("b.csr")], { now: after(31) });
    assert.match(await ca.done(["list"], { now: after(31) }), /^04\s/m);
  });
});

testOnEachStore(
  "older certificates of a root are kept, newest first, and delivered while valid",
  async (ca) => {
    await ca.done(["root", "renew", "--validity", "4000"], { now: after(1) });
    await ca.done(["root", "renew", "--validity", "4100"], { now: after(2) });
    const { leaf, chain } = readCertificateFile(Deno.readFileSync(ca.path("ca-previous.pem")));
    assert.deepEqual([leaf, ...chain].map(({ serialNumber }) => serialNumber), ["02", "01"]);
    const printed = (now: Date): Promise<string> => ca.done(["certificates"], { now });
    const blocks = async (now: Date): Promise<number> =>
      (await printed(now)).match(/BEGIN CERTIFICATE/g)?.length ?? 0;
    assert.equal(await blocks(after(3)), 3);
    // The first ends after 3650 days.
    assert.equal(await blocks(after(3700)), 2);
    assert.ok((await printed(after(3))).startsWith(ca.read("ca.crt")));
    const file = `${ca.root}/peers.pem`;
    assert.match(
      await ca.done(["certificates", "--out", file], { now: after(3) }),
      /^3 certificates/,
    );
    assert.equal(Deno.readTextFileSync(file), await printed(after(3)));
    assert.equal(
      await ca.done(["certificates", "--out", "-"], { now: after(3) }),
      await printed(after(3)),
    );
  },
);

testOnEachStore("many renewals keep the file of older certificates readable", async (ca) => {
  for (let count = 1; count <= 20; count++) {
    await ca.done(["root", "renew", "--validity", `${3650 + count}`], { now: after(count) });
  }
  assert.match(await ca.done(["check"], { now: after(21) }), /^CA check: OK/);
});

testOnEachStore("an expired root can be renewed", async (ca) => {
  const now = after(3660);
  const stderr = await refused(ca, ["sign", await ca.request()], {
    error: /^Error: CA certificate expired on/,
    now,
  });
  assert.match(stderr, /'certswap ca root renew --data-dir \S+'/);
  await ca.done(["root", "renew"], { now });
  await ca.done(["sign", await ca.request("b.csr")], { now });
  assert.match(await ca.done(["check"], { now }), /^CA check: OK/);
});

Deno.test("ca root renew refuses a shorter life, a wrong clock, and an intermediate", async () => {
  await withCa(async (ca) => {
    await refused(ca, ["root", "renew", "--validity", "3000"], {
      error: /^Error: the new certificate would not expire later than the current one/,
    });
    await refused(ca, ["root", "renew"], { error: /^Error: the clock says/, now: after(-10) });
  });
  await withHierarchy(async ({ inter }) => {
    const stderr = await refused(inter, ["root", "renew"], { error: /this CA is an intermediate/ });
    assert.match(stderr, /'certswap ca intermediate request --data-dir \S+ --out inter\.csr'/);
    assert.match(stderr, /'certswap ca sign inter\.csr .*--renew SERIAL --data-dir ISSUING-CA'/);
    assert.match(stderr, /Do not revoke the old/);
    assert.match(stderr, /'certswap ca activate --data-dir \S+ CERT-FILE --chain CHAIN-FILE'/);
  });
});

testOnEachStore("ca root renew refuses a link in place of ca.crt", async (ca) => {
  Deno.renameSync(ca.path("ca.crt"), `${ca.root}/elsewhere.crt`);
  Deno.symlinkSync(`${ca.root}/elsewhere.crt`, ca.path("ca.crt"));
  await refused(ca, ["root", "renew"], { error: /ca\.crt is a symbolic link/, now: after(1) });
});

Deno.test("ca renew is still an unknown command", async () => {
  await withCa((ca) =>
    refused(ca, ["renew"], { error: /unknown command 'renew'/, exit: 2 }).then(() => {})
  );
});

testOnEachStore("sign and crl warn, once, from a year before the end of the CA", async (ca) => {
  const [first, second, third] = await Promise.all(
    ["a", "b", "c"].map((name) =>
      ca.request(`${name}.csr`, { subject: `CN=${name}`, names: `DNS:${name}` })
    ),
  ) as [string, string, string];
  const early = await ca.run(["sign", first, "--validity", "90"], { now: after(3650 - 366) });
  assert.equal(early.stderr, "");
  const now = after(3650 - 364);
  for (const words of [["sign", second, "--validity", "90"], ["crl"]]) {
    const { exit, stderr } = await ca.run(words, { now });
    assert.equal(exit, 0);
    assert.match(
      stderr,
      /^Warning: the CA certificate CN=My Root CA.* expires on .* in 364 days/,
    );
    assert.match(stderr, /certswap ca root renew/);
    assert.equal(stderr.match(/Warning:/g)?.length, 1, stderr);
  }
  // The other warning about the same end is enough.
  const { stderr } = await ca.run(["sign", third], { now });
  assert.match(stderr, /valid only until/);
  assert.equal(stderr.match(/Warning:/g)?.length, 1, stderr);
});

Deno.test("an intermediate warns of the end of its root too", async () => {
  await withHierarchy(async ({ inter }) => {
    const { stderr } = await inter.run(["crl"], { now: after(1800) });
    assert.match(stderr, /^Warning: the CA certificate CN=Inter expires on/);
  });
});

Deno.test("new certificates above an intermediate are installed without a new one of its own", async () => {
  await withHierarchy(async ({ root, inter }) => {
    await root.done(["root", "renew", "--validity", "4000"], { now: after(1) });
    const words = ["activate", inter.path("ca.crt"), "--chain", root.path("ca.crt")];
    const output = await inter.done(words, { now: after(1) });
    assert.match(output, /^CA chain replaced successfully\./);
    assert.equal(inter.read("ca-chain.pem"), root.read("ca.crt"));
    assert.match(await inter.done(["check"], { now: after(1) }), /^CA check: OK/);
  });
});
