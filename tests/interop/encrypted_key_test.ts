/** Encrypted keys of a CA are compatible with OpenSSL and GnuTLS, in both directions. */
import assert from "node:assert/strict";
import { type TestCa, withNoCa } from "../support/ca.ts";
import { passphraseFile, testPassphrase } from "../support/encrypted_key.ts";
import { interopTest, tool, tryTool } from "./tools.ts";

const kinds = ["ecdsa-p256", "rsa-2048"] as const;

/** Runs `work` with a CA whose key is encrypted with the passphrase in `file`. */
function withEncryptedCa(
  kind: (typeof kinds)[number],
  work: (ca: TestCa, file: string) => Promise<void>,
): Promise<void> {
  return withNoCa(async (ca) => {
    const file = passphraseFile(ca, `${testPassphrase}\n`);
    const flags = ["--subject", "CN=Root", "--key-algorithm", kind];
    await ca.done(["init", ...flags, "--encrypt-key", "--passphrase-file", file]);
    await work(ca, file);
  });
}

/** The public key of the CA's certificate, PEM. */
function publicKeyOf(ca: TestCa): Promise<string> {
  return tool("openssl", "x509", "-in", ca.path("ca.crt"), "-noout", "-pubkey");
}

for (const kind of kinds) {
  interopTest(`OpenSSL and GnuTLS open an encrypted ${kind} key with its passphrase alone`, {
    tools: ["openssl", "certtool"],
    run: () =>
      withEncryptedCa(kind, async (ca, file) => {
        const openssl = ["pkey", "-in", ca.path("ca.key"), "-pubout", "-passin"];
        assert.equal(await tool("openssl", ...openssl, `file:${file}`), await publicKeyOf(ca));
        assert.notEqual((await tryTool("openssl", ...openssl, "pass:wrong")).exit, 0);
        const certtool = ["--pubkey-info", "--load-privkey", ca.path("ca.key"), "--password"];
        const shown = await tool("certtool", ...certtool, testPassphrase);
        assert.ok(shown.includes((await publicKeyOf(ca)).trim()), shown);
        assert.notEqual((await tryTool("certtool", ...certtool, "wrong")).exit, 0);
        const text = await tool("openssl", "asn1parse", "-in", ca.path("ca.key"));
        assert.match(text, /PBES2[^]*PBKDF2[^]*:0927C0[^]*hmacWithSHA256[^]*aes-256-cbc/);
      }),
  });

  interopTest(`a CA signs with a ${kind} key that OpenSSL or GnuTLS encrypted`, {
    tools: ["openssl", "certtool"],
    run: () =>
      withEncryptedCa(kind, async (ca, file) => {
        await ca.done(["key", "decrypt", "--passphrase-file", file]);
        const plain = `${ca.root}/plain.key`;
        Deno.renameSync(ca.path("ca.key"), plain);
        const request = await ca.request();
        const pass = ["-passout", `file:${file}`, "-out", ca.path("ca.key")];
        for (
          const options of [
            ["-v2", "aes-256-cbc", "-iter", "600000"],
            ["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"],
            ["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512"],
            ["-v2", "des3"],
            ["-scrypt"],
            ["-scrypt", "-scrypt_N", "32768", "-scrypt_r", "4", "-scrypt_p", "2"],
          ]
        ) {
          await tool("openssl", "pkcs8", "-topk8", "-in", plain, ...options, ...pass);
          await ca.done(["sign", request, "--passphrase-file", file]);
        }
        for (const cipher of ["aes-128", "aes-192", "aes-256", "3des"]) {
          const to = ["--to-p8", "--load-privkey", plain, "--pkcs-cipher", cipher];
          const out = ["--password", testPassphrase, "--outfile", ca.path("ca.key")];
          await tool("certtool", ...to, ...out);
          await ca.done(["sign", request, "--passphrase-file", file]);
        }
        await ca.done(["crl", "--passphrase-file", file]);
        assert.match(await ca.done(["check", "--passphrase-file", file]), /^CA check: OK\n$/);
      }),
  });
}
