/** `ca show`, and the spellings of a certificate that `ca revoke` and `ca sign --renew` share with it. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { normalizeSerial } from "../../../lib/x509/serial.ts";
import { type TestCa, testOnEachStore, withCa } from "../../support/ca.ts";
import { refused } from "../../support/refused.ts";

async function signMeters(ca: TestCa): Promise<void> {
  for (const name of ["meter-1", "meter-2"]) {
    const names = `DNS:${name}.example,URI:urn:meter:${name}`;
    const request = await ca.request(`${name}.csr`, { subject: `CN=${name}`, names });
    await ca.done(["sign", request]);
  }
}

/** A test with the certificates of two meters, 02 and 03. */
function testWithMeters(name: string, work: (ca: TestCa) => Promise<void>): void {
  testOnEachStore(name, async (ca) => {
    await signMeters(ca);
    await work(ca);
  });
}

testWithMeters(
  "ca show prints names, dates, profile, key, history and the certificate",
  async (ca) => {
    const now = new Date("2026-06-03T00:00:00Z");
    await ca.done(["revoke", "02", "--reason", "keyCompromise"], { now });
    await ca.done(["crl"], { now: new Date("2026-06-04T00:00:00Z") });
    const text = await ca.done(["show", "02"], { now: new Date("2026-06-05T00:00:00Z") });
    const [head, rest = ""] = text.split("History:\n");
    assert.match(head ?? "", /^Certificate 02: revoked\n {2}Subject: {6}CN=meter-1\n/);
    assert.match(head ?? "", /Names: +DNS:meter-1\.example, URI:urn:meter:meter-1\n/);
    assert.match(head ?? "", /Issuer: +CN=My Root CA,O=My Org,C=US\n/);
    assert.match(head ?? "", /Profile: +device\n {2}Requested by: (?:user|uid) .+\n/);
    assert.match(head ?? "", /Key: +ECDSA P-256\n {2}Key SHA-256: +[0-9a-f]{64}\n/);
    assert.match(head ?? "", /Fingerprint: +SHA256:(?:[0-9A-F]{2}:){31}[0-9A-F]{2}\n/);
    assert.match(
      rest,
      /^ {2}\S+ {2}issued\n {2}2026-06-03T00:00:00Z {2}revoked \(reason: keyCompromise\)\n/,
    );
    assert.match(rest, /listed on CRL 1, the last one\n-----BEGIN CERTIFICATE-----\n/);
    assert.ok(rest.endsWith(await ca.pem("02")));
  },
);

testWithMeters("ca show --json has everything that the text has", async (ca) => {
  const later = { now: new Date("2028-01-01T00:00:00Z") };
  const { certificate } = JSON.parse(await ca.done(["show", "03", "--json"], later));
  assert.equal(certificate.serial, "03");
  assert.equal(certificate.status, "expired");
  assert.deepEqual(certificate.names, ["DNS:meter-2.example", "URI:urn:meter:meter-2"]);
  assert.equal(certificate.issuer, "CN=My Root CA,O=My Org,C=US");
  assert.equal(certificate.keyAlgorithm, "ecdsa-p256");
  assert.match(certificate.keySha256, /^[0-9a-f]{64}$/);
  assert.equal(certificate.pem, await ca.pem("03"));
  assert.equal(certificate.file, ca.placeOf("03"));
  const events = certificate.history.map(({ event }: { event: string }) => event);
  assert.deepEqual(events, ["issued", "expired"]);
});

testWithMeters("ca show finds one certificate by number, file, name and pattern", async (ca) => {
  const copy = join(ca.root, "cert.pem");
  // As a service has it: the leaf, then the certificates of its issuers.
  Deno.writeTextFileSync(copy, await ca.pem("03") + ca.read("ca.crt"));
  const words = [
    "3",
    "03",
    "0x3",
    "0X03",
    "00:03",
    copy,
    "meter-2",
    "meter-2.example",
    "METER-2.example",
    "DNS:meter-2.example",
    "urn:meter:meter-2",
    "*2.example",
  ];
  for (const word of words) {
    assert.match(await ca.done(["show", word]), /^Certificate 03: active\n/, word);
  }
});

testWithMeters(
  "if several certificates have a name, ca show lists them and exits 1",
  async (ca) => {
    const run = await ca.run(["show", "meter-*"]);
    assert.equal(run.exit, 1);
    assert.match(run.stdout, /^SERIAL .*\n02 +active .*\n03 +active .*\n$/);
    assert.match(run.stderr, /^2 certificates have the name 'meter-\*'\. Select one by its serial/);
    const { exit, stdout } = await ca.run(["show", "meter-*", "--json"]);
    assert.equal(exit, 1);
    assert.equal(JSON.parse(stdout).certificates.length, 2);
  },
);

testWithMeters(
  "what is spelled like an existing serial number is one, even if a file has that name",
  async (ca) => {
    const request = await ca.request("hex.csr", { subject: "CN=beef" });
    await ca.done(["sign", request]);
    assert.match(await ca.done(["show", "beef"]), /^Certificate 04: active/);
    await refused(ca, ["show", "bee"], { error: "certificate with serial bee not found" });
  },
);

testWithMeters("ca show says what it did not find", async (ca) => {
  await refused(ca, ["show", "pump.example"], {
    error: "no certificate has the name 'pump.example'",
  });
  await refused(ca, ["show", "0x77"], { error: "certificate with serial 77 not found" });
  await refused(ca, ["show", "./pump.pem"], { error: /pump\.pem.*no such file/ });
  await refused(ca, ["show", ca.path("ca.crt")], {
    error: /ca\.crt is the CA's own certificate/,
  });
  await refused(ca, ["show", ca.path("ca.key")], {
    error: /^Error: failed to parse certificate/,
  });
  await refused(ca.another("none"), ["show", "02"], {
    error: "CA not initialized. Run 'ca init' first.",
  });
});

testWithMeters("ca show takes no lock and writes nothing", async (ca) => {
  Deno.removeSync(ca.path(".certswap"), { recursive: true });
  const before = ca.tree();
  await ca.done(["show", "02"]);
  assert.deepEqual(ca.tree(), before);
});

Deno.test("ca show escapes what others have written", async () => {
  await withCa(async (ca) => {
    await signMeters(ca);
    const [first, ...others] = ca.read("details.jsonl").split("\n");
    const line = { ...JSON.parse(first ?? ""), "requested_by": "\u001b[31mred", profile: "a\nb" };
    ca.write("details.jsonl", [JSON.stringify(line), ...others].join("\n"));
    const text = await ca.done(["show", "02"]);
    // deno-lint-ignore no-control-regex -- none of them may be printed
    assert.doesNotMatch(text, /\x1b|a\nb/);
    assert.match(text, /red/);
  });
});

for (const spelling of ["2", "02", "0x2", "0X2", "00:02", "0002"]) {
  Deno.test(`ca revoke and ca sign --renew accept the serial number ${spelling}`, async () => {
    await withCa(async (ca) => {
      await signMeters(ca);
      const renewed = await ca.done(["sign", "--renew", spelling, join(ca.root, "meter-1.csr")]);
      assert.match(renewed, /Serial: +04\n/);
      assert.match(await ca.done(["revoke", spelling]), /Serial: 02\n/);
    });
  });
}

Deno.test("a serial number is normalized from every spelling, and nothing else is one", () => {
  for (const one of ["1a9", "1A9", "01a9", "0x1a9", "0X01A9", "01:a9", "00:01:A9"]) {
    assert.equal(normalizeSerial(one), "1a9", one);
  }
  const others = [
    "",
    "0",
    "0x",
    "1a:9",
    ":1a",
    "1a:",
    "1a::a9",
    "0x1a:a9",
    "-1",
    "1 2",
    "0x0",
    "xyz",
  ];
  for (const other of others) assert.equal(normalizeSerial(other), undefined, other);
});

testWithMeters("ca revoke accepts the certificate itself, and only one of this CA", async (ca) => {
  const copy = join(ca.root, "copy.pem");
  Deno.writeTextFileSync(copy, await ca.pem("02"));
  const other = ca.another("other");
  await other.done(["init", "--subject", "CN=My Root CA,O=My Org,C=US"]);
  await signMeters(other);
  await refused(other, ["revoke", copy], {
    error: `the certificate in ${copy} is not signed by this CA`,
  });
  await refused(ca, ["revoke", join(ca.root, "meter-1.csr")], {
    error: /^Error: failed to parse certificate from/,
  });
  await refused(ca, ["revoke", ca.path("ca.crt")], {
    error: /ca\.crt is the CA's own certificate/,
  });
  await refused(ca, ["revoke", "nothing"], {
    error: "certificate with serial nothing not found",
  });
  await refused(ca, ["revoke", "./nothing"], { error: /nothing.*no such file/ });
  assert.match(await ca.done(["revoke", copy]), /Serial: 02\n/);
  await refused(ca, ["revoke", copy], { error: "certificate with serial 02 is already revoked" });
});

testWithMeters("an expired certificate can be revoked", async (ca) => {
  const now = new Date("2028-01-01T00:00:00Z");
  assert.match(await ca.done(["list"], { now }), /^02 +expired/m);
  await ca.done(["revoke", "02"], { now });
  assert.match(await ca.done(["list"], { now }), /^02 +revoked/m);
});
