/** The CA's own certificate, where one that it has issued is expected; and the end of the serial numbers. */
import assert from "node:assert/strict";
import { testOnEachStore } from "../../support/ca.ts";
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
