/** A CA whose private key is kept elsewhere: it can be read, and nothing can be signed or changed. */
import assert from "node:assert/strict";
import { type TestCa, withCa } from "../../support/ca.ts";
import { refused } from "../../support/refused.ts";

/** Runs `work` with a CA that has issued 02, and whose key was then taken away. */
function withOfflineRoot(work: (ca: TestCa) => Promise<void>): Promise<void> {
  return withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    await ca.done(["crl"]);
    Deno.renameSync(ca.path("ca.key"), `${ca.root}/ca.key`);
    await work(ca);
  });
}

for (
  const words of [
    ["sign", "device.csr"],
    ["revoke", "02"],
    ["crl"],
    ["check", "--repair"],
  ]
) {
  Deno.test(`ca ${words.join(" ")} on an offline root says that the key is not there`, async () => {
    await withOfflineRoot(async (ca) => {
      await refused(ca, words, {
        error: `CA private key not available at ${ca.path("ca.key")}`,
      });
    });
  });
}

Deno.test("an offline root can be listed, verified, checked and recovered", async () => {
  await withOfflineRoot(async (ca) => {
    const before = ca.tree();
    assert.match(await ca.done(["list"]), /^02\s+active/m);
    assert.match(await ca.done(["verify", ca.path("certs/02.pem")]), /: VALID\n/);
    assert.match(
      await ca.done(["check"]),
      /^CA check: OK\n {2}Note: ca\.key is not in the data directory/,
    );
    assert.equal((await ca.run(["recover"])).exit, 0);
    assert.deepEqual(ca.tree(), before);
  });
});

Deno.test("an offline root signs again when its key is back", async () => {
  await withOfflineRoot(async (ca) => {
    Deno.renameSync(`${ca.root}/ca.key`, ca.path("ca.key"));
    await ca.done(["sign", await ca.request("b.csr")]);
    assert.match(await ca.done(["list"]), /^03\s+active/m);
  });
});
