/** Outputs, a sole combined file and layouts, through the commands. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { fleet, withDevice } from "../../support/device.ts";
import { runCli } from "../../support/test_world.ts";

Deno.test("swap writes the outputs that the flags name, and prints them", async () => {
  const { authority, first } = await fleet();
  await withDevice(async (device) => {
    const { certificate, key } = device.give("new", first);
    const path = (name: string): string => join(device.root, name);
    Deno.writeTextFileSync(path("ca.pem"), authority.certificatePem);
    Deno.writeTextFileSync(path("password"), "secret\n", { mode: 0o600 });
    const { exit, stdout, stderr } = await runCli([
      ...["swap", "--dir", device.tls, "--new-cert", certificate, "--new-key", key],
      ...["--output", `${path("a:b.pem")}:pem:chain,key`],
      ...["--output", `${path("c.der")}:der:certificate`],
      ...["--output", `${path("trust.pem")}:pem:trust`, "--trust", path("ca.pem")],
      ...["--output", `${path("d.p12")}:pkcs12:key,chain`],
      ...["--output-password-file", path("password")],
    ]);
    assert.equal(exit, 0, stderr);
    const both = Deno.readTextFileSync(path("a:b.pem"));
    assert.ok(both.startsWith(first.chainPem), both);
    assert.match(both, /-----END PRIVATE KEY-----\n$/);
    assert.equal(Deno.readFileSync(path("c.der"))[0], 0x30);
    assert.match(Deno.readTextFileSync(path("trust.pem")), /BEGIN CERTIFICATE/);
    assert.equal(Deno.readFileSync(path("d.p12"))[0], 0x30);
    for (const name of ["a:b.pem", "d.p12"]) {
      assert.equal((Deno.statSync(path(name)).mode ?? 0) & 0o777, 0o600, name);
    }
    for (const name of ["a:b.pem", "c.der", "trust.pem", "d.p12"]) {
      assert.ok(stdout.includes(path(name)), stdout);
    }
    assert.doesNotMatch(stdout + stderr, /secret/);
  });
});

Deno.test("a pair whose only file is combined is staged, swapped and shown by --combined alone", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    const combined = join(device.root, "site.pem");
    const swapIn = async (pair: typeof first): Promise<string> => {
      const { certificate, key } = device.give("new", pair);
      const { exit, stdout, stderr } = await runCli([
        ...["swap", "--combined", combined, "--new-cert", certificate, "--new-key", key],
      ]);
      assert.equal(exit, 0, stderr);
      return stdout;
    };
    const printed = await swapIn(first);
    assert.match(printed, new RegExp(`Combined: +${combined}\n`));
    assert.doesNotMatch(printed, /Certificate:|Key:/);
    const { certificate, key } = device.give("next", second);
    const staged = await runCli([
      ...["stage", "--combined", combined, "--new-cert", certificate, "--new-key", key],
    ]);
    assert.equal(staged.exit, 0, staged.stderr);
    assert.ok(staged.stdout.includes(`certswap swap --combined ${combined}`), staged.stdout);
    const swapped = await runCli(["swap", "--combined", combined]);
    assert.equal(swapped.exit, 0, swapped.stderr);
    assert.ok(Deno.readTextFileSync(combined).includes(second.chainPem.trim()));
    const { exit, stdout } = await runCli(["status", "--combined", combined]);
    assert.equal(exit, 0, stdout);
  });
});

Deno.test("config check warns of an output that rotate has to repair, before and after it does", async () => {
  const { first } = await fleet();
  const text = `[pair.web]
dir = "$ROOT/tls"
key_mode = "0640"
output = { path = "$ROOT/a.pem", contains = ["chain"] }
`;
  const texts = {
    "certswap.toml": text,
    "tls/cert.pem": first.chainPem,
    "tls/key.pem": first.keyPem,
  };
  await withConfiguration(texts, async ({ root, path, tls }) => {
    Deno.chmodSync(`${tls}/key.pem`, 0o600);
    const codes = async (): Promise<string[]> => {
      const { exit, stdout } = await runCli(["config", "check", "--config", path, "--json"]);
      assert.equal(exit, 0, stdout);
      const { warnings } = JSON.parse(stdout) as { readonly warnings: { readonly code: string }[] };
      return warnings.map(({ code }) => code);
    };
    assert.deepEqual(await codes(), ["output-stale", "output-stale"]);
    const { exit, stderr } = await runCli(["rotate", "--config", path]);
    assert.equal(exit, 0, stderr);
    assert.deepEqual(await codes(), []);
    assert.equal(Deno.readTextFileSync(`${root}/a.pem`), first.chainPem);
    assert.equal((Deno.statSync(`${tls}/key.pem`).mode ?? 0) & 0o777, 0o640);
  });
});

Deno.test("install systemd lets a rotation write where outputs and versions are", async () => {
  const text = `[pair.web]
layout = "flip"
dir = "$ROOT/flip"
output = { path = "$ROOT/others/a.pem", contains = ["chain"] }
[pair.site]
combined = "$ROOT/tls/site.pem"
`;
  const texts = { "certswap.toml": text, "others/x": "", "flip/versions/1/cert.pem": "" };
  await withConfiguration(texts, async ({ root, path }) => {
    Deno.symlinkSync("versions/1", join(root, "flip/current"));
    const { exit, stdout, stderr } = await runCli([
      ...["install", "systemd", "--config", path, "--print", "--program", "/bin/sh"],
    ]);
    assert.equal(exit, 0, stderr);
    const writable = ["flip", "others", "tls"].map((name) => `-${root}/${name}`).join(" ");
    assert.ok(stdout.includes(`\nReadWritePaths=${writable}\n`), stdout);
  });
});
