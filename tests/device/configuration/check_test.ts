import assert from "node:assert/strict";
import {
  checkConfiguration,
  ConfigurationError,
  readConfiguration,
} from "../../../lib/device/configuration/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { fleet } from "../../support/device.ts";
import { testSystem } from "../../support/test_world.ts";

/** The unusable paths that the check finds, as `line key: code of the cause`. */
async function found(path: string): Promise<string[]> {
  try {
    await checkConfiguration(testSystem(), path);
    return [];
  } catch (error) {
    assert(error instanceof ConfigurationError);
    return error.problems.map(({ line, mistake }) => {
      assert(mistake.kind === "unusable-path", mistake.kind);
      return `${line} ${mistake.key}: ${mistake.cause.code}`;
    });
  }
}

Deno.test("checkConfiguration() reports missing files, unlike readConfiguration()", async () => {
  const text = `metrics = "/missing/a.prom"
[pair.a]
dir = "$ROOT/missing"
issuer = { kind = "local", data_dir = "$ROOT/no-ca" }
[pair.b]
certificate = "$ROOT/tls"
key = "$ROOT/link"
combined = "$ROOT/tls/.x.certswap.tmp"
requires_mount = ["/", "$ROOT/tls"]
trust = "$ROOT/certswap.toml"
hook = { command = ["/missing/hook"] }
[pair.b.issuer]
kind = "command"
command = ["$ROOT/certswap.toml", "x"]
[pair.c]
dir = "$ROOT/tls"
hook = { command = ["$ROOT"] }
probe = { command = ["/missing/probe"] }
[pair.d]
dir = "$ROOT"
[[pair.d.probe]]
command = ["$ROOT/certswap.toml"]
[[pair.d.probe]]
url = "tls://a:1"
identity = { cert = "/missing/cert", key = "$ROOT" }
[[pair.d.probe]]
kind = "client"
url = "tls://a:1"
trust = "$ROOT/certswap.toml"
`;
  await withConfiguration({ "certswap.toml": text }, async ({ root, path }) => {
    Deno.symlinkSync(`${root}/nothing`, `${root}/link`);
    assert.deepEqual(await found(path), [
      "1 metrics: file-system",
      "3 pair.a.dir: missing-directory",
      "4 pair.a.issuer.data_dir: file-system",
      "6 pair.b.certificate: wrong-file-kind",
      "7 pair.b.key: dangling-link",
      "8 pair.b.combined: reserved-path",
      "9 pair.b.requires_mount: mount-required",
      "10 pair.b.trust: unusable-file",
      "11 pair.b.hook.command: file-system",
      "14 pair.b.issuer.command: not-executable",
      "17 pair.c.hook.command: wrong-file-kind",
      "18 pair.c.probe.command: file-system",
      "22 pair.d.probe[0].command: not-executable",
      "25 pair.d.probe[1].identity.cert: file-system",
      "25 pair.d.probe[1].identity.key: wrong-file-kind",
      "29 pair.d.probe[2].trust: unusable-file",
    ]);
    assert.equal((await readConfiguration(testSystem(), path)).pairs.length, 4);
  });
});

Deno.test("checkConfiguration() reports a problem of a shared hook once, in the hook's table", async () => {
  const main = `[pair.a]
dir = "$ROOT"
hook = "web"
[pair.b]
dir = "$ROOT/tls"
hook = [{ command = ["true"] }, "web"]
[hook.web]
command = ["/missing/hook"]
[hook.open]
command = ["$ROOT/open/reload"]
`;
  const texts = { "certswap.toml": main, "open/reload": "#!/bin/sh\n" };
  await withConfiguration(texts, async ({ root, path }) => {
    Deno.chmodSync(`${root}/open/reload`, 0o755);
    Deno.chmodSync(`${root}/open`, 0o777);
    assert.deepEqual(await found(path), [
      "8 hook.web.command: file-system",
      "10 hook.open.command: untrusted-place",
    ]);
  });
});

Deno.test("checkConfiguration() reports what an output needs and does not have, with its line", async () => {
  const text = `[pair.a]
dir = "$ROOT/tls"
owner = "no-such-user"
[[pair.a.output]]
path = "$ROOT/missing/a.pem"
contains = ["chain"]
[[pair.a.output]]
path = "$ROOT/open/a.pem"
contains = ["key"]
group = "no-such-group"
[[pair.a.output]]
path = "$ROOT/certswap.toml"
contains = ["chain"]
[[pair.a.output]]
path = "$ROOT/a.p12"
contains = ["key", "chain"]
format = "pkcs12"
password_file = "$ROOT/readable"
[[pair.a.output]]
path = "$ROOT/b.p12"
contains = ["key", "chain"]
format = "pkcs12"
password_file = "$ROOT/no-password"
[pair.java]
layout = "java"
dir = "$ROOT/java"
[pair.postgres]
layout = "postgres"
dir = "$ROOT"
owner = 0
group = "no-such-group"
[pair.flip]
layout = "flip"
dir = "$ROOT/none"
[pair.flat]
layout = "flip"
dir = "$ROOT/flat"
[pair.both]
combined = "$ROOT/other"
`;
  const texts = {
    "certswap.toml": text,
    "open/x": "",
    "java/x": "",
    "flat/current/x": "",
    "readable": "secret",
    "other": "[x]",
  };
  await withConfiguration(texts, async ({ root, path }) => {
    Deno.chmodSync(`${root}/open`, 0o777);
    Deno.chmodSync(`${root}/readable`, 0o644);
    assert.deepEqual(await found(path), [
      "3 pair.a.owner: unknown-account",
      "5 pair.a.output[0].path: missing-directory",
      "8 pair.a.output[1].path: untrusted-place",
      "10 pair.a.output[1].group: unknown-account",
      "12 pair.a.output[2].path: unrelated-file",
      "18 pair.a.output[3].password_file: password-file",
      "23 pair.a.output[4].password_file: output-password",
      "26 pair.java.dir: output-password",
      "31 pair.postgres.group: unknown-account",
      "34 pair.flip.dir: missing-directory",
      "37 pair.flat.dir: flip-link",
      "39 pair.both.combined: unrelated-file",
    ]);
    assert.equal((await readConfiguration(testSystem(), path)).pairs.length, 6);
  });
});

Deno.test("checkConfiguration() reports a program that is not in PATH, with its line", async () => {
  const text = `[pair.a]
dir = "$ROOT/tls"
trust = "$ROOT/ca/ca.crt"
issuer = { kind = "command", command = ["no-issuer"] }
hook = ["web", { command = ["no-hook"] }]
probe = { command = ["no-probe", "-v"] }
[hook.web]
command = ["no-shared-hook"]
`;
  const { authority } = await fleet();
  await withConfiguration(
    { "certswap.toml": text, "ca/ca.crt": authority.certificatePem },
    async ({ path }) => {
      assert.deepEqual(await found(path), [
        "4 pair.a.issuer.command: program-not-found",
        "5 pair.a.hook[1].command: program-not-found",
        "6 pair.a.probe.command: program-not-found",
        "8 hook.web.command: program-not-found",
      ]);
    },
  );
});

Deno.test("checkConfiguration() accepts files that exist", async () => {
  const { authority } = await fleet();
  const text = `metrics = "$ROOT/certswap.prom"
[pair.a]
dir = "$ROOT/tls"
issuer = { kind = "local", data_dir = "$ROOT/ca" }
hook = { command = ["sh", "-c", "x"] }
probe = [{ command = ["true"] }, { url = "tls://localhost:443" }]
[pair.b]
dir = "$ROOT"
trust = "$ROOT/ca/ca.crt"
issuer = { kind = "command", command = ["/bin/sh", "-c", ":"] }
`;
  const texts = { "certswap.toml": text, "ca/ca.crt": authority.certificatePem };
  await withConfiguration(texts, async ({ path }) => {
    assert.deepEqual(await found(path), []);
  });
});

Deno.test("checkConfiguration() reports unusable paths together with mistakes in the text", async () => {
  const text = '[pair.a]\ndir = "/missing"\nkeep_key = 1\n[pair.b]\ndir = "/missing/b"\n';
  await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
    await assert.rejects(checkConfiguration(testSystem(), path), (error) => {
      assert(error instanceof ConfigurationError);
      assert.deepEqual(error.problems.map(({ line, mistake }) => `${line} ${mistake.kind}`), [
        "3 wrong-value",
        "5 unusable-path",
      ]);
      return true;
    });
  });
});
