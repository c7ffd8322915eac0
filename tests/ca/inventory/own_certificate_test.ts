/** The CA's own certificate, where one that it has issued is expected; and the end of the serial numbers. */
import assert from "node:assert/strict";
import { testBeforeInit, testCa, testOnEachStore } from "../../support/ca.ts";
import { type Run, runCli } from "../../support/test_world.ts";

testOnEachStore(
  "ca revoke and ca show say that a file is the CA's own certificate, and what to do",
  async (ca) => {
    for (const word of ["revoke", "show"]) {
      const { exit, stderr } = await ca.run([word, ca.path("ca.crt")]);
      assert.equal(exit, 1);
      assert.match(stderr, /ca\.crt is the CA's own certificate, not one that it has issued/);
      assert.match(stderr, /A root cannot revoke itself/);
    }
    const below = `${ca.root}/below`;
    const run = (...words: readonly string[]): Promise<Run> =>
      runCli(["ca", ...words, "--data-dir", below], { system: ca.system() });
    const init = await run("init", "--subject", "CN=Below", "--signed-by", ca.dataDirectory);
    assert.equal(init.exit, 0, init.stderr);
    const { stderr } = await run("revoke", `${below}/ca.crt`);
    assert.match(
      stderr,
      /run 'certswap ca revoke --data-dir DIR' with the directory of the CA that issued it/,
    );
  },
);

testOnEachStore(
  "ca serial refuses the largest number: the CA could never sign again",
  async (ca) => {
    const largest = `7${"f".repeat(39)}`;
    const before = ca.tree();
    const { exit, stderr } = await ca.run(["serial", "--raise-to", largest]);
    assert.equal(exit, 1);
    assert.match(stderr, /there would be no numbers left/);
    assert.deepEqual(ca.tree(), before);
    await ca.done(["serial", "--raise-to", `7${"f".repeat(38)}e`]);
    await ca.done(["sign", await ca.request()]);
  },
);

testBeforeInit(
  "the number of an intermediate's own certificate is not one of those that it gives",
  async (ca) => {
    const root = testCa(ca.root, "root");
    await root.done(["init", "--subject", "CN=Root"]);
    await root.done(["sign", await root.request()]);
    await ca.done(["init", "--subject", "CN=Below", "--signed-by", root.dataDirectory]);
    assert.match(await root.done(["list"]), /^03 +active .*CN=Below$/m);
    assert.equal(await ca.done(["serial"]), "  Next serial:    01\n  Highest in use: none\n");
    const { next, highest } = JSON.parse(await ca.done(["serial", "--json"]));
    assert.deepEqual([next, highest], ["01", null]);
    const { exit, stdout } = await ca.run(["check", "--highest-serial", "7"]);
    assert.equal(exit, 1);
    assert.match(stdout, /serial numbers 01 to 07 were used/);

    await ca.done(["serial", "--raise-to", "3"]);
    await ca.done(["sign", await ca.request()]);
    assert.match(await ca.done(["list"]), /^03 +active /m);
    assert.equal(await ca.done(["serial"]), "  Next serial:    04\n  Highest in use: 03\n");
    assert.match(await ca.done(["check"]), /^CA check: OK/);
  },
);

testOnEachStore(
  "the number of a root's own certificate is one of those that it gives",
  async (ca) => {
    assert.equal(await ca.done(["serial"]), "  Next serial:    02\n  Highest in use: 01\n");
    const { stdout } = await ca.run(["check", "--highest-serial", "7"]);
    assert.match(stdout, /serial numbers 02 to 07 were used/);
  },
);
