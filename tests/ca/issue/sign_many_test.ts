/** `ca sign` with many requests: all or none, unless bad ones are skipped. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { type TestCa, testOnEachStore, withCa } from "../../support/ca.ts";

/** A directory with five requests, the second and fourth of them bad. */
async function mixed(ca: TestCa): Promise<string[]> {
  Deno.mkdirSync(join(ca.root, "requests"));
  const bad = { sign: () => Promise.resolve(new Uint8Array(70)) };
  return await Promise.all(
    ["a", "b", "c", "d", "e"].map((name) =>
      ca.request(`requests/${name}.csr`, "bd".includes(name) ? bad : { subject: `CN=${name}` })
    ),
  );
}

async function subjects(ca: TestCa): Promise<readonly string[]> {
  const { certificates } = JSON.parse(await ca.done(["list", "--json"]));
  return certificates.map(({ subject }: { subject: string }) => subject);
}

testOnEachStore("ca sign signs several requests in the order given", async (ca) => {
  const [a = "", , c = "", , e = ""] = await mixed(ca);
  await ca.done(["sign", e, a, c, a]);
  assert.deepEqual(await subjects(ca), ["CN=e", "CN=a", "CN=c", "CN=a"]);
  assert.match(await ca.done(["sign", a]), /Serial: +06/);
});

testOnEachStore(
  "ca sign --from signs every *.csr of a directory, sorted by name, and nothing else",
  async (ca) => {
    const [, b = "", , d = ""] = await mixed(ca);
    Deno.removeSync(b);
    Deno.renameSync(d, join(ca.root, "requests/d.pem"));
    Deno.writeTextFileSync(join(ca.root, "requests/.hidden.csr"), "junk");
    await ca.done(["sign", "--from", join(ca.root, "requests")]);
    assert.deepEqual(await subjects(ca), ["CN=a", "CN=c", "CN=e"]);
  },
);

testOnEachStore("ca sign --from signs requests with unusual file names", async (ca) => {
  Deno.mkdirSync(join(ca.root, "requests"));
  for (const name of ["a\nb.csr", "c d.csr", "-e.csr"]) {
    await ca.request(`requests/${name}`, { subject: "CN=device" });
  }
  await ca.done(["sign", "--from", join(ca.root, "requests")]);
  assert.deepEqual(await subjects(ca), ["CN=device", "CN=device", "CN=device"]);
});

Deno.test("ca sign --from names a directory without requests", async () => {
  await withCa(async (ca) => {
    const { exit, stderr } = await ca.run(["sign", "--from", ca.path("certs")]);
    assert.deepEqual([exit, stderr], [1, `Error: no requests (*.csr) in ${ca.path("certs")}\n`]);
    assert.equal((await ca.run(["sign", "--from", join(ca.root, "nowhere")])).exit, 1);
  });
});

testOnEachStore("ca sign of several requests names each bad one, and signs none", async (ca) => {
  const requests = await mixed(ca);
  const before = ca.tree();
  const { exit, stdout, stderr } = await ca.run(["sign", ...requests]);
  assert.deepEqual([exit, stdout], [1, ""]);
  assert.match(stderr, /^Error: 2 of 5 requests cannot be signed, so none was signed\n/);
  for (const bad of [requests[1], requests[3]]) {
    assert.ok(stderr.includes(`  ${bad}: CSR signature verification failed\n`), stderr);
  }
  assert.match(stderr, /^Hint: .*--skip-bad/m);
  assert.deepEqual(ca.tree(), before);
});

testOnEachStore(
  "ca sign of several requests says why each bad file is not a request",
  async (ca) => {
    const good = await ca.request("good.csr");
    const text = join(ca.root, "text.csr");
    Deno.writeTextFileSync(text, "hello\n");
    const { stderr } = await ca.run(["sign", good, text]);
    assert.ok(
      stderr.includes(`  failed to parse CSR from ${text}: not PEM: it contains no line`),
      stderr,
    );
  },
);

testOnEachStore("ca sign --skip-bad signs the others, and warns about each bad one", async (ca) => {
  const requests = await mixed(ca);
  const { exit, stdout, stderr } = await ca.run(["sign", ...requests, "--skip-bad"]);
  assert.equal(exit, 0);
  assert.match(stdout, /^3 certificates issued successfully\.\n/);
  assert.equal(stderr.match(/^Warning: CSR signature verification failed$/gm)?.length, 2);
  assert.ok(stderr.includes(`  CSR: ${requests[1]}\n`));
  assert.deepEqual(await subjects(ca), ["CN=a", "CN=c", "CN=e"]);
  const next = await ca.done(["sign", requests[0] ?? ""]);
  assert.match(next, /Serial: +05/, "a bad request uses no number");
});

testOnEachStore("ca sign --skip-bad also skips a request for the CA's own name", async (ca) => {
  const [a = ""] = await mixed(ca);
  const own = await ca.request("own.csr", { subject: "CN=My Root CA,O=My Org,C=US" });
  const { exit, stderr } = await ca.run(["sign", own, a, "--skip-bad"]);
  assert.equal(exit, 0);
  assert.match(stderr, /^Warning: CSR refused: its subject is the CA's own name/);
  assert.deepEqual(await subjects(ca), ["CN=a"]);
});

testOnEachStore("ca sign --skip-bad fails and changes nothing if all are bad", async (ca) => {
  const [, b = "", , d = ""] = await mixed(ca);
  const before = ca.tree();
  const many = await ca.run(["sign", b, d, "--skip-bad"]);
  assert.match(many.stderr, /^Error: none of the 2 requests can be signed\n/);
  const one = await ca.run(["sign", b, "--skip-bad"]);
  assert.match(one.stderr, /^Error: CSR signature verification failed\n/);
  assert.deepEqual([many.exit, one.exit], [1, 1]);
  assert.deepEqual(ca.tree(), before);
});

Deno.test("ca sign accepts at most ten thousand requests", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    const { exit, stderr } = await ca.run(["sign", ...Array(10_001).fill(request)]);
    assert.equal(exit, 1);
    assert.match(stderr, /^Error: cannot sign 10001 requests in one change/);
  });
});

Deno.test("ca sign shows a progress bar on a terminal if it takes long, and removes it", async () => {
  await withCa(async (ca) => {
    const requests: string[] = [];
    for (let index = 0; index < 20; index++) {
      const name = `${index}.example`;
      const craft = { subject: `CN=${name}`, names: `DNS:${name}` };
      requests.push(await ca.request(`${index}.csr`, craft));
    }
    let time = Date.parse("2026-06-01T12:00:00Z");
    const slow = {
      get now() {
        return new Date(time += 200);
      },
    };
    const { stderr } = await ca.run(["sign", ...requests.slice(0, 10)], {
      isTerminal: true,
      clock: () => slow.now,
    });
    assert.match(stderr, /\rSigning 10 requests \[#+-*\] \d+%/);
    assert.ok(stderr.endsWith("\r\x1b[2K"), JSON.stringify(stderr));
    const quiet = await ca.run(["sign", ...requests.slice(10)], { clock: () => slow.now });
    assert.equal(quiet.stderr, "");
  });
});
