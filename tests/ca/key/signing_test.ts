/** Commands that sign with a key that is encrypted. */
import assert from "node:assert/strict";
import { generateCrl, revoke, sign } from "../../../lib/ca/mod.ts";
import { testOnEachStore, withCa } from "../../support/ca.ts";
import {
  encryptKeyOf,
  onTerminal,
  passphraseFile,
  testPassphrase,
  typing,
} from "../../support/encrypted_key.ts";

const signing = [["sign", "REQUEST"], ["crl"], ["check", "--repair"]];

for (const [command = "", ...words] of signing) {
  const line = (request: string): string[] => [
    command,
    ...words.map((word) => word === "REQUEST" ? request : word),
  ];

  Deno.test(`ca ${command} takes the first line of --passphrase-file, without its line end`, () =>
    withCa(async (ca) => {
      const request = await ca.request();
      await encryptKeyOf(ca);
      for (const end of ["", "\n", "\r\n", "\nsecond line\n"]) {
        const file = passphraseFile(ca, `${testPassphrase}${end}`);
        const { exit, stderr } = await ca.run([...line(request), "--passphrase-file", file]);
        assert.deepEqual([exit, stderr.includes("Error")], [0, false], stderr);
        Deno.removeSync(file);
      }
    }));

  Deno.test(`ca ${command} changes nothing if the passphrase is wrong`, () =>
    withCa(async (ca) => {
      const request = await ca.request();
      await encryptKeyOf(ca);
      const file = passphraseFile(ca, `${testPassphrase} `);
      await ca.run(["crl", "--passphrase-file", passphraseFile(ca, testPassphrase, "right")]);
      const before = ca.tree();
      const { exit, stderr, stdout } = await ca.run([...line(request), "--passphrase-file", file]);
      assert.deepEqual([exit, stdout], [1, ""]);
      assert.match(stderr, /^Error: wrong passphrase for .*ca\.key\n/);
      assert.ok(!stderr.includes(testPassphrase));
      assert.deepEqual(ca.tree(), before);
    }));
}

testOnEachStore(
  "without a terminal or a passphrase, signing fails and says what to give",
  async (ca) => {
    const request = await ca.request();
    await encryptKeyOf(ca);
    const before = ca.tree();
    for (const words of [["sign", request], ["crl"]]) {
      const { exit, stderr } = await ca.run(words);
      assert.equal(exit, 1);
      assert.match(stderr, /^Error: .*ca\.key is encrypted, and no passphrase was given\n/);
      assert.match(
        stderr,
        /--passphrase-file FILE or --passphrase-fd N.*LoadCredential=ca-passphr/,
      );
    }
    assert.deepEqual(ca.tree(), before);
  },
);

testOnEachStore("at a terminal, the passphrase is asked for once, and not shown", async (ca) => {
  const [a, b] = [await ca.request("a.csr"), await ca.request("b.csr")];
  await encryptKeyOf(ca);
  const stdin = typing(`${testPassphrase}\rand more`);
  const { exit, stdout, stderr } = await ca.run(["sign", a, b], { ...onTerminal, stdin });
  assert.equal(exit, 0, stderr);
  assert.equal(stderr.match(/Passphrase of .*ca\.key: \n/g)?.length, 1);
  assert.ok(!`${stdout}${stderr}`.includes("horse"));
  assert.equal(stdin.left, "and more");
  assert.equal(stdin.isRaw, false);
});

testOnEachStore(
  "a plain key signs as before: no question is asked, and no passphrase file is read",
  async (ca) => {
    const request = await ca.request("a.csr", { names: "DNS:a.example" });
    const stdin = typing("");
    const words = ["sign", request, "--passphrase-file", `${ca.root}/missing`];
    const { exit, stderr } = await ca.run(words, { ...onTerminal, stdin });
    assert.deepEqual([exit, stderr], [0, ""]);
  },
);

testOnEachStore("no process holds the lock while a person types the passphrase", async (ca) => {
  const requests = [await ca.request("a.csr")];
  const options = { dataDirectory: ca.dataDirectory, lockTimeout: 0 };
  const signOptions = { requests, validity: 1e9, onBadRequest: "stop" } as const;
  const system = ca.system();
  await sign(system, { ...options, ...signOptions });
  await encryptKeyOf(ca);
  let asked = 0;
  const passphrase = async (): Promise<Uint8Array<ArrayBuffer>> => {
    asked++;
    await revoke(system, { ...options, serial: "02", reason: "unspecified" }).catch((error) => {
      assert.equal(error.code, "already-revoked");
    });
    return new TextEncoder().encode(testPassphrase);
  };
  await sign(system, { ...options, ...signOptions, passphrase });
  const { revoked } = await generateCrl(system, { ...options, nextUpdate: 1, passphrase });
  assert.deepEqual({ asked, revoked }, { asked: 2, revoked: 1 });
});

testOnEachStore("systemd's credential ca-passphrase is used if no flag is given", async (ca) => {
  const request = await ca.request();
  await encryptKeyOf(ca);
  Deno.mkdirSync(`${ca.root}/credentials`);
  passphraseFile(ca, `${testPassphrase}\n`, "credentials/ca-passphrase");
  const environment = { CREDENTIALS_DIRECTORY: `${ca.root}/credentials` };
  assert.equal((await ca.run(["sign", request], { environment })).exit, 0);
  // A flag wins.
  const wrong = passphraseFile(ca, "wrong");
  const { exit } = await ca.run(["crl", "--passphrase-file", wrong], { environment });
  assert.equal(exit, 1);
  // Without this credential, a person is asked.
  Deno.removeSync(`${ca.root}/credentials/ca-passphrase`);
  const stdin = typing(`${testPassphrase}\r`);
  assert.equal((await ca.run(["crl"], { ...onTerminal, environment, stdin })).exit, 0);
  assert.equal(stdin.left, "");
});

testOnEachStore(
  "ca check proves an encrypted key if it can, else notes that it did not",
  async (ca) => {
    await encryptKeyOf(ca);
    const note = /Note: ca\.key is encrypted and was not checked/;
    const without = await ca.run(["check"]);
    assert.equal(without.exit, 0);
    assert.match(without.stdout, note);
    const skipped = await ca.run(["check"], { ...onTerminal, stdin: typing("\r") });
    assert.match(skipped.stdout, note);
    const stdin = typing(`${testPassphrase}\r`);
    const checked = await ca.run(["check"], { ...onTerminal, stdin });
    assert.deepEqual([checked.exit, note.test(checked.stdout)], [0, false]);
    const file = passphraseFile(ca, "wrong");
    const wrong = await ca.run(["check", "--passphrase-file", file]);
    assert.deepEqual([wrong.exit, wrong.stdout], [1, ""]);
    assert.match(wrong.stderr, /^Error: wrong passphrase/);
  },
);

Deno.test("ca check finds that an encrypted key is not the root's", () =>
  withCa(async (ca) => {
    await withCa(async (other) => {
      await encryptKeyOf(other);
      ca.write("ca.key", other.read("ca.key"));
    });
    const file = passphraseFile(ca, testPassphrase);
    const { exit, stdout } = await ca.run(["check", "--passphrase-file", file]);
    assert.equal(exit, 1);
    assert.match(stdout, /Problem: ca\.key: .* does not match the key/);
  }));
