/** Shards of a CRL: which certificate is in which, and what OpenSSL says. */
import assert from "node:assert/strict";
import { readCrlFile } from "../../../lib/x509/read/crl.ts";
import { type TestCa, testOnEachStore, withCa } from "../../support/ca.ts";

const address = "http://pki.example/crl/{shard}.crl";

function configure(ca: TestCa, shards: number, addresses: readonly string[] = [address]): void {
  ca.write(
    "ca.toml",
    `serial = "sequential"\n[addresses]\ncrl = ${
      JSON.stringify(addresses)
    }\n[crl]\nshards = ${shards}\n`,
  );
  Deno.chmodSync(ca.path("ca.toml"), 0o600);
}

/** The serial numbers on the CRL of a shard. */
function listedIn(ca: TestCa, shard: number): readonly bigint[] {
  const { entries } = readCrlFile(Deno.readFileSync(ca.path(`crl/${shard}.crl`)));
  return Array.from(entries, ({ serial }) => serial);
}

async function openssl(args: readonly string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command("openssl", { args: [...args] }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

const stores = ["directory", "sqlite"] as const;

for (const store of stores) {
  const test = (promise: string, work: (ca: TestCa) => Promise<void>): void =>
    Deno.test(`${store}: ${promise}`, () => withCa(work, ["--store", store]));

  test("each shard's CRL lists its certificates, and OpenSSL takes it for these only", async (ca) => {
    configure(ca, 2);
    const request = await ca.request();
    // 02 and 04 are in shard 1, 03 and 05 in shard 2.
    await ca.done(["sign", request, request, request, request]);
    await ca.done(["revoke", "02"]);
    await ca.done(["revoke", "03"]);
    await ca.done(["crl"]);
    assert.deepEqual([listedIn(ca, 1), listedIn(ca, 2)], [[2n], [3n]]);
    const whole = readCrlFile(new TextEncoder().encode(ca.read("ca.crl")));
    assert.deepEqual([...whole.entries].map(({ serial }) => serial), [2n, 3n]);
    assert.equal(whole.distributionPoint, undefined);
    assert.match(await ca.done(["check"]), /^CA check: OK\n/);
    const pems: string[] = [];
    for (const serial of ["02", "03", "04", "05"]) {
      const { certificate: { pem } } = JSON.parse(await ca.done(["show", serial, "--json"]));
      const file = `${ca.root}/${serial}.pem`;
      Deno.writeTextFileSync(file, pem);
      pems.push(file);
    }
    const verify = (file: string, shard: number): Promise<{ code: number; text: string }> =>
      openssl([
        "verify",
        "-attime",
        String(Date.parse("2026-06-01T12:00:00Z") / 1000),
        "-crl_check",
        "-extended_crl",
        "-CAfile",
        ca.path("ca.crt"),
        "-CRLfile",
        ca.path(`crl/${shard}.crl`),
        file,
      ]);
    const [two = "", three = "", four = "", five = ""] = pems;
    for (const [file, shard] of [[four, 1], [five, 2]] as const) {
      const { code, text } = await verify(file, shard);
      assert.equal(code, 0, text);
    }
    for (const [file, shard] of [[two, 1], [three, 2]] as const) {
      assert.match((await verify(file, shard)).text, /certificate revoked/);
    }
    // The CRL of another shard does not count.
    assert.match(
      (await verify(four, 2)).text,
      /[Dd]ifferent CRL scope|unable to get certificate CRL/,
    );
    const { text } = await openssl([
      "x509",
      "-in",
      four,
      "-noout",
      "-ext",
      "crlDistributionPoints",
    ]);
    assert.match(text, /URI:http:\/\/pki\.example\/crl\/1\.crl/);
    const shown = await openssl(["crl", "-in", ca.path("crl/1.crl"), "-noout", "-text"]);
    assert.match(
      shown.text,
      /Issuing Distribution Point: critical\s+Full Name:\s+URI:http:\/\/pki\.example\/crl\/1\.crl/,
    );
  });

  test("certificates keep their shard and its addresses when the settings change", async (ca) => {
    configure(ca, 3);
    const request = await ca.request();
    await ca.done(["sign", request, request, request]);
    await ca.done(["crl"]);
    configure(ca, 2, ["http://new.example/{shard}"]);
    // 05 is in shard 2 of 2. 03 has been in shard 1 of 3, 04 in shard 2.
    await ca.done(["sign", request]);
    for (const serial of ["02", "03", "04", "05"]) await ca.done(["revoke", serial]);
    await ca.done(["crl"]);
    assert.deepEqual([1, 2, 3].map((shard) => listedIn(ca, shard)), [[3n], [4n, 5n], [2n]]);
    const shown = await openssl(["crl", "-in", ca.path("crl/2.crl"), "-noout", "-text"]);
    assert.match(shown.text, /pki\.example\/crl\/2\.crl\s+URI:http:\/\/new\.example\/2/);
    const third = await openssl(["crl", "-in", ca.path("crl/3.crl"), "-noout", "-text"]);
    assert.doesNotMatch(third.text, /new\.example/);
    assert.match(await ca.done(["check"]), /^CA check: OK\n/);
  });
}

Deno.test("ca crl --if-due and ca check notice a shard's CRL that is missing, old or another's", async () => {
  await withCa(async (ca) => {
    configure(ca, 2);
    const request = await ca.request();
    await ca.done(["crl"]);
    await ca.done(["sign", request, request]);
    const { exit, stdout } = await ca.run(["check"]);
    assert.equal(exit, 1);
    assert.match(stdout, /crl\/1\.crl does not exist yet: clients cannot check/);
    assert.match(await ca.done(["crl", "--if-due"]), /CRL Number: +2/);
    assert.equal(await ca.done(["crl", "--if-due"]), "");
    const [one, two] = [ca.read("crl/1.crl"), ca.read("crl/2.crl")];
    const wrong: readonly (readonly [string, RegExp])[] = [
      [two, /crl\/1\.crl is not for the addresses/],
      [ca.read("ca.crl"), /crl\/1\.crl is not for the addresses/],
      ["junk\n", /crl\/1\.crl is not a CRL/],
    ];
    for (const [content, finding] of wrong) {
      ca.write("crl/1.crl", content);
      assert.match((await ca.run(["check"])).stdout, finding);
    }
    ca.write("crl/1.crl", one);
    await ca.done(["revoke", "02"]);
    await ca.done(["crl"]);
    ca.write("crl/1.crl", one);
    assert.match(
      (await ca.run(["check"])).stdout,
      /crl\/1\.crl does not have the number of ca\.crl/,
    );
    assert.match(await ca.done(["crl", "--if-due"]), /CRL Number: +4/);
    assert.equal(await ca.done(["crl", "--if-due"]), "");
  });
});

testOnEachStore("shards need an address with {shard}, and {shard} needs shards", async (ca) => {
  const wrong: readonly (readonly [number, readonly string[], RegExp])[] = [
    [4, [], /crl\.shards needs an address with \{shard\} in addresses\.crl/],
    [4, ["http://pki.example/ca.crl"], /needs \{shard\}/],
    [1, [address], /has no effect without crl\.shards/],
    [0, [address], /1 to 1024/],
    [1025, [address], /1 to 1024/],
  ];
  for (const [shards, addresses, error] of wrong) {
    configure(ca, shards, addresses);
    const { exit, stderr } = await ca.run(["config", "check"]);
    assert.equal(exit, 2);
    assert.match(stderr, error);
  }
  configure(ca, 1024);
  await ca.done(["config", "check"]);
});
