/** Private keys that OpenSSL has encrypted in its traditional form. */
import assert from "node:assert/strict";
import {
  decryptTraditionalKey,
  isTraditionalKey,
} from "../../../lib/protocol/traditional_key/mod.ts";
import { readPrivateKeyFile } from "../../../lib/x509/mod.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const passphrase = utf8("correct horse");
const read = (name: string) => Deno.readFileSync(new URL(`testdata/${name}.pem`, import.meta.url));

// Made by OpenSSL 3.0: `openssl rsa -traditional -aes128 ...`, `openssl ec -des3 ...`.
for (
  const [name, plain] of [
    ["rsa-aes128", "rsa"],
    ["rsa-aes192", "rsa"],
    ["rsa-des3", "rsa"],
    ["ec-aes256", "ec"],
    ["ec-des3", "ec"],
    ["ec-parameters-aes256", "ec"],
  ] as const
) {
  Deno.test(`decryptTraditionalKey() opens ${name} with its passphrase, and with no other`, async () => {
    const pem = read(name);
    assert.ok(isTraditionalKey(pem));
    const { pkcs8 } = await decryptTraditionalKey(pem, passphrase);
    assert.deepEqual(pkcs8, readPrivateKeyFile(read(plain)).pkcs8);
    for (let wrong = 0; wrong < 600; wrong++) {
      const error = { code: "cannot-decrypt" };
      await assert.rejects(decryptTraditionalKey(pem, utf8(`wrong ${wrong}`)), error);
    }
  });
}

Deno.test("decryptTraditionalKey() reads a file with the line ends of Windows", async () => {
  const text = new TextDecoder().decode(read("ec-aes256")).replaceAll("\n", "\r\n");
  const { pkcs8 } = await decryptTraditionalKey(utf8(text), passphrase);
  assert.deepEqual(pkcs8, readPrivateKeyFile(read("ec")).pkcs8);
});

Deno.test("decryptTraditionalKey() refuses other ciphers and malformed headers by name", async () => {
  const text = new TextDecoder().decode(read("ec-aes256"));
  for (
    const header of [
      "DES-CBC,0123456789ABCDEF",
      "RC2-40-CBC,0123456789ABCDEF",
      "AES-256-CBC",
      "AES-256-CBC,0123",
      `AES-256-CBC,${"0".repeat(33)}`,
    ]
  ) {
    const pem = utf8(text.replace(/AES-256-CBC,[0-9A-F]+/, header));
    const algorithm = header.split(",")[0];
    await assert.rejects(decryptTraditionalKey(pem, passphrase), {
      code: "unsupported-pbes2",
      algorithm,
    });
  }
});

Deno.test("isTraditionalKey() is false for PKCS#8 and plain keys", () => {
  assert.equal(isTraditionalKey(read("rsa")), false);
  assert.equal(isTraditionalKey(utf8("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")), false);
});
