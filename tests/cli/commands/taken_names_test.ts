/** A directory with the name of a temporary file of certswap is reported, and does not block recovery. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { fleet, withDevice } from "../../support/device.ts";
import { runCli } from "../../support/test_world.ts";

const names = [
  ".cert.pem.certswap.tmp",
  ".cert.pem.certswap.bak",
  ".key.pem.certswap.tmp",
  ".key.pem.certswap.bak",
  ".cert.pem.certswap.pending",
  ".key.pem.certswap.pending",
  ".cert.pem.certswap.previous",
  ".certswap/.cert.pem.journal.certswap.tmp",
  ".certswap/.cert.pem.state.certswap.tmp",
];

const wayOut = /Hint: certswap uses this name for its own files.* move it away/;

for (const name of names) {
  Deno.test(`a directory ${name} is reported with a hint, and does not block recovery`, async () => {
    const { first, second } = await fleet();
    await withDevice(async (device) => {
      const swap = (given: string) =>
        runCli([
          "swap",
          "--dir",
          device.tls,
          "--new-cert",
          join(device.root, `${given}.pem`),
          "--new-key",
          join(device.root, `${given}.key`),
        ]);
      device.give("first", first);
      device.give("second", second);
      assert.equal((await swap("first")).exit, 0);
      Deno.mkdirSync(join(device.tls, name));
      Deno.writeTextFileSync(join(device.tls, `${name}/notes`), "the user's");

      const status = await runCli(["status", "--dir", device.tls]);
      // Only half of the pair exists when status runs.
      const isHalf = /pending$|previous$/.test(name);
      assert.equal(status.exit, isHalf ? 1 : 0, status.stderr);
      if (isHalf) assert.match(status.stderr, wayOut);
      if (!isHalf) {
        const recovered = await runCli(["recover", "--dir", device.tls]);
        assert.equal(recovered.exit, 0, recovered.stderr);
      }

      const { exit, stderr } = await swap("second");
      assert.equal(exit, 1);
      assert.ok(stderr.includes(join(device.tls, name)), stderr);
      assert.match(stderr, wayOut);
      assert.equal(device.read("cert.pem"), first.chainPem);
      assert.equal(device.read("key.pem"), first.keyPem);
      assert.equal(device.read(`${name}/notes`), "the user's");

      Deno.renameSync(join(device.tls, name), join(device.root, "away"));
      assert.equal((await swap("second")).exit, 0);
      assert.equal(device.read("cert.pem"), second.chainPem);
    });
  });
}
