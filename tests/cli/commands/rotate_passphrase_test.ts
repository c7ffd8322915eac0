/** `certswap rotate` with a local issuer whose key is encrypted. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { runCli } from "../../support/test_world.ts";

const texts = {
  "certswap.toml": `[pair.web]
dir = "$ROOT/tls"
subject = "CN=web.example"
issuer = { kind = "local", data_dir = "$ROOT/ca", passphrase_file = "$ROOT/passphrase" }
`,
  "without.toml": `[pair.web]
dir = "$ROOT/tls"
subject = "CN=web.example"
issuer = { kind = "local", data_dir = "$ROOT/ca" }
`,
};

Deno.test("a local issuer opens its key with passphrase_file, if no one else can read it", async () => {
  await withConfiguration(texts, async ({ root, path, tls }) => {
    const file = join(root, "passphrase");
    const write = (text: string): void => {
      Deno.writeTextFileSync(file, text);
      Deno.chmodSync(file, 0o600);
    };
    const rotate = (config = path) => runCli(["rotate", "--config", config, "--force"]);
    const check = () => runCli(["config", "check", "--config", path]);
    write("correct horse\n");
    const ca = ["ca", "init", "--subject", "CN=Lab", "--data-dir", join(root, "ca")];
    const made = await runCli([...ca, "--encrypt-key", "--passphrase-file", file]);
    assert.equal(made.exit, 0, made.stderr);

    Deno.chmodSync(file, 0o644);
    assert.match((await rotate()).stderr, /other users can read or change it \(mode 0644\)/);
    const checked = await check();
    assert.notEqual(checked.exit, 0);
    assert.match(checked.stderr, /passphrase_file.*other users can read/);
    write("wrong");
    assert.match((await rotate()).stderr, /wrong passphrase for .*ca\.key/);
    const without = await rotate(join(root, "without.toml"));
    assert.match(without.stderr, /ca\.key is encrypted, and no passphrase was given/);
    assert.deepEqual([...Deno.readDirSync(tls)].filter(({ name }) => name.endsWith(".pem")), []);

    write("correct horse\n");
    assert.equal((await check()).exit, 0);
    const { exit, stdout, stderr } = await rotate();
    assert.equal(exit, 0, stderr);
    assert.match(stdout, /rotated successfully/);
    Deno.removeSync(file);
    assert.match((await check()).stderr, /passphrase_file.*no such file/);
  });
});
