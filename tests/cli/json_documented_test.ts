/** Every field of the JSON output is documented. */
import assert from "node:assert/strict";
import { join } from "../../lib/system/mod.ts";
import { withConfiguration } from "../support/configuration.ts";
import { fleet, withDevice } from "../support/device.ts";
import { runCli } from "../support/test_world.ts";

/** The words in backticks under the heading of `--json`. */
function documented(heading = "## What `--json` prints"): ReadonlySet<string> {
  const page = Deno.readTextFileSync(
    new URL("../../docs/reference/commands.md", import.meta.url),
  );
  const [, section = ""] = page.split(heading);
  return new Set([...section.matchAll(/`([A-Za-z]+)`/g)].map(([, word = ""]) => word));
}

/** Every field of an object and of the objects in it. */
function fieldsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...fieldsOf(inner)]);
}

Deno.test("the reference documents every JSON field of stage, swap, rollback and recover", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const { certificate, key } = device.give("new", second);
    const printed = new Set<string>();
    const run = async (...words: string[]) => {
      for (const dryRun of [["--dry-run"], []]) {
        const line = [...words, "--dir", device.tls, "--json", ...dryRun];
        const { exit, stdout } = await runCli(line);
        assert.equal(exit, 0, stdout);
        for (const field of fieldsOf(JSON.parse(stdout))) printed.add(field);
      }
    };
    await run("stage", "--new-cert", certificate, "--new-key", key);
    await run("swap", "--keep-previous");
    await run("rollback");
    await run("recover");
    assert.ok(printed.size > 20, [...printed].join());
    assert.deepEqual([...printed].filter((field) => !documented().has(field)), []);
  });
});

const pairs = `[pair.web]
dir = "$ROOT/tls"
subject = "CN=web.example"
issuer = { kind = "local", data_dir = "$ROOT/ca", validity = "90d" }
hook = { command = ["/bin/false"] }
[pair.mail]
dir = "$ROOT/mail"
subject = "CN=mail.example"
trust = "$ROOT/ca/ca.crt"
issuer = { kind = "command", command = ["/bin/false"] }
`;

Deno.test("the reference documents every JSON field of a pair in config check", async () => {
  const text = `[pair.web]
layout = "java"
dir = "$ROOT/tls"
owner = 0
group = 0
mode = "0644"
key_mode = "0600"
password_file = "$ROOT/password"
[pair.both]
dir = "$ROOT"
combined = "$ROOT/both.pem"
`;
  await withConfiguration({ "certswap.toml": text, "password": "x" }, async ({ root, path }) => {
    Deno.chmodSync(join(root, "password"), 0o600);
    const { stdout } = await runCli(["config", "check", "--config", path, "--json"]);
    const printed = new Set(fieldsOf(JSON.parse(stdout)));
    for (const field of ["layout", "combined", "keyMode", "passwordFile"]) {
      assert.ok(printed.has(field), field);
    }
    const words = documented("### `config check`");
    printed.delete("warnings");
    assert.deepEqual([...printed].filter((field) => !words.has(field)), []);
  });
});

Deno.test("the reference documents every JSON field and value of rotate", async () => {
  await withConfiguration({ "certswap.toml": pairs, "mail/x": "" }, async ({ root, path }) => {
    await runCli(["ca", "init", "--data-dir", join(root, "ca"), "--subject", "CN=Lab"]);
    const printed = new Set<string>();
    // Due, rotated and failed; then pending, and waiting for the issuer.
    for (const flags of [["--dry-run"], [], ["--dry-run"], []]) {
      const { stdout } = await runCli(["rotate", "--config", path, "--json", ...flags]);
      const { pairs, ...rest } = JSON.parse(stdout);
      for (const { certificate: _, recovery: __, ...pair } of pairs) {
        for (const field of fieldsOf({ pair })) printed.add(field);
        printed.add(pair.outcome ?? pair.decision);
      }
      for (const field of Object.keys(rest)) printed.add(field);
    }
    printed.delete("pair");
    assert.ok(printed.size > 15, [...printed].join());
    const words = documented("### `rotate`");
    assert.deepEqual([...printed].filter((field) => !words.has(field)), []);
  });
});
