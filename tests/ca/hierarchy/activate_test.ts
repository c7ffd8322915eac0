/** `ca init --request`, `ca activate` and `ca intermediate request`: the CA above is elsewhere. */
import assert from "node:assert/strict";
import { sign } from "../../../lib/ca/issue/mod.ts";
import { day } from "../../../lib/system/mod.ts";
import { readRequestFile } from "../../../lib/x509/read/request.ts";
import { type TestCa, type TestHierarchy, withHierarchy, withRoot } from "../../support/ca.ts";
import { refused } from "../../support/refused.ts";
import { testSystem, testTime } from "../../support/test_world.ts";

const requestWords = ["init", "--subject", "CN=Inter", "--request"];

/** Signs a request with the profile of intermediates. Returns the path of the certificate. */
async function signIntermediate(
  root: TestCa,
  request: string,
  now: Date = testTime,
): Promise<string> {
  const system = testSystem();
  const { issued: [issued] } = await sign(
    { ...system, clock: { ...system.clock, now: () => now } },
    {
      dataDirectory: root.dataDirectory,
      requests: [request],
      profile: "intermediate",
      validity: 1000 * day,
      onBadRequest: "stop",
      lockTimeout: 0,
    },
  );
  assert.ok(issued !== undefined);
  return issued.path;
}

/** Runs `work` with a root, and an intermediate that waits for its certificate. */
function withWaiting(
  work: (cas: TestHierarchy & { readonly csr: string }) => Promise<void>,
): Promise<void> {
  return withRoot(async (cas) => {
    const csr = `${cas.root.root}/inter.csr`;
    await cas.inter.done([...requestWords, csr]);
    await work({ ...cas, csr });
  });
}

Deno.test("ca init --request creates a key and a request, and nothing else", async () => {
  await withRoot(async ({ inter }) => {
    const csr = `${inter.root}/inter.csr`;
    const output = await inter.done([...requestWords, csr]);
    assert.match(output, /^CA request generated successfully\.\n {2}Subject: +CN=Inter\n/);
    assert.match(output, /Warning: CA private key is stored unencrypted/);
    const names = [...Deno.readDirSync(inter.dataDirectory)].map(({ name }) => name).sort();
    assert.deepEqual(names, [".certswap", "ca.csr", "ca.key"]);
    assert.equal((Deno.statSync(inter.path("ca.key")).mode ?? 0) & 0o777, 0o600);
    assert.equal(Deno.readTextFileSync(csr), inter.read("ca.csr"));
  });
});

Deno.test("ca init --request - prints the request, and only that", async () => {
  await withRoot(async ({ inter }) => {
    const { stdout, stderr } = await inter.run([...requestWords, "-"]);
    assert.equal(stdout, inter.read("ca.csr"));
    assert.match(stderr, /stored unencrypted/);
  });
});

Deno.test("ca init --request overwrites nothing, and can name the request itself", async () => {
  await withRoot(async ({ inter }) => {
    const csr = `${inter.root}/inter.csr`;
    Deno.writeTextFileSync(csr, "mine");
    await refused(inter, [...requestWords, csr], { error: `${csr} already exists` });
    await inter.done([...requestWords, inter.path("ca.csr")]);
    await refused(inter, [...requestWords, `${inter.root}/again.csr`], {
      error: `CA already initialized at ${inter.dataDirectory}`,
    });
  });
});

for (
  const [flags, problem] of [
    [["--request", "a.csr", "--signed-by", "root"], "--signed-by and --request cannot be used"],
    [["--request", "a.csr", "--validity", "10"], "--validity and --request cannot be used"],
    [["--profile", "intermediate"], "--profile needs --signed-by"],
  ] as const
) {
  Deno.test(`ca init ${flags.join(" ")} is a mistake`, async () => {
    await withRoot(async ({ inter }) => {
      const error = new RegExp(`^Error: ${problem}`);
      await refused(inter, ["init", "--subject", "CN=I", ...flags], { error, exit: 2 });
    });
  });
}

for (
  const words of [
    ["sign", "device.csr"],
    ["revoke", "02"],
    ["crl"],
    ["list"],
    ["verify", "cert.pem"],
    ["check"],
    ["recover"],
    ["root", "renew"],
    ["intermediate", "request"],
    ["certificates"],
  ]
) {
  Deno.test(`ca ${words.join(" ")} on a CA that waits for its certificate says so`, async () => {
    await withWaiting(async ({ inter }) => {
      const stderr = await refused(inter, words, {
        error: `CA incomplete at ${inter.dataDirectory}: ca.crt is missing`,
      });
      assert.match(stderr, /'certswap ca activate --data-dir \S+ CERT-FILE --chain CHAIN-FILE'/);
    });
  });
}

Deno.test("ca activate completes a CA that waits for its certificate", async () => {
  await withWaiting(async ({ root, inter, csr }) => {
    const file = await signIntermediate(root, csr);
    const output = await inter.done(["activate", file, "--chain", root.path("ca.crt")]);
    assert.match(
      output,
      /^CA activated successfully\.\n {2}Subject: +CN=Inter\n {2}Issuer: +CN=Root/,
    );
    assert.equal(inter.read("ca.crt"), Deno.readTextFileSync(file));
    assert.equal(inter.read("ca-chain.pem"), root.read("ca.crt"));
    assert.equal(inter.read("serial"), "01\n");
    await assert.rejects(Deno.stat(inter.path("ca.csr")));
    await inter.done(["sign", await inter.request()]);
    await inter.done(["crl"]);
    assert.match(await inter.done(["check"]), /^CA check: OK\n$/);
  });
});

Deno.test("ca activate takes the chain from the same file, in any order", async () => {
  await withWaiting(async ({ root, inter, csr }) => {
    const file = await signIntermediate(root, csr);
    const all = `${inter.root}/all.pem`;
    Deno.writeTextFileSync(all, root.read("ca.crt") + Deno.readTextFileSync(file));
    await inter.done(["activate", all]);
    assert.equal(inter.read("ca-chain.pem"), root.read("ca.crt"));
  });
});

Deno.test("ca activate refuses a certificate for another key", async () => {
  await withWaiting(async ({ root, inter, at }) => {
    const other = at("other");
    await other.done(["init", "--subject", "CN=Inter", "--signed-by", root.dataDirectory]);
    const words = ["activate", other.path("ca.crt"), "--chain", root.path("ca.crt")];
    const error = `the certificate ${other.path("ca.crt")} is for a different key, not for ${
      inter.path("ca.key")
    }`;
    await refused(inter, words, { error });
    // Without the request, the key itself tells.
    Deno.removeSync(inter.path("ca.csr"));
    await refused(inter, words, { error });
  });
});

Deno.test("ca activate refuses what is no chain up to a root, or no CA", async () => {
  await withWaiting(async ({ root, inter, csr }) => {
    const stderr = await refused(inter, ["activate", await signIntermediate(root, csr)], {
      error: /cannot verify .* up to a root: .*no certificate found for 'CN=Root'/,
    });
    assert.match(stderr, /with --chain/);
    // As a leaf.
    await root.done(["sign", csr]);
    await refused(inter, ["activate", root.path("certs/03.pem"), "--chain", root.path("ca.crt")], {
      error: /certs\/03\.pem is not a CA certificate/,
    });
    await refused(inter, ["activate", csr], { error: /failed to parse certificate from/ });
    const file = root.path("certs/02.pem");
    await refused(inter, ["activate", file, "--chain", root.path("ca.crt")], {
      error: /cannot verify .* expired/,
      now: new Date(testTime.getTime() + 1100 * day),
    });
  });
});

Deno.test("ca activate refuses a self-signed certificate, and a root as the CA", async () => {
  await withRoot(async ({ root }) => {
    await refused(root, ["activate", root.path("ca.crt")], { error: /this CA is a root/ });
    const certificate = `${root.root}/root.pem`;
    Deno.renameSync(root.path("ca.crt"), certificate);
    await refused(root, ["activate", certificate], { error: /already exists, but there is no CA/ });
    const left = ["serial", "crlnumber", "index.json", "history.jsonl"];
    for (const name of left) Deno.removeSync(root.path(name));
    await refused(root, ["activate", certificate], { error: /it is self-signed/ });
  });
});

Deno.test("ca activate without a CA creates nothing", async () => {
  await withRoot(async ({ root, inter }) => {
    const error = "CA not initialized. Run 'ca init' first.";
    await refused(inter, ["activate", root.path("ca.crt")], { error });
  });
});

Deno.test("an intermediate is renewed with the same key, and what it has signed stays valid", async () => {
  await withHierarchy(async ({ root, inter }) => {
    await inter.done(["sign", await inter.request()]);
    await inter.done(["crl"]);
    const old = inter.read("ca.crt");
    const csr = `${inter.root}/renewal.csr`;
    await inter.done(["intermediate", "request", "--out", csr]);
    const printed = await inter.done(["intermediate", "request"]);
    for (const text of [printed, Deno.readTextFileSync(csr)]) {
      const { subjectPublicKeyInfo } = readRequestFile(new TextEncoder().encode(text));
      assert.ok(subjectPublicKeyInfo.bytes.length > 0);
    }
    const now = new Date(testTime.getTime() + day);
    const words = ["activate", await signIntermediate(root, csr, now), "--chain"];
    words.push(root.path("ca.crt"));
    const output = await inter.done(words, { now });
    assert.match(output, /^CA certificate renewed successfully\./);
    assert.notEqual(inter.read("ca.crt"), old);
    assert.equal(inter.read("ca-previous.pem"), old);
    assert.match(await inter.done(["verify", inter.path("certs/01.pem")], { now }), /: VALID/);
    assert.match(await inter.done(["check"], { now }), /^CA check: OK/);
    // Three: the new one, the old one, the root.
    assert.equal((await inter.done(["certificates"], { now })).match(/BEGIN/g)?.length, 3);
    // Again: nothing to do. The old one is refused.
    const tree = inter.tree();
    await inter.done(words, { now });
    assert.deepEqual(inter.tree(), tree);
    await refused(inter, ["activate", root.path("certs/02.pem"), "--chain", root.path("ca.crt")], {
      error: /it is older than the current one/,
      now,
    });
  });
});

Deno.test("ca activate refuses a renewal for another name or another key", async () => {
  await withHierarchy(async ({ root, inter, at }) => {
    const other = at("other");
    await other.done(["init", "--subject", "CN=Other", "--signed-by", root.dataDirectory]);
    await refused(inter, ["activate", other.path("ca.crt"), "--chain", root.path("ca.crt")], {
      error: /is for a different key/,
    });
  });
});

Deno.test("ca intermediate request is for intermediates, and overwrites nothing", async () => {
  await withHierarchy(async ({ root, inter }) => {
    await refused(root, ["intermediate", "request"], { error: /this CA is a root/ });
    const file = `${inter.root}/there.csr`;
    Deno.writeTextFileSync(file, "mine");
    await refused(inter, ["intermediate", "request", "--out", file], {
      error: `${file} already exists`,
    });
  });
});
