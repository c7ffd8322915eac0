/** Where a passphrase may come from, and what is refused. */
import assert from "node:assert/strict";
import { type TestCa, withCa } from "../../support/ca.ts";
import {
  encryptKeyOf,
  onTerminal,
  passphraseFile,
  testPassphrase,
  typing,
} from "../../support/encrypted_key.ts";

/** Runs `ca crl` with these flags. The error must be this one, and nothing may change. */
async function refused(ca: TestCa, flags: string[], exit: number, error: RegExp): Promise<void> {
  const before = ca.tree();
  const run = await ca.run(["crl", ...flags]);
  assert.equal(run.exit, exit, run.stderr);
  assert.match(run.stderr, error);
  assert.ok(!run.stderr.includes(testPassphrase));
  assert.deepEqual(ca.tree(), before);
}

Deno.test("a passphrase file that others can read or change is refused", () =>
  withCa(async (ca) => {
    await encryptKeyOf(ca);
    const file = passphraseFile(ca, testPassphrase);
    for (const mode of [0o644, 0o604, 0o622, 0o660]) {
      Deno.chmodSync(file, mode);
      await refused(
        ca,
        ["--passphrase-file", file],
        1,
        /^Error: cannot use .*passphrase: other|not/,
      );
    }
    Deno.chmodSync(file, 0o400);
    assert.equal((await ca.run(["crl", "--passphrase-file", file])).exit, 0);
  }));

Deno.test("a passphrase file that is missing, a directory, too long or binary is refused", () =>
  withCa(async (ca) => {
    await encryptKeyOf(ca);
    const flags = (text: string, name: string): string[] => [
      "--passphrase-file",
      passphraseFile(ca, text, name),
    ];
    await refused(ca, ["--passphrase-file", `${ca.root}/x`], 1, /no such file/);
    await refused(ca, ["--passphrase-file", ca.root], 1, /is a directory, expected a regular file/);
    await refused(ca, flags("a".repeat(1025), "long"), 1, /longer than 1024 bytes/);
    await refused(ca, flags("a".repeat(20_000), "longer"), 1, /larger than 16 KiB/);
    await refused(ca, flags("a\0b", "nul"), 1, /contains a NUL byte/);
    await refused(ca, ["--passphrase-file", "/dev/fd/9"], 1, /--passphrase-fd/);
  }));

Deno.test("flags that contradict each other are refused before anything is read", () =>
  withCa(async (ca) => {
    const both = ["--passphrase-file", "x", "--passphrase-fd", "3"];
    await refused(ca, both, 2, /--passphrase-file and --passphrase-fd cannot be combined/);
    for (const word of ["1", "2", "-1", "x", "3.5", "9999999"]) {
      await refused(ca, [`--passphrase-fd=${word}`], 2, /is not a file descriptor to read from/);
    }
    const { exit, stderr } = await ca.run(["sign", "-", "--passphrase-fd", "0"]);
    assert.equal(exit, 2);
    assert.match(stderr, /standard input is given twice/);
  }));

Deno.test("a descriptor that is not open is named", () =>
  withCa(async (ca) => {
    await encryptKeyOf(ca);
    await refused(ca, ["--passphrase-fd", "777"], 1, /cannot read \/dev\/fd\/777/);
  }));

Deno.test("--passphrase-fd 0 asks without echo if standard input is a terminal", () =>
  withCa(async (ca) => {
    await encryptKeyOf(ca);
    const stdin = typing(`${testPassphrase}\r`);
    const words = ["crl", "--passphrase-fd", "0"];
    assert.equal((await ca.run(words, { ...onTerminal, stdin })).exit, 0);
  }));

Deno.test("at a prompt keys correct what was typed, and nothing typed is a missing passphrase", () =>
  withCa(async (ca) => {
    await encryptKeyOf(ca);
    const type = (keys: string) => ca.run(["crl"], { ...onTerminal, stdin: typing(keys) });
    assert.equal((await type("wrong\x15corrected\x7f\x7f\x08t horse\n")).exit, 0);
    assert.equal((await type("wrong\x15corre\u00e4\x7fct\x01 h\u2603\x08orse\x04")).exit, 0);
    for (const nothing of ["\r", "\x04", "", "a\x7f\x7f\r"]) {
      assert.match((await type(nothing)).stderr, /no passphrase was given/);
    }
    const stopped = await type("correct\x03");
    assert.equal(stopped.exit, 1);
    assert.match(stopped.stderr, /Error: stopped by SIGINT; nothing was changed/);
  }));
