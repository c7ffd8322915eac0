/** `certswap rotate` with a local issuer: every kind of key that a device may have. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import {
  formatGeneralName,
  kindOf,
  kindsFor,
  proveKeyBelongs,
  readPrivateKeyFile,
  readSingleCertificateFile,
} from "../../../lib/x509/mod.ts";
import { withCa } from "../../support/ca.ts";
import { runCli, testSystem } from "../../support/test_world.ts";

for (const kind of kindsFor("device")) {
  Deno.test(`rotate gets a certificate for a new key of kind ${kind} from a local issuer`, () =>
    withCa(async (ca) => {
      const tls = join(ca.root, "tls");
      Deno.mkdirSync(tls);
      const config = join(ca.root, "certswap.toml");
      const text = `[pair.web]
dir = "${tls}"
subject = "CN=device.example"
names = ["DNS:device.example"]
key_algorithm = "${kind}"
[pair.web.issuer]
kind = "local"
data_dir = "${ca.dataDirectory}"
`;
      Deno.writeTextFileSync(config, text, { mode: 0o600 });
      const rotate = (...words: readonly string[]) =>
        runCli(["rotate", "--config", config, ...words], { system: testSystem() });
      const { exit, stdout, stderr } = await rotate();
      assert.equal(exit, 0, stdout + stderr);
      const read = (name: string) => Deno.readFileSync(join(tls, name));
      const certificate = readSingleCertificateFile(read("cert.pem"));
      assert.equal(kindOf(certificate.subjectPublicKeyInfo.algorithm), kind);
      assert.deepEqual(certificate.subjectAltName.map(formatGeneralName), ["DNS:device.example"]);
      const usage = certificate.keyUsage ?? [];
      assert.equal(usage.includes("digitalSignature"), true);
      assert.equal(usage.includes("keyEncipherment"), kind.startsWith("rsa-"));
      // The key in the file is the one that was certified.
      const key = readPrivateKeyFile(read("key.pem"));
      assert.equal(await proveKeyBelongs(key, certificate), true);
      assert.match(
        (await ca.run(["verify", join(tls, "cert.pem")])).stdout,
        /^Certificate verification: VALID/,
      );
      // Nothing is due any more, and status agrees.
      const again = await rotate();
      assert.equal(again.exit, 0, again.stderr);
      assert.deepEqual(readSingleCertificateFile(read("cert.pem")).der, certificate.der);
      const { exit: status, stdout: told } = await runCli(["status", "--config", config], {
        system: testSystem(),
      });
      assert.equal(status, 0, told);
    }));
}
