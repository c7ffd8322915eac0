/** Files that are not part of a pair are never overwritten, by any command. */
import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { join } from "../../../lib/system/mod.ts";
import { checkConfiguration } from "../../../lib/device/configuration/mod.ts";
import { UnrelatedFileError } from "../../../lib/device/errors.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { rotatedWorld } from "../../support/rotation_world.ts";
import { type Device, fleet, withDevice } from "../../support/device.ts";
import { runCli, testSystem } from "../../support/test_world.ts";

/** Contents of files that a mistyped path may lead to, and how the message describes them. */
const unrelated: readonly (readonly [content: string | Uint8Array, looksLike: RegExp])[] = [
  ["root:$y$j9T$secret:20000:0:99999:7:::\n", /a text or configuration file/],
  ['{"listen": 443}\n', /a text or configuration file/],
  ["#!/bin/sh\nexit 0\n", /a script/],
  [new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]), /binary data/],
  [new Uint8Array([0x30, 0x82, 1, 10, 2, 1, 3, 0x30, 0x80]), /PKCS#12/],
  [new Uint8Array([0x30, 0x82, 1, 10, 0x30, 0x82, 1, 0]), /DER/],
  [
    "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
    /PEM with the label OPENSSH PRIVATE KEY/,
  ],
  [
    "-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n",
    /PEM with the label DH PARAMETERS/,
  ],
];

const commands = [["swap"], ["stage"], ["swap", "--dry-run"], ["stage", "--dry-run"]] as const;

const roles = [
  ["--combined", "all.pem", /Give another path for the combined file/],
  ["--key", "key.pem", /Give another path for the key/],
  ["--cert", "cert.pem", /Give another path for the certificate/],
] as const;

/** The arguments that name a pair with a combined file. */
function pairOf({ paths, withCombined }: Device): string[] {
  const { certificate, key } = paths;
  return ["--cert", certificate, "--key", key, "--combined", withCombined.combined];
}

for (const [command, ...flags] of commands) {
  for (const [flag, name, hint] of roles) {
    Deno.test(`certswap ${[command, ...flags].join(" ")} refuses ${flag} for an unrelated file`, async () => {
      const { first } = await fleet();
      for (const [content, looksLike] of unrelated) {
        await withDevice(async (device) => {
          const { certificate, key } = device.give("new", first);
          Deno.writeFileSync(join(device.tls, name), bytes(content));
          const before = readTree(device.root);
          const { exit, stderr } = await runCli([
            ...[command, ...flags, ...pairOf(device), "--new-cert", certificate],
            ...["--new-key", key],
          ]);
          assert.equal(exit, 1, stderr);
          assert.match(stderr, /^Error: cannot replace .*: it contains no certificate or/);
          assert.match(stderr, looksLike);
          assert.match(stderr, hint);
          assert.doesNotMatch(stderr, /secret/, "the content is not shown");
          assert.deepEqual(readTree(device.root), before, "something changed");
        });
      }
    });
  }
}

function bytes(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

for (
  const [what, content] of [
    ["an empty file", ""],
    ["a file of zero bytes, as after a power cut", "\0\0\0\0"],
    ["blank lines", "\n \n"],
    ["a corrupt key", "-----BEGIN PRIVATE KEY-----\nMIGH"],
  ] as const
) {
  Deno.test(`certswap swap replaces ${what}`, async () => {
    const { first } = await fleet();
    for (const [, name] of roles) {
      await withDevice(async (device) => {
        const { certificate, key } = device.give("new", first);
        Deno.writeTextFileSync(join(device.tls, name), content, { mode: 0o600 });
        const given = ["--new-cert", certificate, "--new-key", key];
        const { exit, stderr } = await runCli(["swap", ...pairOf(device), ...given]);
        assert.equal(exit, 0, stderr);
        assert.equal(device.read("all.pem"), first.keyPem + first.chainPem);
        assert.equal(device.read("key.pem"), first.keyPem);
      });
    }
  });
}

Deno.test("certswap config check reports an unrelated file as the combined file, with its line", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const combined = join(device.root, "haproxy.cfg");
    Deno.writeTextFileSync(combined, "global\n  daemon\n");
    const path = join(device.root, "certswap.toml");
    Deno.writeTextFileSync(path, `[pair.web]\ndir = "${device.tls}"\ncombined = "${combined}"\n`);
    const { exit, stderr } = await runCli(["config", "check", "--config", path]);
    assert.equal(exit, 2);
    assert.match(stderr, /certswap\.toml:3.*combined: cannot replace .*haproxy\.cfg/);
    Deno.writeTextFileSync(combined, "");
    await checkConfiguration(testSystem(), path);
  });
});

Deno.test("certswap rotate asks no issuer if the combined file is an unrelated file", async () => {
  const world = await rotatedWorld();
  const { configuration } = world;
  world.configuration = {
    ...configuration,
    paths: { ...configuration.paths, combined: "/tls/haproxy.cfg" },
  };
  world.write("/tls/haproxy.cfg", "global\n");
  const asked = world.count("issuer");
  const { outcome, errors } = await world.rotate({ force: true });
  assert.equal(outcome, "failed");
  assert.match(describe(errors[0]).message, /cannot replace \/tls\/haproxy\.cfg/);
  assert.equal(world.count("issuer"), asked);
  assert.equal(world.read("/tls/haproxy.cfg"), "global\n");
});

Deno.test("UnrelatedFileError has the path, the role and the kind of the file", () => {
  const error = new UnrelatedFileError("/etc/shadow", "key", { kind: "text" });
  assert.equal(error.code, "unrelated-file");
  assert.match(error.message, /\/etc\/shadow \(key\)/);
});
