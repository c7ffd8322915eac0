/** `ca crl --if-due`: when a new CRL is due. */
import assert from "node:assert/strict";
import { refreshCrl } from "../../../lib/ca/mod.ts";
import { join } from "../../../lib/system/mod.ts";
import { readCrlFile } from "../../../lib/x509/mod.ts";
import {
  localStores,
  testBeforeInit,
  type TestCa,
  testOnEachStore,
  withCa,
} from "../../support/ca.ts";

const at = (time: string): { readonly now: Date } => ({ now: new Date(`2026-06-${time}Z`) });

/** The number of the CRL that `--if-due` makes now; `undefined` if it makes none. */
async function refreshed(ca: TestCa, time: string): Promise<number | undefined> {
  const before = ca.tree();
  const { exit, stdout, stderr } = await ca.run(["crl", "--if-due"], at(time));
  assert.deepEqual([exit, stderr], [0, ""]);
  if (stdout === "") {
    assert.deepEqual(ca.tree(), before);
    return undefined;
  }
  return Number(/CRL Number: +(\d+)/.exec(stdout)?.[1]);
}

testOnEachStore(
  "a CRL is due if there is none, or if more than half of its life is over",
  async (ca) => {
    assert.equal(await refreshed(ca, "01T12:00:00"), 1);
    assert.equal(await refreshed(ca, "01T12:00:00"), undefined);
    // Its thisUpdate is a minute before it was made.
    assert.equal(await refreshed(ca, "04T23:59:00"), undefined, "84 of 168 hours");
    assert.equal(await refreshed(ca, "04T23:59:01"), 2);
    assert.equal(await refreshed(ca, "04T23:59:01"), undefined);
    assert.equal(await refreshed(ca, "30T00:00:00"), 3, "expired");
  },
);

testOnEachStore(
  "a CRL is due if CRLs are to be replaced more often than when it was made",
  async (ca) => {
    await ca.done(["crl"]);
    const options = { dataDirectory: ca.dataDirectory, lockTimeout: 0, nextUpdate: 24 };
    const early = await refreshCrl(ca.system(at("01T23:00:00")), options);
    assert.equal(early.made, undefined);
    const { made } = await refreshCrl(ca.system(at("02T00:00:01")), options);
    assert.equal(made?.nextUpdate.toISOString(), "2026-06-03T00:00:01.000Z");
  },
);

testOnEachStore("a CRL is due immediately if a revocation is not on it", async (ca) => {
  await ca.done(["sign", await ca.request(), "--validity", "2"]);
  assert.equal(await refreshed(ca, "01T12:00:00"), 1);
  await ca.done(["revoke", "02"], at("01T12:00:01"));
  assert.equal(await refreshed(ca, "01T12:00:02"), 2);
  assert.equal(await refreshed(ca, "01T12:00:03"), undefined);
  // That it may leave the list is no reason for a new one.
  assert.equal(await refreshed(ca, "04T12:00:00"), undefined);
  await ca.done(["crl"], at("04T12:00:00"));
  await ca.done(["crl"], at("04T12:00:01"));
  assert.equal(readCrlFile(Deno.readFileSync(ca.path("ca.crl"))).entries.length, 0);
  assert.equal(await refreshed(ca, "04T12:00:02"), undefined);
});

testOnEachStore(
  "a CRL is due if its DER copy is missing, or is that of an older version",
  async (ca) => {
    await ca.done(["crl"]);
    const old = Deno.readFileSync(ca.path("ca.crl.der"));
    Deno.removeSync(ca.path("ca.crl.der"));
    assert.equal(await refreshed(ca, "01T12:00:01"), 2);
    Deno.writeFileSync(ca.path("ca.crl.der"), old);
    assert.equal(await refreshed(ca, "01T12:00:02"), 3);
    assert.equal(await refreshed(ca, "01T12:00:03"), undefined);
  },
  // Where several machines share a database, the files are copies: they are written again from it.
  { stores: localStores },
);

Deno.test("ca crl --if-due reports a CRL that it cannot read or that is another CA's", async () => {
  await withCa(async (ca) => {
    await withCa(async (other) => {
      await other.done(["crl"]);
      for (
        const [crl, code] of [["junk\n", "not a CRL"], [other.read("ca.crl"), "not signed by"]]
      ) {
        ca.write("ca.crl", crl ?? "");
        const before = ca.tree();
        const { exit, stdout, stderr } = await ca.run(["crl", "--if-due"]);
        assert.deepEqual([exit, stdout], [1, ""]);
        assert.ok(stderr.includes(code ?? ""), stderr);
        assert.deepEqual(ca.tree(), before);
      }
    });
  });
});

testOnEachStore("ca crl --if-due reports a clock that is before the last CRL", async (ca) => {
  await ca.done(["crl"], at("02T12:00:00"));
  const { exit, stderr } = await ca.run(["crl", "--if-due"], at("02T11:00:00"));
  assert.equal(exit, 1);
  assert.match(stderr, /before the last CRL's This Update/);
});

testOnEachStore(
  "ca crl --if-due says on a terminal, and in JSON, that there was nothing to do",
  async (ca) => {
    await ca.done(["crl"]);
    const shown = await ca.run(["crl", "--if-due"], { isTerminal: true });
    assert.deepEqual(shown, { exit: 0, stdout: "", stderr: "Nothing to do: no CRL is due.\n" });
    const { created, published } = JSON.parse(await ca.done(["crl", "--if-due", "--json"]));
    assert.deepEqual({ created, published }, { created: false, published: null });
  },
);

testOnEachStore("ca crl --quiet prints nothing about a new CRL", async (ca) => {
  assert.deepEqual(await ca.run(["crl", "--quiet"]), { exit: 0, stdout: "", stderr: "" });
  assert.match(ca.read("ca.crl"), /X509 CRL/);
});

testBeforeInit("ca crl --if-due on no CA says so, and creates nothing", async (ca) => {
  const { exit, stderr } = await ca.run(["crl", "--if-due"]);
  assert.equal(exit, 1);
  assert.match(stderr, /^Error: CA not initialized\. Run 'ca init' first\.$/m);
  assert.deepEqual(ca.tree(), []);
});

testOnEachStore(
  "ca crl --if-due passes on that the CA certificate expires within a year",
  async (ca) => {
    const { exit, stderr } = await ca.run(["crl", "--if-due"]);
    assert.equal(exit, 0);
    assert.match(stderr, /^Warning: .*expires/);
  },
  { init: ["--validity", "300"] },
);

testOnEachStore(
  "ca crl --if-due needs the passphrase of the key only if a CRL is due",
  async (ca) => {
    const pass = join(ca.root, "pass");
    Deno.writeTextFileSync(pass, "correct horse\n", { mode: 0o600 });
    await ca.done(["key", "encrypt", "--passphrase-file", pass]);
    await ca.done(["crl", "--if-due", "--passphrase-file", pass]);
    assert.equal(await refreshed(ca, "02T12:00:00"), undefined);
    const before = ca.tree();
    const { exit, stderr } = await ca.run(["crl", "--if-due"], at("07T12:00:00"));
    assert.equal(exit, 1);
    assert.match(stderr, /passphrase/);
    assert.deepEqual(ca.tree(), before);
  },
);
