import assert from "node:assert/strict";
import { pairOf, readPkcs12 } from "../../../lib/protocol/pkcs12/mod.ts";
import { CertswapError } from "../../../lib/system/mod.ts";
import { formatName } from "../../../lib/x509/mod.ts";
import { p12, secret, utf8 } from "./testdata.ts";

const unicode = utf8("gr\u00fcn \u20ac \u{1f511}");
const empty = utf8("");

/** What a file says of its pair: the chain without the root, the leaf first. */
async function subjectsOf(name: string, password: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const { leaf, chain } = await pairOf(await readPkcs12(p12(name), password));
  return [leaf, ...chain].map(({ subject }) => formatName(subject));
}

for (
  const [what, name, password] of [
    ["OpenSSL 3 by default", "openssl", secret],
    ["OpenSSL with 3DES", "openssl-3des", secret],
    ["OpenSSL with 3DES of two keys", "openssl-2des", secret],
    ["OpenSSL with PBES2 and 3DES", "openssl-pbes2-3des", secret],
    ["OpenSSL with AES-128, AES-192 and SHA-512", "openssl-sha512", secret],
    ["OpenSSL without a MAC", "openssl-no-mac", secret],
    ["OpenSSL without encryption", "openssl-plain", secret],
    ["OpenSSL with a password in UTF-8", "openssl-unicode", unicode],
    ["OpenSSL with 3DES and a password in UTF-8", "openssl-unicode-3des", unicode],
    ["OpenSSL with an empty password", "openssl-empty", empty],
    ["OpenSSL with 3DES and an empty password", "openssl-empty-3des", empty],
    ["Java 17", "java", secret],
    ["GnuTLS", "gnutls", secret],
    ["NSS, in BER", "nss", secret],
  ] as const
) {
  Deno.test(`readPkcs12() reads the pair and its chain in order by ${what}`, async () => {
    assert.deepEqual(await subjectsOf(name, password), ["CN=web.example", "CN=PKCS12 Sub"]);
  });
}

/** How a file is refused. */
async function refusal(
  file: Uint8Array<ArrayBuffer>,
  password = secret,
): Promise<Record<string, unknown>> {
  try {
    await pairOf(await readPkcs12(file, password));
  } catch (error) {
    assert.ok(error instanceof CertswapError, String(error));
    return { ...error };
  }
  assert.fail("it was accepted");
}

for (
  const [what, name, password] of [
    ["PBES2", "openssl", utf8("Secret")],
    ["3DES", "openssl-3des", utf8("secret ")],
    ["an empty one for a file with one", "openssl", empty],
    ["one for a file with an empty one", "openssl-empty", secret],
    ["NSS", "nss", utf8("x")],
  ] as const
) {
  Deno.test(`readPkcs12() tells a wrong password from a damaged file: ${what}`, async () => {
    assert.deepEqual(await refusal(p12(name), password), {
      code: "pkcs12-wrong-password",
      isEmpty: password.length === 0,
      hasMac: true,
    });
  });
}

Deno.test("without a MAC, a wrong password is said to be that or a damaged file", async () => {
  for (let tried = 0; tried < 300; tried++) {
    const { code, hasMac } = await refusal(p12("openssl-no-mac"), utf8(`wrong ${tried}`));
    assert.deepEqual([code, hasMac], ["pkcs12-wrong-password", false]);
  }
});

for (const name of ["openssl-rc2", "java-legacy"]) {
  Deno.test(`readPkcs12() names RC2 in ${name}, if the password is right`, async () => {
    assert.deepEqual(await refusal(p12(name)), {
      code: "unsupported-pkcs12",
      algorithm: "RC2-40",
      use: "encryption",
    });
    assert.equal((await refusal(p12(name), utf8("x")))["code"], "pkcs12-wrong-password");
  });
}

Deno.test("readPkcs12() tells a file without a key, and one with two, by their own errors", async () => {
  assert.deepEqual(await refusal(p12("openssl-no-key")), {
    code: "pkcs12-without-key",
    certificates: 2,
  });
  assert.deepEqual(await refusal(p12("java-two-keys")), {
    code: "pkcs12-several-keys",
    count: 2,
    names: ["web", "mail"],
  });
});

for (
  const [found, file] of [
    ["nothing", utf8("")],
    ["pem", utf8("Bag Attributes\n-----BEGIN CERTIFICATE-----\n")],
    ["base64", utf8(p12("openssl").toBase64())],
    ["base64", utf8(p12("openssl").toBase64().replaceAll(/.{64}/g, "$&\r\n"))],
    ["java-keystore", Uint8Array.fromHex("feedfeed00000002")],
    ["pkcs7", Uint8Array.fromHex("308006092a864886f70d010702")],
    ["certificate", Uint8Array.fromHex("308204003082")],
    ["other", utf8("hello")],
  ] as const
) {
  Deno.test(`readPkcs12() says what is there instead: ${found}, ${file.length} bytes`, async () => {
    assert.deepEqual(await refusal(file), { code: "not-pkcs12", found });
  });
}
