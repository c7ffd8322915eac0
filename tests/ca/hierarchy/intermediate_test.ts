/** An intermediate CA on the same machine as the CA that signs it: `ca init --signed-by`. */
import assert from "node:assert/strict";
import { sign } from "../../../lib/ca/issue/mod.ts";
import { day, join } from "../../../lib/system/mod.ts";
import {
  readCertificateFile,
  readSingleCertificateFile,
} from "../../../lib/x509/read/certificate_file.ts";
import type { Certificate } from "../../../lib/x509/read/certificate.ts";
import { verifyChain } from "../../../lib/x509/verify/chain.ts";
import { type TestCa, withCa, withHierarchy, withRoot } from "../../support/ca.ts";
import { refused } from "../../support/refused.ts";
import { runCli, testSystem, testTime } from "../../support/test_world.ts";

const certificateIn = (path: string): Certificate =>
  readSingleCertificateFile(Deno.readFileSync(path));

/** The chain that a local issuer of a device gets for a new request. */
async function issued(ca: TestCa): Promise<readonly [Certificate, ...Certificate[]]> {
  const { issued: [first] } = await sign(testSystem(), {
    dataDirectory: ca.dataDirectory,
    requests: [await ca.request()],
    validity: 90 * day,
    onBadRequest: "stop",
    lockTimeout: 0,
  });
  assert.ok(first !== undefined);
  const { leaf, chain } = readCertificateFile(first.chain);
  return [leaf, ...chain];
}

Deno.test("ca init --signed-by makes an intermediate that its root knows", async () => {
  await withRoot(async ({ root, inter }) => {
    const output = await inter.done([
      "init",
      "--subject",
      "CN=Inter",
      "--signed-by",
      root.dataDirectory,
    ]);
    assert.match(
      output,
      /^CA initialized successfully\.\n {2}Subject: +CN=Inter\n {2}Issuer: +CN=Root/,
    );
    assert.match(output, /^ {2}Serial: +02$/m);
    const certificate = certificateIn(inter.path("ca.crt"));
    assert.deepEqual(certificate.basicConstraints, { ca: true, pathLength: 0 });
    assert.equal(certificate.notAfter.getTime() - testTime.getTime(), 1825 * day);
    assert.deepEqual(certificateIn(root.path("certs/02.pem")).der, certificate.der);
    assert.deepEqual(
      certificateIn(inter.path("ca-chain.pem")).der,
      certificateIn(root.path("ca.crt")).der,
    );
    assert.match(await root.done(["list"]), /^02\s+active.*CN=Inter$/m);
    assert.match(await root.done(["verify", inter.path("ca.crt")]), /: VALID/);
    assert.equal((Deno.statSync(inter.path("ca.key")).mode ?? 0) & 0o777, 0o600);
    assert.deepEqual(
      [...Deno.readDirSync(inter.dataDirectory)].map(({ name }) => name).sort(),
      [
        ".certswap",
        "ca-chain.pem",
        "ca.crt",
        "ca.key",
        "certs",
        "crlnumber",
        "history.jsonl",
        "index.json",
        "serial",
      ],
    );
    assert.equal(inter.read("serial"), "01\n");
    for (const ca of [root, inter]) assert.match(await ca.done(["check"]), /^CA check: OK/);
  });
});

Deno.test("leaves of an intermediate are delivered with it, and verify up to the root", async () => {
  await withHierarchy(async ({ root, inter }) => {
    const [leaf, ...intermediates] = await issued(inter);
    assert.deepEqual(
      intermediates.map(({ der }) => der),
      [certificateIn(inter.path("ca.crt")).der],
    );
    // Alone in the data directory, as for a root.
    assert.deepEqual(certificateIn(inter.path("certs/01.pem")).der, leaf.der);
    const anchors = [certificateIn(root.path("ca.crt"))];
    const path = await verifyChain({ leaf, intermediates, anchors, at: testTime });
    assert.equal(path.length, 3);
  });
});

Deno.test("leaves of a root are delivered alone", async () => {
  await withCa(async (ca) => assert.equal((await issued(ca)).length, 1));
});

Deno.test("a leaf never outlives the intermediate that signs it", async () => {
  await withHierarchy(async ({ inter }) => {
    const { exit, stderr } = await inter.run([
      "sign",
      await inter.request(),
      "--validity",
      "3000",
    ]);
    assert.equal(exit, 0);
    assert.match(stderr, /valid only until/);
    const [leaf, ca] = ["certs/01.pem", "ca.crt"].map((name) => certificateIn(inter.path(name)));
    assert.deepEqual(leaf?.notAfter, ca?.notAfter);
  });
});

Deno.test("ca verify under an intermediate says whether the CA itself is valid", async () => {
  await withHierarchy(async ({ inter }) => {
    await inter.done(["sign", await inter.request()]);
    const leaf = inter.path("certs/01.pem");
    assert.match(await inter.done(["verify", leaf]), /: VALID\n[^]*Chain: +OK\n/);
    const delivered = `${inter.root}/delivered.pem`;
    Deno.writeTextFileSync(delivered, Deno.readTextFileSync(leaf) + inter.read("ca.crt"));
    assert.match(await inter.done(["verify", delivered]), /: VALID\n/);
    const chain = inter.read("ca-chain.pem");
    Deno.removeSync(inter.path("ca-chain.pem"));
    assert.match(await inter.done(["verify", leaf]), /: VALID\n[^]*Chain: +NOT CHECKED/);
    inter.write("ca-chain.pem", inter.read("ca.crt"));
    const { exit, stdout } = await inter.run(["verify", leaf]);
    assert.equal(exit, 1);
    assert.match(stdout, /: INVALID\n[^]*Chain: +FAILED \(/);
    inter.write("ca-chain.pem", chain);
    assert.match((await inter.run(["verify", "--json", leaf])).stdout, /"chain":\s*"ok"/);
  });
});

Deno.test("ca verify refuses a file with a certificate of another CA", async () => {
  await withHierarchy(async ({ root, inter }) => {
    await inter.done(["sign", await inter.request()]);
    await root.done(["sign", await root.request("b.csr")]);
    const both = `${inter.root}/both.pem`;
    const texts = [inter.read("certs/01.pem"), root.read("certs/03.pem")];
    Deno.writeTextFileSync(both, texts.join(""));
    await refused(inter, ["verify", both], { error: /failed to parse certificate/ });
  });
});

Deno.test("ca check of an intermediate finds a chain that is missing, wrong, or about to end", async () => {
  await withHierarchy(async ({ root, inter }) => {
    const checked = async (now?: Date): Promise<string> =>
      (await inter.run(["check"], now === undefined ? {} : { now })).stdout;
    const later = new Date(testTime.getTime() + 3400 * day);
    // The intermediate itself has expired by then.
    assert.match(await checked(later), /CN=Root in ca-chain\.pem expires on .* in 250 days/);
    const chain = inter.read("ca-chain.pem");
    inter.write("ca-chain.pem", inter.read("ca.crt"));
    assert.match(await checked(), /Problem: ca-chain\.pem is not the chain .*not a root/);
    inter.write("ca-chain.pem", inter.read("ca.crt") + chain);
    assert.match(await checked(), /Problem: ca-chain\.pem is not the chain from this CA/);
    inter.write("ca-chain.pem", "nothing");
    assert.match(await checked(), /Problem: ca-chain\.pem: .*is not a certificate/);
    Deno.removeSync(inter.path("ca-chain.pem"));
    assert.match(await checked(), /Problem: ca-chain\.pem is missing/);
    inter.write("ca-chain.pem", chain);
    inter.write("ca-previous.pem", root.read("ca.crt"));
    assert.match(
      await checked(),
      /Problem: certificate 1 in ca-previous\.pem does not have the name/,
    );
  });
});

Deno.test("an intermediate with path length 0 signs no CA", async () => {
  await withHierarchy(async ({ inter, at }) => {
    const below = at("below");
    const words = ["init", "--subject", "CN=Below", "--signed-by", inter.dataDirectory];
    const { exit, stderr } = await below.run(words);
    assert.equal(exit, 1);
    assert.match(stderr, /^Error: CN=Inter cannot sign CA certificates: a path length/);
    assert.equal(inter.read("index.json"), "[]\n");
    await assert.rejects(Deno.stat(below.path("ca.key")));
  });
});

Deno.test("below name constraints, the common name of a leaf counts, that of a CA does not", async () => {
  await withRoot(async ({ root, inter, at }) => {
    Deno.writeTextFileSync(
      root.path("ca.toml"),
      "[profile.site]\nca = true\npath_length = 1\n" +
        'name_constraints = { permitted = ["DNS:site.example"] }\n',
    );
    const signedBy = (ca: TestCa) => ["--signed-by", ca.dataDirectory];
    await inter.done(["init", "--subject", "CN=Site", ...signedBy(root), "--profile", "site"]);
    const below = at("below");
    await below.done(["init", "--subject", "CN=Below", ...signedBy(inter)]);
    await refused(below, ["sign", await below.request("a", { subject: "CN=Leaf" })], {
      error:
        "CSR refused: the name constraints of a CA in the chain do not permit this name: DNS:Leaf",
    });
    const names = { subject: "CN=a.site.example", names: "DNS:a.site.example" };
    await below.done(["sign", await below.request("b", names)]);
  });
});

Deno.test("a CA cannot be signed by itself", async () => {
  await withRoot(async ({ root }) => {
    await refused(root, ["init", "--subject", "CN=Root", "--signed-by", root.dataDirectory], {
      error: /--signed-by and --data-dir name the same CA/,
      exit: 2,
    });
  });
});

Deno.test("ca init --signed-by a CA that cannot sign creates nothing", async () => {
  await withRoot(async ({ root, inter }) => {
    const words = ["init", "--subject", "CN=Inter", "--signed-by", root.dataDirectory];
    const late = new Date(testTime.getTime() + 4000 * day);
    const { exit, stderr } = await inter.run(words, { now: late });
    assert.equal(exit, 1);
    assert.match(stderr, /CA certificate expired/);
    assert.throws(() => Deno.statSync(inter.dataDirectory), Deno.errors.NotFound);
    assert.equal(root.read("index.json"), "[]\n");
    // The same command works when the cause is gone.
    await inter.done(words);
  });
});

Deno.test("ca init --signed-by never overwrites a CA, or one that waits for another name", async () => {
  await withHierarchy(async ({ root, inter }) => {
    const words = ["init", "--subject", "CN=Inter", "--signed-by", root.dataDirectory];
    await refused(inter, words, { error: `CA already initialized at ${inter.dataDirectory}` });
  });
  await withRoot(async ({ root, inter }) => {
    await inter.done(["init", "--subject", "CN=Other", "--request", `${inter.root}/other.csr`]);
    const words = ["init", "--subject", "CN=Inter", "--signed-by", root.dataDirectory];
    await refused(inter, words, { error: `CA already initialized at ${inter.dataDirectory}` });
  });
});

Deno.test("ca init --signed-by continues after a stop before or after the signature", async () => {
  for (const hasSigned of [false, true]) {
    await withRoot(async ({ root, inter }) => {
      await inter.done(["init", "--subject", "CN=Inter", "--request", `${inter.root}/inter.csr`]);
      const key = inter.read("ca.key");
      if (hasSigned) {
        await sign(testSystem(), {
          dataDirectory: root.dataDirectory,
          requests: [inter.path("ca.csr")],
          profile: "intermediate",
          validity: 100 * day,
          onBadRequest: "stop",
          lockTimeout: 0,
        });
      }
      await inter.done(["init", "--subject", "CN=Inter", "--signed-by", root.dataDirectory]);
      assert.equal(inter.read("ca.key"), key);
      // Signed once.
      assert.match(await root.done(["list"]), /^SERIAL.*\n02 [^\n]*CN=Inter\n$/);
      for (const ca of [root, inter]) assert.match(await ca.done(["check"]), /^CA check: OK/);
    });
  }
});

for (
  const [why, settings, words, said] of [
    [
      "a profile that does not allow the name",
      '[profile.intermediate.names]\nsubject = "CN=*,O=Fleet"\n',
      [],
      /CN=Below is not allowed by profile intermediate/,
    ],
    [
      "a profile that does not allow the kind of key",
      '[profile.intermediate]\nkey_algorithms = ["rsa-4096"]\n',
      [],
      /ecdsa-p256 is not allowed by profile intermediate/,
    ],
    ["a profile of leaves", "", ["--profile", "server"], /server/],
    ["an expired root", "", [], /CA certificate expired/],
  ] as const
) {
  Deno.test(`ca init --signed-by leaves nothing, not even a directory, because of ${why}`, () =>
    withCa(async (root) => {
      if (settings !== "") {
        root.write("ca.toml", settings);
        Deno.chmodSync(root.path("ca.toml"), 0o644);
      }
      const before = root.tree();
      const below = join(root.root, "below");
      const now = why === "an expired root" ? new Date("2090-01-01T00:00:00Z") : undefined;
      const system = testSystem();
      const { exit, stderr } = await runCli(
        [
          ...["ca", "init", "--data-dir", below, "--subject", "CN=Below"],
          ...["--signed-by", root.dataDirectory, ...words],
        ],
        { system: now ? { ...system, clock: { ...system.clock, now: () => now } } : system },
      );
      // A profile of the wrong kind is a wrong command line.
      assert.equal(exit, words.length > 0 ? 2 : 1, stderr);
      assert.match(stderr, said);
      assert.deepEqual(root.tree(), before);
    }));
}
