/** `ca token create --print-command`: what a device runs. */
import assert from "node:assert/strict";
import { fingerprintText } from "../../../lib/cli/text.ts";
import { fingerprint, readSingleCertificateFile } from "../../../lib/x509/mod.ts";
import { withHierarchy } from "../../support/ca.ts";

Deno.test("ca token create --print-command prints the secret alone, and a command without it", async () => {
  await withHierarchy(async ({ root, inter }) => {
    inter.write("ca.toml", '[serve]\nest = "0.0.0.0:9443"\nnames = ["ca.example"]\n');
    const words = ["token", "create", "--names", "DNS:d1.example", "--print-command"];
    const { exit, stdout, stderr } = await inter.run(words);
    assert.equal(exit, 0, stderr);
    const secret = stdout.trimEnd();
    assert.match(secret, /^[0-9a-f]+\.[A-Za-z0-9_-]{22}$/);
    assert.ok(!stderr.includes(secret), stderr);
    // The device pins the root: an intermediate may be replaced.
    const pem = new TextEncoder().encode(root.read("ca.crt"));
    const pin = await fingerprint(readSingleCertificateFile(pem));
    const line = "certswap enroll --est https://ca.example:9443 --dir /etc/device/tls " +
      `--names DNS:d1.example --secret-file secret --trust-fingerprint ${fingerprintText(pin)}`;
    assert.ok(stderr.split("\n").includes(`  ${line}`), stderr);
  });
});

Deno.test("ca token create names the flag of an invalid name", async () => {
  await withHierarchy(async ({ root }) => {
    const { exit, stderr } = await root.run(["token", "create", "--names", "y"]);
    assert.equal(exit, 2, stderr);
    assert.match(stderr, /^Error: --names: invalid SAN 'y': it must start with DNS:/m);
  });
});

Deno.test("ca token create refuses a profile of CAs, and says what it is for", async () => {
  await withHierarchy(async ({ root }) => {
    const { exit, stderr } = await root.run(["token", "create", "--profile", "intermediate"]);
    assert.equal(exit, 2, stderr);
    assert.match(stderr, /the profile 'intermediate' is for CA certificates, not for leaf cert/);
  });
});
