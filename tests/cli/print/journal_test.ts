import assert from "node:assert/strict";
import { withPriority, withUrgency } from "../../../lib/cli/print/journal.ts";
import { join } from "../../../lib/system/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { runCli } from "../../support/test_world.ts";

Deno.test("withPriority() marks every line: the journal stores each as a separate entry", () => {
  assert.equal(withPriority("a\n  b\nc", "warning"), "<4>a\n<4>  b\n<4>c");
  assert.equal(withPriority("a\n", "critical"), "<2>a\n");
  assert.equal(withPriority("", "notice"), "");
});

Deno.test("withUrgency() gives the line about a pair the priority of its urgency", () => {
  assert.equal(withUrgency("NOTICE: pair web: x"), "<5>NOTICE: pair web: x");
  assert.equal(withUrgency("WARNING: pair web: x"), "<4>WARNING: pair web: x");
  assert.equal(withUrgency("CRITICAL: pair web: x"), "<2>CRITICAL: pair web: x");
});

const pairs = `metrics = "/missing/certswap.prom"
[pair.web]
dir = "$ROOT/tls"
subject = "CN=web.example"
issuer = { kind = "local", data_dir = "$ROOT/ca", validity = "90d" }
[pair.mail]
dir = "$ROOT/mail"
subject = "CN=mail.example"
trust = "$ROOT/ca/ca.crt"
issuer = { kind = "command", command = ["/bin/false"] }
`;

Deno.test("certswap rotate --log journal prints errors and warnings with their priority", async () => {
  await withConfiguration({ "certswap.toml": pairs, "mail/x": "" }, async ({ root, path }) => {
    await runCli(["ca", "init", "--data-dir", join(root, "ca"), "--subject", "CN=Lab"]);
    for (const flags of [["--log", "journal"], ["--log=journal"]]) {
      const { exit, stderr } = await runCli(["rotate", "--config", path, "--force", ...flags]);
      assert.equal(exit, 1);
      const lines = stderr.trimEnd().split("\n");
      assert(lines.length >= 3, stderr);
      for (const line of lines) assert.match(line, /^<[2-5]>/);
      assert(lines.some((line) => line.startsWith("<3>Error: pair mail: ")), stderr);
      assert(lines.some((line) => line.startsWith("<4>Warning: ")), stderr);
      assert(lines.some((line) => line.startsWith("<2>CRITICAL: pair mail: ")), stderr);
    }
  });
});

Deno.test("certswap rotate --log journal also marks errors that end it before it reads a pair", async () => {
  await withConfiguration({ "certswap.toml": "x = 1\n" }, async ({ path }) => {
    const { exit, stderr } = await runCli(["rotate", "--config", path, "--log", "journal"]);
    assert.equal(exit, 2);
    for (const line of stderr.trimEnd().split("\n")) assert.match(line, /^<3>/);
    const { stderr: usage } = await runCli(["rotate", "--log", "journal", "--nonsense"]);
    for (const line of usage.trimEnd().split("\n")) assert.match(line, /^<3>/);
  });
});

Deno.test("certswap rotate prints no priorities without --log journal", async () => {
  await withConfiguration({ "certswap.toml": "x = 1\n" }, async ({ path }) => {
    for (const flags of [[], ["--log", "json"], ["--name", "journal"]]) {
      const { stderr } = await runCli(["rotate", "--config", path, ...flags]);
      assert.doesNotMatch(stderr, /^<\d>/m);
    }
  });
});
