/** `certswap swap` and `stage` of a pair that was delivered as PKCS#12. */
import assert from "node:assert/strict";
import { writePkcs12 } from "../../../lib/protocol/pkcs12/mod.ts";
import { join } from "../../../lib/system/mod.ts";
import { type Device, hidden, withDevice } from "../../support/device.ts";
import { makeAuthority, type TestPair } from "../../support/pairs.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { runCli } from "../../support/test_world.ts";
import { p12 } from "../../protocol/pkcs12/testdata.ts";

const root = await makeAuthority();
const upper = await root.subordinate({ subject: "CN=Upper" });
const lower = await upper.subordinate({ subject: "CN=Lower" });
const pair = await lower.issue({ key: "rsa-2048" });

/** A device without a pair, with a PKCS#12 file whose chain is in the wrong order, and its password. */
async function withDelivery(
  work: (device: Device, flags: readonly string[], file: string) => Promise<void>,
  { pkcs8: key, certificateDer: leaf }: Pick<TestPair, "pkcs8" | "certificateDer"> = pair,
): Promise<void> {
  await withDevice(async (device) => {
    const [file, password] = [join(device.root, "new.pfx"), join(device.root, "password")];
    const content = await writePkcs12(
      {
        key,
        leaf,
        intermediates: [root, upper, lower].map(({ certificateDer }) => certificateDer),
        trust: [],
      },
      { password: new TextEncoder().encode("secret"), profile: "modern" },
    );
    Deno.writeFileSync(file, content);
    Deno.writeTextFileSync(password, "secret\n", { mode: 0o600 });
    await work(device, ["--new-pkcs12", file, "--password-file", password], file);
  });
}

Deno.test("swap --new-pkcs12 makes the pair in the file the active one, as PEM, in order", async () => {
  await withDelivery(async (device, flags) => {
    const { exit, stdout, stderr } = await runCli(["swap", "--dir", device.tls, ...flags]);
    assert.equal(exit, 0, stderr);
    assert.match(stdout, /^Pair swapped in successfully\./);
    assert.equal(device.read("cert.pem"), pair.chainPem);
    assert.equal(device.read("key.pem"), pair.keyPem);
    assert.equal((Deno.statSync(device.paths.key).mode ?? 0) & 0o777, 0o600);
    const again = await runCli(["swap", "--dir", device.tls, ...flags]);
    assert.deepEqual([again.exit, again.stdout, again.stderr], [0, "", ""]);
  });
});

Deno.test("certswap stage --new-pkcs12 stages the pair, and swap makes it the active one", async () => {
  await withDelivery(async (device, flags) => {
    const planned = await runCli(["stage", "--dir", device.tls, ...flags, "--dry-run"]);
    assert.equal(planned.exit, 0, planned.stderr);
    assert.equal(device.read(hidden.pendingKey), undefined);
    const staged = await runCli(["stage", "--dir", device.tls, ...flags]);
    assert.equal(staged.exit, 0, staged.stderr);
    assert.equal(device.read(hidden.pendingKey), pair.keyPem);
    assert.equal((await runCli(["swap", "--dir", device.tls])).exit, 0);
    assert.equal(device.read("cert.pem"), pair.chainPem);
  });
});

Deno.test("a pair from PKCS#12 passes every check that one from PEM passes", async () => {
  await withDelivery(async (device, flags) => {
    device.activate(await lower.issue({ names: ["DNS:other.example"] }));
    const { exit, stderr } = await runCli(["swap", "--dir", device.tls, ...flags]);
    assert.equal(exit, 1);
    assert.match(stderr, /new\.pfx/);
    assert.match(stderr, /other\.example/);
  });
});

/** Runs a swap that is refused, and insists that it has changed nothing. */
async function refused(device: Device, words: readonly string[]) {
  const before = readTree(device.root);
  const { exit, stdout, stderr } = await runCli(["swap", "--dir", device.tls, ...words]);
  assert.equal(stdout, "");
  assert.deepEqual(readTree(device.root), before);
  return { exit, stderr };
}

for (
  const [what, name, expected] of [
    [
      "RC2-40",
      "openssl-rc2",
      /encrypted with RC2-40, .*\nHint: Convert it with OpenSSL 3: .*umask/,
    ],
    ["no key", "openssl-no-key", /contains no private key, only 2 certificates\nHint: Export/],
    [
      "two keys",
      "java-two-keys",
      /2 private keys, expected one\n {2}web\n {2}mail\nHint: .*keytool/,
    ],
    ["another password", "openssl-unicode", /wrong password\nHint: .*openssl pkcs12 -in FILE/],
  ] as const
) {
  Deno.test(`a PKCS#12 file with ${what} is refused with its path and a way out`, async () => {
    await withDelivery(async (device, flags, file) => {
      Deno.writeFileSync(file, p12(name));
      const { exit, stderr } = await refused(device, flags);
      assert.equal(exit, 1);
      assert.ok(stderr.startsWith(`Error: ${file}: `), stderr);
      assert.match(stderr, expected);
      assert.doesNotMatch(stderr, /secret/);
    });
  });
}

for (
  const [what, content, expected] of [
    ["PEM", pair.chainPem, /a PEM file, not PKCS#12\nHint: Give PEM files with --new-cert/],
    ["base64", p12("openssl").toBase64(), /in base64, not in binary\nHint: .*base64 -d/],
    ["nothing", "", /the file is empty/],
    ["text", "hello", /not a PKCS#12 file/],
    ["PKCS#12 that is cut off", p12("openssl").slice(0, 900), /truncated/],
    ["a megabyte and more", new Uint8Array(1024 * 1024 + 1), /larger than/],
  ] as const
) {
  Deno.test(`--new-pkcs12 with ${what} is refused, and says so`, async () => {
    await withDelivery(async (device, flags, file) => {
      Deno.writeFileSync(
        file,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
      const { exit, stderr } = await refused(device, flags);
      assert.equal(exit, 1);
      assert.match(stderr, expected);
    });
  });
}

Deno.test("--new-pkcs12 goes with --password-file, and not with --new-cert or --new-key", async () => {
  await withDelivery(async (device, [flag = "", file = "", passwordFlag = "", password = ""]) => {
    for (
      const [words, expected] of [
        [[flag, file], /--password-file is missing/],
        [[passwordFlag, password], /--password-file is given without --new-pkcs12/],
        [
          [flag, file, passwordFlag, password, "--new-key", "k"],
          /already gives the certificate and the key/,
        ],
        [[flag, "-", passwordFlag, password, "--trust", "-"], /standard input is given twice/],
        [
          [passwordFlag, password, "--new-cert", "c", "--new-key", "k"],
          /is given without --new-pkcs12/,
        ],
      ] as const
    ) {
      const { exit, stderr } = await refused(device, words);
      assert.equal(exit, 2, stderr);
      assert.match(stderr, expected);
    }
  });
});
