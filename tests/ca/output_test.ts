/** Standard output on success. Scripts rely on every line of it. */
import assert from "node:assert/strict";
import { join } from "../../lib/system/mod.ts";
import { testBeforeInit, testOnEachStore, withCa, withNoCa } from "../support/ca.ts";
import { runCli, testSystem } from "../support/test_world.ts";

const root = "CN=My Root CA,O=My Org,C=US";

Deno.test("ca init prints what it created, both paths, and a warning about the key", async () => {
  await withNoCa(async (ca) => {
    assert.equal(
      await ca.done(["init", "--subject", root]),
      `CA initialized successfully.
  Subject:     CN=My Root CA,O=My Org,C=US
  Algorithm:   ECDSA P-256
  Serial:      01
  Not After:   2036-05-29T12:00:00Z
  Certificate: ${ca.dataDirectory}/ca.crt
  Key:         ${ca.dataDirectory}/ca.key
Warning: CA private key is stored unencrypted at ${ca.dataDirectory}/ca.key. Protect this file.
`,
    );
  });
});

Deno.test("ca init names the algorithm RSA 2048", async () => {
  await withNoCa(async (ca) => {
    const printed = await ca.done(["init", "--subject", root, "--key-algorithm", "rsa-2048"]);
    assert.match(printed, /^ {2}Algorithm: {3}RSA 2048$/m);
  });
});

testOnEachStore("ca sign prints serial, subject, notAfter and path", async (ca) => {
  assert.equal(
    await ca.done(["sign", await ca.request()]),
    `Certificate issued successfully.
  Serial:      02
  Subject:     CN=example.com,O=Example Inc,C=US
  Not After:   2027-06-01T12:00:00Z
  Certificate: ${ca.placeOf("02")}
`,
  );
});

testOnEachStore("ca sign of several requests prints a table", async (ca) => {
  const requests = [await ca.request("a.csr"), await ca.request("b.csr")];
  assert.equal(
    await ca.done(["sign", ...requests]),
    `2 certificates issued successfully.
SERIAL  NOT AFTER             ${"CERTIFICATE".padEnd(ca.placeOf("02").length)}  REQUEST
02      2027-06-01T12:00:00Z  ${ca.placeOf("02")}  ${requests[0]}
03      2027-06-01T12:00:00Z  ${ca.placeOf("03")}  ${requests[1]}
`,
  );
});

testOnEachStore("ca revoke prints serial and reason", async (ca) => {
  await ca.done(["sign", await ca.request()]);
  assert.equal(
    await ca.done(["revoke", "02", "--reason", "keyCompromise"]),
    "Certificate revoked successfully.\n  Serial: 02\n  Reason: keyCompromise\n",
  );
});

Deno.test("ca crl prints both times, the number in decimal, the number of entries, and path", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    await ca.done(["revoke", "02"]);
    ca.write("crlnumber", "ff\n");
    assert.equal(
      await ca.done(["crl"]),
      `CRL generated successfully.
  This Update:          2026-06-01T11:59:00Z
  Next Update:          2026-06-08T12:00:00Z
  CRL Number:           255
  Revoked certificates: 1
  CRL: ${ca.dataDirectory}/ca.crl
`,
    );
  });
});

testOnEachStore("ca list says if there are no certificates", async (ca) => {
  assert.equal(await ca.done(["list"]), "No certificates issued.\n");
});

testOnEachStore("ca list prints a table, with the current status", async (ca) => {
  for (const validity of ["253", "365", "500"]) {
    await ca.done(["sign", await ca.request(), "--validity", validity]);
  }
  await ca.done(["revoke", "02"]);
  const now = new Date("2027-06-02T00:00:00Z");
  assert.equal(
    await ca.done(["list"], { now }),
    `SERIAL  STATUS   NOT AFTER             SUBJECT
02      revoked  2027-02-09T12:00:00Z  CN=example.com,O=Example Inc,C=US
03      expired  2027-06-01T12:00:00Z  CN=example.com,O=Example Inc,C=US
04      active   2027-10-14T12:00:00Z  CN=example.com,O=Example Inc,C=US
`,
  );
});

Deno.test("ca list keeps its columns for long serial numbers", async () => {
  await withCa(async (ca) => {
    ca.write("serial", "123456789abc\n");
    await ca.done(["sign", await ca.request()]);
    assert.equal(
      await ca.done(["list"]),
      `SERIAL        STATUS   NOT AFTER             SUBJECT
123456789abc  active   2027-06-01T12:00:00Z  CN=example.com,O=Example Inc,C=US
`,
    );
  });
});

testOnEachStore("ca verify prints all results", async (ca) => {
  await ca.done(["sign", await ca.request()]);
  const { exit, stdout } = await ca.run(["verify", await ca.certificateFile("02")]);
  assert.equal(exit, 0);
  assert.equal(
    stdout,
    `Certificate verification: VALID
  Subject:    CN=example.com,O=Example Inc,C=US
  Serial:     02
  Issuer:     CN=My Root CA,O=My Org,C=US
  Not Before: 2026-06-01T11:59:00Z
  Not After:  2027-06-01T12:00:00Z
  Signature:  OK
  Expiry:     OK
  Revocation: NOT CHECKED (no CRL available)
`,
  );
});

Deno.test("ca request prints subject, algorithm and both paths", async () => {
  await withNoCa(async ({ root: directory }) => {
    const [key, csr] = [join(directory, "device.key"), join(directory, "device.csr")];
    const words = ["ca", "request", "--subject", "CN=device", "--out-key", key, "--out-csr", csr];
    const { exit, stdout } = await runCli(words, { system: testSystem() });
    assert.equal(exit, 0);
    assert.equal(
      stdout,
      `CSR generated successfully.
  Subject:   CN=device
  Algorithm: ECDSA P-256
  Key:       ${key}
  CSR:       ${csr}
`,
    );
  });
});

testOnEachStore("ca sign --json prints the same facts as the lines, in one object", async (ca) => {
  const request = await ca.request("a.csr", { names: "DNS:example.com" });
  const { issued, warnings } = JSON.parse(await ca.done(["sign", request, "--json"]));
  assert.deepEqual(issued, [{
    request,
    serial: "02",
    subject: "CN=example.com,O=Example Inc,C=US",
    notAfter: "2027-06-01T12:00:00Z",
    profile: "device",
    certificate: ca.placeOf("02"),
  }]);
  assert.deepEqual(warnings, []);
});

testBeforeInit("every command of the CA prints one JSON object with --json", async (ca) => {
  const request = await ca.request();
  const made = JSON.parse(await ca.done(["init", "--subject", root, "--json"]));
  assert.equal(made.certificate, ca.path("ca.crt"));
  assert.deepEqual([made.serial, made.algorithm], ["01", "ecdsa-p256"]);
  assert.deepEqual(JSON.parse(await ca.done(["list", "--json"])).certificates, []);
  await ca.done(["sign", request]);
  const verified = JSON.parse(
    await ca.done(["verify", await ca.certificateFile("02"), "--json"]),
  );
  assert.deepEqual([verified.valid, verified.revocation], [true, { status: "not-checked" }]);
  const revoked = JSON.parse(await ca.done(["revoke", "2", "--json"]));
  assert.deepEqual([revoked.serial, revoked.reason], ["02", "unspecified"]);
  const crl = JSON.parse(await ca.done(["crl", "--json"]));
  assert.deepEqual([crl.number, crl.revoked], ["1", 1]);
  const [entry] = JSON.parse(await ca.done(["list", "--json"])).certificates;
  assert.deepEqual([entry.status, entry.reason], ["revoked", "unspecified"]);
  const checked = JSON.parse(await ca.done(["check", "--json"]));
  assert.deepEqual([checked.ok, checked.findings], [true, []]);
});

Deno.test("no command of the CA prints any part of a private key", async () => {
  await withNoCa(async (ca) => {
    const printed: string[] = [];
    const request = await ca.request();
    const file = await ca.certificateFile("02");
    const commands = [
      ["init", "--subject", root],
      ["sign", request],
      ["list"],
      ["verify", file],
      ["revoke", "02"],
      ["crl"],
      ["check"],
    ];
    for (const words of commands) {
      for (const extra of [[], ["--json"]]) {
        const { stdout, stderr } = await ca.run([...words, ...extra]);
        printed.push(stdout, stderr);
      }
    }
    const key = ca.read("ca.key").split("\n")[1] ?? "";
    assert.ok(key.length > 20);
    assert.ok(!printed.join("").includes(key.slice(0, 20)));
    assert.ok(!printed.join("").includes("PRIVATE KEY-----"));
  });
});
