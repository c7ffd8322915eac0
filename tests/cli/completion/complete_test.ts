/** `certswap complete`: names of pairs and serial numbers. */
import assert from "node:assert/strict";
import { completionModel } from "../../../lib/cli/completion/model.ts";
import { join } from "../../../lib/system/mod.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { runCli, type RunOptions } from "../../support/test_world.ts";

/** The lines that are listed. Standard error must be empty, and the exit code 0. */
async function offered(words: readonly string[], options: RunOptions = {}): Promise<string[]> {
  const { exit, stdout, stderr } = await runCli(["complete", ...words], options);
  assert.deepEqual([exit, stderr], [0, ""], words.join(" "));
  return stdout.split("\n").filter((line) => line !== "");
}

/** A configuration with a drop-in, and a mistake in one of its pairs. */
async function withPairs(work: (path: string, root: string) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (root) => {
    const path = join(root, "certswap.toml");
    Deno.mkdirSync(join(root, "certswap.d"));
    const write = (name: string, text: string): void =>
      Deno.writeTextFileSync(join(root, name), text);
    write("certswap.toml", '[pair.web]\ndir = "/x"\n[pair.mqtt]\ndri = "/y"\n');
    write("certswap.d/more.toml", '[pair.websocket]\ndir = "/z"\n["pair"."$(id)"]\ndir = "/a"\n');
    await work(path, root);
  });
}

Deno.test("certswap complete pairs lists every pair of the configuration and its drop-ins", async () => {
  await withPairs(async (path) => {
    const words = ["pairs", "--", "rotate", "--config", path, "--name"];
    assert.deepEqual(await offered([...words, ""]), ["web", "mqtt", "websocket"]);
    assert.deepEqual(await offered([...words, "web"]), ["web", "websocket"]);
    assert.deepEqual(await offered([...words.slice(0, -1), "--name=m"]), ["mqtt"]);
  });
});

Deno.test("certswap complete pairs finds the configuration by flag and by variable", async () => {
  await withPairs(async (path) => {
    const all = ["web", "mqtt", "websocket"];
    // In bash, "=" is a separate word.
    for (const config of [["--config", path], [`--config=${path}`], ["--config", "=", path]]) {
      assert.deepEqual(await offered(["pairs", "--", "status", ...config, "--name", ""]), all);
    }
    const environment = { CERTSWAP_CONFIG: path };
    assert.deepEqual(await offered(["pairs", "--", "status", "--name", ""], { environment }), all);
  });
});

Deno.test("certswap complete serials lists the certificates that can be revoked", async () => {
  await withTemporaryDirectory(async (root) => {
    const data = ["--data-dir", join(root, "ca")];
    const run = async (...words: string[]): Promise<void> => {
      const { exit, stderr } = await runCli([...words]);
      assert.equal(exit, 0, stderr);
    };
    await run("ca", "init", ...data, "--subject", "CN=Root");
    for (const name of ["a", "b", "c"]) {
      const [key, csr] = [join(root, `${name}.key`), join(root, `${name}.csr`)];
      const subject = `CN=${name}`;
      await run("ca", "request", "--subject", subject, "--out-key", key, "--out-csr", csr);
      await run("ca", "sign", ...data, ...(name === "b" ? ["--validity", "2h"] : []), csr);
    }
    await run("ca", "revoke", ...data, "04");
    const words = ["serials", "--", "ca", "revoke", ...data];
    assert.deepEqual(await offered([...words, ""]), ["02\tCN=a", "03\tCN=b"]);
    assert.deepEqual(await offered([...words, "03"]), ["03\tCN=b"]);
    const environment = { CA_DATA_DIR: data[1] ?? "" };
    assert.deepEqual(await offered(["serials", "--", "ca", "revoke", "02"], { environment }), [
      "02\tCN=a",
    ]);
  });
});

Deno.test("certswap complete lists nothing and prints no error if something is wrong", async () => {
  await withTemporaryDirectory(async (root) => {
    const bad = join(root, "bad.toml");
    Deno.writeTextFileSync(bad, "[pair.web\n");
    const lines = [
      [],
      ["pairs"],
      ["serials"],
      ["nonsense", "--", "rotate"],
      ["pairs", "--", "rotate", "--config", join(root, "missing.toml"), "--name", ""],
      ["pairs", "--", "rotate", "--config", root, "--name", ""],
      ["pairs", "--", "rotate", "--config", bad, "--name", ""],
      ["pairs", "--", "rotate", "--config", "/dev/stdin", "--name", ""],
      ["pairs", "--", "rotate", "--config", "a\0b", "--name", ""],
      ["pairs", "--", "rotate", "--help", "--version", "--nonsense", "--config"],
      ["serials", "--", "ca", "revoke", "--data-dir", join(root, "missing"), ""],
      ["serials", "--", "ca", "revoke", "--data-dir", bad, ""],
    ];
    const environment = { CERTSWAP_CONFIG: bad, CA_DATA_DIR: root };
    for (const words of lines) {
      assert.deepEqual(await offered(words, { environment }), [], words.join(" "));
    }
  });
});

Deno.test("certswap complete is not offered by help or completion", async () => {
  assert.doesNotMatch((await runCli(["--help"])).stdout, /^ {2}complete /m);
  for (const { words, subcommands } of completionModel()) {
    assert.ok(!words.includes("complete"));
    assert.ok(subcommands.every(({ name }) => name !== "complete"));
  }
});
