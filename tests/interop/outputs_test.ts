/** Outputs of a configured pair in PKCS#12, read by OpenSSL, GnuTLS, NSS and Java after every change. */
import assert from "node:assert/strict";
import { join } from "../../lib/system/mod.ts";
import { withConfiguration } from "../support/configuration.ts";
import { type Run, runCli, testSystem } from "../support/test_world.ts";
import { fingerprints, interopTest, tool } from "./tools.ts";

const password = "change it, please";

const certswapToml = `[pair.web]
dir = "$ROOT/tls"
subject = "CN=device.example"
names = ["DNS:device.example"]
issuer = { kind = "local", data_dir = "$ROOT/ca" }
hook = { command = ["sh", "-c", "echo >>$ROOT/told"] }

[[pair.web.output]]
path = "$ROOT/modern.p12"
contains = ["key", "chain"]
format = "pkcs12"
password_file = "$ROOT/password"
friendly_name = "web"

[[pair.web.output]]
path = "$ROOT/legacy.p12"
contains = ["key", "chain"]
format = "pkcs12"
password_file = "$ROOT/password"
friendly_name = "web"
profile = "legacy"

[[pair.web.output]]
path = "$ROOT/device.cer"
contains = ["certificate"]
format = "der"
`;

/** Reads a PKCS#12 file with every program. They have to find this pair, and no other. */
async function readByAll(root: string, name: string, certificate: string): Promise<void> {
  const [file, passwordFile] = [join(root, name), join(root, "password")];
  const expected = await fingerprints(Deno.readTextFileSync(certificate));
  const pass = ["-passin", `file:${passwordFile}`];

  // Without -legacy: 3DES and SHA-1 are in OpenSSL's default provider.
  const opened = await tool("openssl", "pkcs12", "-in", file, ...pass, "-nodes");
  assert.match(opened, /friendlyName: web/);
  assert.deepEqual(await fingerprints(opened), expected);
  const key = await tool("openssl", "pkey", "-in", join(root, "tls/key.pem"), "-pubout");
  Deno.writeTextFileSync(join(root, "opened.pem"), opened, { mode: 0o600 });
  assert.equal(await tool("openssl", "pkey", "-in", join(root, "opened.pem"), "-pubout"), key);

  const gnutls = ["--p12-info", "--inder", "--infile", file, "--password", password];
  assert.deepEqual(await fingerprints(await tool("certtool", ...gnutls)), expected);

  const database = join(root, "nss");
  Deno.mkdirSync(database);
  await tool("certutil", "-N", "-d", database, "--empty-password");
  await tool("pk12util", "-i", file, "-d", database, "-w", passwordFile);
  const inNss = await tool("certutil", "-L", "-d", database, "-n", "web", "-a");
  assert.deepEqual(await fingerprints(inNss), expected.slice(0, 1));
  Deno.removeSync(database, { recursive: true });

  const listed = await tool(
    "keytool",
    ...["-list", "-rfc", "-storetype", "PKCS12", "-keystore", file],
    ...["-storepass:file", passwordFile],
  );
  assert.match(listed, /Alias name: web\n[^]*PrivateKeyEntry/);
  assert.deepEqual(await fingerprints(listed), expected);
}

interopTest("PKCS#12 outputs follow the pair: OpenSSL, GnuTLS, NSS and Java read each of them", {
  tools: ["openssl", "certtool", "pk12util", "certutil", "keytool"],
  run: () =>
    withConfiguration(
      { "certswap.toml": certswapToml, "password": `${password}\n`, "told": "" },
      async ({ root, path, tls }) => {
        Deno.chmodSync(join(root, "password"), 0o600);
        const certificate = join(tls, "cert.pem");
        const certswap = async (...words: string[]): Promise<Run> => {
          const run = await runCli(words, { system: testSystem({ now: new Date() }) });
          assert.equal(run.exit, 0, run.stderr);
          return run;
        };
        const told = (): number => Deno.readTextFileSync(join(root, "told")).split("\n").length - 1;
        const readAll = async (): Promise<void> => {
          await readByAll(root, "modern.p12", certificate);
          await readByAll(root, "legacy.p12", certificate);
          const der = ["x509", "-inform", "DER", "-in", join(root, "device.cer")];
          assert.deepEqual(
            await fingerprints(await tool("openssl", ...der)),
            (await fingerprints(Deno.readTextFileSync(certificate))).slice(0, 1),
          );
        };
        await certswap("ca", "init", "--data-dir", join(root, "ca"), "--subject", "CN=Lab");
        await certswap("rotate", "--config", path);
        await readAll();

        const [first] = await fingerprints(Deno.readTextFileSync(certificate));
        await certswap("rotate", "--config", path, "--force");
        const renewed = Deno.readTextFileSync(certificate);
        assert.notEqual((await fingerprints(renewed))[0], first);
        await readAll();

        const [before, modern] = [told(), Deno.readFileSync(join(root, "modern.p12"))];
        Deno.removeSync(join(root, "legacy.p12"));
        await certswap("rotate", "--config", path);
        assert.equal(Deno.readTextFileSync(certificate), renewed, "no new certificate");
        assert.deepEqual(Deno.readFileSync(join(root, "modern.p12")), modern, "left as it was");
        assert.equal(told(), before + 1);
        await readAll();
      },
    ),
});
