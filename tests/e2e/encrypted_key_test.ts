/** The executable with a CA whose key is encrypted: each way in which it gets the passphrase. */
import assert from "node:assert/strict";
import { giveToOrdinaryUser, ordinaryUser, run, withPlace } from "./support/executable.ts";
import { succeed } from "./support/pairs.ts";

Deno.test("a passphrase comes from a file, a pipe, standard input or a systemd credential", async () => {
  await withPlace(async (place) => {
    const { directory, executable, cache } = place;
    const at = ["--data-dir", `${directory}/ca`];
    const credentials = `${directory}/credentials`;
    Deno.mkdirSync(credentials);
    await giveToOrdinaryUser(credentials);
    const file = `${credentials}/ca-passphrase`;
    Deno.writeTextFileSync(file, "correct horse\n", { mode: 0o400 });
    await giveToOrdinaryUser(file);
    const fromFile = ["--passphrase-file", file];
    const init = ["ca", "init", "--subject", "CN=Root", "--encrypt-key", ...fromFile];
    assert.match(await succeed(place, [...init, ...at]), /stored encrypted at/);
    const csr = `${directory}/device.csr`;
    const request = ["ca", "request", "--subject", "CN=device", "--out-csr", csr];
    await succeed(place, [...request, "--out-key", `${directory}/device.key`]);

    // `ca sign` has a file of its own in the executable, which leaves out what opens the key.
    for (const command of [["ca", "sign", csr], ["ca", "crl"]]) {
      await succeed(place, [...command, ...at, ...fromFile]);
      const typed = { stdin: "correct horse\n" };
      const fromInput = await place.certswap([...command, ...at, "--passphrase-fd", "0"], typed);
      assert.equal(fromInput.code, 0, fromInput.stderr);
      const line = `printf 'correct horse\\n' | "$0" "$@" --passphrase-fd 3 3<&0 </dev/null`;
      const piped = await run("/bin/sh", ["-c", line, executable, ...command, ...at], {
        env: { CERTSWAP_CACHE: cache },
        ...ordinaryUser,
      });
      assert.equal(piped.code, 0, piped.stderr);
      const env = { CERTSWAP_CACHE: cache, CREDENTIALS_DIRECTORY: credentials };
      const asService = await place.certswap([...command, ...at], { env });
      assert.equal(asService.code, 0, asService.stderr);

      const wrong = await place.certswap([...command, ...at, "--passphrase-fd", "0"], {
        stdin: "correct hors\n",
      });
      assert.deepEqual([wrong.code, wrong.stdout], [1, ""]);
      assert.match(wrong.stderr, /^Error: wrong passphrase for .*ca\.key\n/);
      const without = await place.certswap([...command, ...at]);
      assert.equal(without.code, 1);
      assert.match(without.stderr, /^Error: .*ca\.key is encrypted, and no passphrase was/);
    }
    assert.equal((await succeed(place, ["ca", "list", ...at])).trim().split("\n").length, 1 + 4);
  });
});
