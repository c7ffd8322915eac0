/** `ca sign` in pipes, and names that the operator gives. */
import assert from "node:assert/strict";
import { formatGeneralName, formatName, readSingleCertificateFile } from "../../../lib/x509/mod.ts";
import { type TestCa, testOnEachStore, withCa } from "../../support/ca.ts";
import { refused } from "../../support/refused.ts";

/** The subject and the alternative names of certificate 02. */
async function namesOf(ca: TestCa): Promise<string[]> {
  const leaf = readSingleCertificateFile(new TextEncoder().encode(await ca.pem("02")));
  return [formatName(leaf.subject), ...leaf.subjectAltName.map(formatGeneralName)];
}

testOnEachStore(
  "ca sign --out - prints nothing but the certificate on standard output",
  async (ca) => {
    const request = await ca.request("a.csr", { names: "DNS:a.example" });
    const { exit, stdout, stderr } = await ca.run(["sign", request, "--out", "-"]);
    assert.equal(exit, 0);
    assert.equal(stdout, await ca.pem("02"));
    assert.equal(stderr, "");
  },
);

testOnEachStore(
  "ca sign --out FILE writes the certificate also to a file, and replaces an older one",
  async (ca) => {
    const request = await ca.request("a.csr", { names: "DNS:a.example" });
    const out = `${ca.root}/a.pem`;
    await Deno.writeTextFile(out, "old");
    const printed = await ca.done(["sign", request, "--out", out]);
    assert.match(printed, /^Certificate issued successfully\.\n {2}Serial: {6}02\n/);
    assert.equal(await Deno.readTextFile(out), await ca.pem("02"));
  },
);

testOnEachStore(
  "ca sign exits 4 and says where the certificate is if --out cannot be written",
  async (ca) => {
    const request = await ca.request("a.csr", { names: "DNS:a.example" });
    const out = `${ca.root}/missing/a.pem`;
    const { exit, stderr } = await ca.run(["sign", request, "--out", out]);
    assert.equal(exit, 4);
    assert.match(stderr, /^Error: the certificate was issued, but could not be written to /);
    assert.ok(stderr.includes(ca.placeOf("02")), stderr);
  },
);

testOnEachStore(
  "ca sign refuses flags about one certificate together with several requests",
  async (ca) => {
    const request = await ca.request();
    for (const flag of ["--out", "--san", "--subject"]) {
      const words = ["sign", request, request, flag, `${ca.root}/a`];
      await refused(ca, words, { exit: 2, error: `${flag} needs exactly one request, found 2` });
    }
    await refused(ca, ["sign", request, "--allow-names-not-requested"], {
      exit: 2,
      error: "--allow-names-not-requested needs --san or --subject",
    });
    const { exit, stderr } = await ca.run(["sign", request, "--out", "-", "--json"]);
    assert.equal(exit, 2);
    assert.match(stderr, /^Error: --out - and --json cannot both print to standard output/);
    assert.match(await ca.done(["serial"]), /\b02\n/);
  },
);

testOnEachStore(
  "ca sign refuses names that the request lacks, and names the flag that allows them",
  async (ca) => {
    const request = await ca.request("a.csr", { subject: "CN=a", names: "DNS:a.example" });
    for (
      const [flags, added] of [
        [["--san", "DNS:a.example,DNS:b.example"], "DNS:b.example"],
        [["--subject", "CN=b"], "CN=b"],
      ] as const
    ) {
      const error = `the request does not ask for ${added}`;
      const stderr = await refused(ca, ["sign", request, ...flags], { error });
      assert.match(stderr, /^Hint: .*--allow-names-not-requested/m);
    }
    await refused(ca, ["sign", request, "--san", "a"], { exit: 2, error: /invalid SAN/ });
    await ca.done([
      "sign",
      request,
      "--san",
      "DNS:b.example,IP:192.0.2.7",
      "--subject",
      "CN=b",
      "--allow-names-not-requested",
    ]);
    assert.deepEqual(await namesOf(ca), ["CN=b", "DNS:b.example", "IP:192.0.2.7"]);
  },
);

testOnEachStore(
  "ca sign takes fewer names than the request has without further consent",
  async (ca) => {
    const request = await ca.request("a.csr", { subject: "CN=a", names: "DNS:a.example,DNS:b" });
    await ca.done(["sign", request, "--san", "DNS:a.example"]);
    assert.deepEqual(await namesOf(ca), ["CN=a", "DNS:a.example"]);
  },
);

testOnEachStore(
  "ca sign warns of a certificate without alternative names, except for clients",
  async (ca) => {
    const request = await ca.request();
    const { exit, stderr } = await ca.run(["sign", request]);
    assert.equal(exit, 0);
    assert.match(stderr, /^Warning: the certificate has no alternative names: TLS clients will /);
    assert.match(stderr, /^Hint: Sign again with --san /m);
    const client = await ca.request("client.csr", { subject: "CN=client" });
    assert.equal((await ca.run(["sign", client, "--profile", "client"])).stderr, "");
    const other = await ca.request("other.csr", { subject: "CN=other" });
    const named = ["--san", "DNS:a.example", "--allow-names-not-requested"];
    assert.equal((await ca.run(["sign", other, ...named])).stderr, "");
  },
);

Deno.test("no command of a CA writes its output over a file of a CA", async () => {
  await withCa(async (ca) => {
    const request = await ca.request("a.csr", { names: "DNS:a.example" });
    await ca.done(["sign", request]);
    const link = `${ca.root}/link.pem`;
    Deno.symlinkSync(ca.path("ca.key"), link);
    const before = ca.tree();
    const targets = ["ca.key", "index.json", "new.pem", "certs/02.pem", ".certswap/ca.lock"].map(
      ca.path,
    );
    for (const target of [...targets, link]) {
      for (
        const words of [
          ["sign", request, "--out", target],
          ["certificates", "--out", target],
          ["crl", "--metrics", target],
        ]
      ) {
        const { exit, stderr } = await ca.run(words);
        assert.equal(exit, 2, `${words.join(" ")}: ${stderr}`);
        assert.match(stderr, /the data directory of a CA/);
      }
    }
    assert.deepEqual(ca.tree(), before);
  });
});
