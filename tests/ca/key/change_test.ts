/** `ca init --encrypt-key` and `ca key encrypt`, `decrypt` and `change`. */
import assert from "node:assert/strict";
import { derOf, pemOf } from "../../protocol/pbes2/testdata.ts";
import { testBeforeInit, type TestCa, testOnEachStore, withNoCa } from "../../support/ca.ts";
import {
  encryptKeyOf,
  onTerminal,
  passphraseFile,
  testPassphrase,
  typing,
} from "../../support/encrypted_key.ts";

const init = ["init", "--subject", "CN=Root"];

function modeOf(ca: TestCa): number {
  return (Deno.lstatSync(ca.path("ca.key")).mode ?? 0) & 0o7777;
}

testBeforeInit(
  "ca init --encrypt-key never writes the plain key, and says how the key is kept",
  async (ca) => {
    const file = passphraseFile(ca, testPassphrase);
    const stdout = await ca.done([...init, "--encrypt-key", "--passphrase-file", file]);
    assert.match(stdout, /\nCA private key is stored encrypted at .*ca\.key\. Without its passphr/);
    assert.ok(!stdout.includes("Warning: CA private key is stored unencrypted"));
    assert.match(ca.read("ca.key"), /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    assert.equal(modeOf(ca), 0o600);
    await ca.done(["crl", "--passphrase-file", file]);
    const again = await ca.run([...init, "--encrypt-key"], { ...onTerminal, stdin: typing("") });
    assert.match(again.stderr, /^Error: CA already initialized at /);
  },
);

testBeforeInit(
  "ca init --encrypt-key --json reports an encrypted key, and prints no passphrase",
  async (ca) => {
    const stdin = typing(`${testPassphrase}\r${testPassphrase}\r`);
    const words = [...init, "--encrypt-key", "--json"];
    const { exit, stdout, stderr } = await ca.run(words, { ...onTerminal, stdin });
    assert.equal(exit, 0, stderr);
    assert.equal(JSON.parse(stdout).encrypted, true);
    assert.ok(!`${stdout}${stderr}`.includes("horse"));
  },
);

Deno.test("ca init creates nothing without a usable new passphrase", () =>
  withNoCa(async (ca) => {
    const empty = passphraseFile(ca, "\nsecond line");
    const before = ca.tree();
    const cases: readonly [string[], string | undefined, RegExp, number][] = [
      [["--encrypt-key"], undefined, /no new passphrase was given for .*ca\.key\n/, 1],
      [
        ["--encrypt-key", "--passphrase-file", empty],
        undefined,
        /is empty: there is no passphr/,
        1,
      ],
      [["--encrypt-key"], "one\rtwo\r", /the two passphrases are different/, 1],
      [["--encrypt-key"], "\r", /the new passphrase is empty/, 1],
      [["--encrypt-key"], "one\r\x03", /stopped by SIGINT/, 1],
      [
        ["--passphrase-file", empty],
        undefined,
        /--passphrase-file is given without --encrypt-key/,
        2,
      ],
      [["--passphrase-fd", "3"], undefined, /--passphrase-fd is given without --encrypt-key/, 2],
    ];
    for (const [flags, keys, error, exit] of cases) {
      const terminal = keys === undefined ? {} : { ...onTerminal, stdin: typing(keys) };
      const run = await ca.run([...init, ...flags], terminal);
      assert.match(run.stderr, error);
      assert.deepEqual([run.exit, run.stdout], [exit, ""]);
      assert.deepEqual(ca.tree(), before);
    }
  }));

testOnEachStore(
  "ca key encrypt, change and decrypt keep the same key, for its owner alone",
  async (ca) => {
    const plain = ca.read("ca.key");
    const [one, two] = [passphraseFile(ca, "one", "1"), passphraseFile(ca, "two\n", "2")];
    // Others could read it: the new file does not inherit that.
    Deno.chmodSync(ca.path("ca.key"), 0o640);
    await ca.done(["key", "encrypt", "--passphrase-file", one]);
    assert.match(ca.read("ca.key"), /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    assert.equal(modeOf(ca), 0o600);
    await ca.done(["key", "change", "--passphrase-file", one, "--new-passphrase-file", two]);
    assert.equal((await ca.run(["crl", "--passphrase-file", one])).exit, 1);
    await ca.done(["crl", "--passphrase-file", two]);
    const stdout = await ca.done(["key", "decrypt", "--passphrase-file", two]);
    assert.match(
      stdout,
      /Warning: CA private key is stored unencrypted at .*ca\.key\. Protect this/,
    );
    assert.equal(ca.read("ca.key"), plain);
    assert.equal(modeOf(ca), 0o600);
    assert.deepEqual([...Deno.readDirSync(ca.path(".certswap"))].map(({ name }) => name), [
      "ca.lock",
    ]);
  },
);

testOnEachStore(
  "ca key change asks for the old passphrase, and twice for the new one",
  async (ca) => {
    await encryptKeyOf(ca);
    const stdin = typing(`${testPassphrase}\rnew one\rnew one\r`);
    const { exit, stderr } = await ca.run(["key", "change"], { ...onTerminal, stdin });
    assert.equal(exit, 0, stderr);
    const prompts = /^Passphrase of .*: \nNew passphrase for .*: \nThe same passphrase again: \n$/;
    assert.match(stderr, prompts);
    await ca.done(["crl", "--passphrase-file", passphraseFile(ca, "new one")]);
    // One who mistypes the old passphrase is told so immediately.
    const wrong = await ca.run(["key", "change"], { ...onTerminal, stdin: typing("x\ry\ry\r") });
    assert.match(wrong.stderr, /^Passphrase of .*: \nError: wrong passphrase/);
  },
);

testOnEachStore(
  "a key that is already as the command would make it is refused before any question",
  async (ca) => {
    const ask = { ...onTerminal, stdin: typing("") };
    for (const command of ["decrypt", "change"]) {
      const run = await ca.run(["key", command], ask);
      assert.match(run.stderr, /^Error: .*ca\.key is not encrypted\n/);
      assert.equal(run.exit, 1);
    }
    await encryptKeyOf(ca);
    const before = ca.tree();
    const run = await ca.run(["key", "encrypt"], ask);
    assert.match(run.stderr, /^Error: .*ca\.key is already encrypted\nHint: .*ca key change/);
    assert.deepEqual([run.exit, ca.tree()], [1, before]);
  },
);

testOnEachStore("ca key leaves a key behind a symbolic link alone", async (ca) => {
  Deno.renameSync(ca.path("ca.key"), `${ca.root}/real.key`);
  Deno.symlinkSync(`${ca.root}/real.key`, ca.path("ca.key"));
  const before = ca.tree();
  const file = passphraseFile(ca, testPassphrase, "../passphrase");
  try {
    const { exit, stderr } = await ca.run(["key", "encrypt", "--passphrase-file", file]);
    assert.equal(exit, 1);
    assert.match(stderr, /ca\.key is a symbolic link, expected a regular file/);
    assert.deepEqual(ca.tree(), before);
  } finally {
    Deno.removeSync(file);
  }
});

testOnEachStore(
  "a key that is encrypted in an unknown way is named, with how to convert it",
  async (ca) => {
    const flags = ["--passphrase-file", passphraseFile(ca, "correct")];
    const text = (name: string): string => new TextDecoder().decode(pemOf(name));
    const singleDes = text("traditional").replace(
      /DEK-Info: .*/,
      "DEK-Info: DES-CBC,0123456789ABCDEF",
    );
    for (
      const [pem, why] of [[text("pbe-sha1-3des"), /3DES with/], [singleDes, /DES-CBC/]] as const
    ) {
      ca.write("ca.key", pem);
      for (const words of [["crl"], ["key", "decrypt"], ["key", "change"]]) {
        const { exit, stderr } = await ca.run([...words, ...flags]);
        assert.equal(exit, 1);
        assert.match(
          stderr,
          /^Error: .*ca\.key is encrypted with an algorithm that certswap does not support\n/,
        );
        assert.match(stderr, why);
        assert.match(stderr, /openssl pkcs8 -topk8/);
      }
    }
  },
);

/** The private value of a P-256 key, in hexadecimal: the OCTET STRING in ECPrivateKey. */
function privateValue(pkcs8: Uint8Array): string {
  return /0201010420([0-9a-f]{64})/.exec(pkcs8.toHex())?.[1] ?? "";
}

testOnEachStore("ca key decrypt opens what OpenSSL and GnuTLS encrypted", async (ca) => {
  const flags = ["--passphrase-file", passphraseFile(ca, "correct")];
  for (const name of ["scrypt", "des3-sha256", "gnutls", "traditional"]) {
    ca.write("ca.key", new TextDecoder().decode(pemOf(name)));
    await ca.done(["key", "decrypt", ...flags]);
    const base64 = ca.read("ca.key").replaceAll(/-----[^-]+-----|\n/g, "");
    // The traditional form also names the curve inside ECPrivateKey (RFC 5915 3).
    const found = privateValue(Uint8Array.fromBase64(base64));
    assert.match(found, /^[0-9a-f]{64}$/);
    assert.equal(found, privateValue(derOf("plain")));
  }
});
