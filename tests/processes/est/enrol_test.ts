/** A device that enrols and renews with `certswap ca serve`: two real processes, and TLS between them. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { encodePem, readCertificateFile, writePem } from "../../../lib/x509/mod.ts";
import { craftRequest, requestKey } from "../../support/requests.ts";
import { makeSigner } from "../../support/signer.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { certswap, certswapGiven, freePort, withServer } from "./ca_server.ts";

/** A device of a manufacturer: its bootstrap certificate and key, in files. */
async function withBirth(
  root: string,
): Promise<{ readonly bootstrap: string; readonly trust: string }> {
  const [cert, key, trust] = ["birth.crt", "birth.key", "maker.pem"].map((name) =>
    join(root, name)
  );
  const [maker, own] = [await makeSigner("CN=Maker"), await requestKey()];
  const request = await craftRequest({ subject: "CN=Meter,serialNumber=17" });
  const pem = await maker.sign(encodePem("CERTIFICATE REQUEST", request), {
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date("9999-12-31T23:59:59Z"),
  });
  Deno.writeTextFileSync(cert ?? "", pem);
  Deno.writeTextFileSync(trust ?? "", maker.trust);
  Deno.writeTextFileSync(key ?? "", writePem("PRIVATE KEY", own.pkcs8), { mode: 0o600 });
  return { bootstrap: `{ cert = "${cert}", key = "${key}" }`, trust: trust ?? "" };
}

Deno.test("a device with a bootstrap certificate enrols with it, and renews with itself", async () => {
  await withTemporaryDirectory(async (root) => {
    const [data, tls, config] = ["ca", "tls", "certswap.toml"].map((name) => join(root, name));
    const made = await certswap("ca", "init", "--subject", "CN=Lab", "--data-dir", data ?? "");
    assert.equal(made.exit, 0, made.stderr);
    const { bootstrap, trust } = await withBirth(root);
    const port = freePort();
    Deno.writeTextFileSync(
      `${data}/ca.toml`,
      `[serve]\nest = "127.0.0.1:${port}"\nnames = ["127.0.0.1"]\n` +
        `[[manufacturer]]\nname = "maker"\nca = "${trust}"\nnames = "DNS:m-{serialNumber}.example"\n`,
    );
    Deno.mkdirSync(tls ?? "");
    const configure = (name: string): void =>
      Deno.writeTextFileSync(
        config ?? "",
        `[pair.m]\ndir = "${tls}"\nnames = ["DNS:${name}"]\n[pair.m.issuer]\nkind = "est"\n` +
          `url = "https://127.0.0.1:${port}"\ntrust = "${data}/ca.crt"\nbootstrap = ${bootstrap}\n`,
      );
    await withServer(data ?? "", async () => {
      configure("m-18.example");
      const other = await certswap("rotate", "--config", config ?? "");
      assert.match(other.stderr, /bootstrap certificate does not allow all of these names/);
      configure("m-17.example");
      const first = await certswap("rotate", "--force", "--config", config ?? "");
      assert.equal(first.exit, 0, first.stderr);
      const renewed = await certswap("rotate", "--force", "--config", config ?? "");
      assert.equal(renewed.exit, 0, renewed.stderr);
      const list = await certswap("ca", "list", "--data-dir", data ?? "");
      assert.equal(list.stdout.match(/DNS:m-17.example/g)?.length, 2, list.stdout);
    });
  });
});

Deno.test("a device enrols with a token of 'ca serve', and renews with itself", async () => {
  await withTemporaryDirectory(async (root) => {
    const [data, tls, secret] = [join(root, "ca"), join(root, "tls"), join(root, "secret")];
    const made = await certswap("ca", "init", "--subject", "CN=Lab", "--data-dir", data);
    assert.equal(made.exit, 0, made.stderr);
    const port = freePort();
    Deno.writeTextFileSync(
      join(data, "ca.toml"),
      `[serve]\nest = "127.0.0.1:${port}"\nnames = ["127.0.0.1"]\n`,
    );
    const { der } = readCertificateFile(Deno.readFileSync(join(data, "ca.crt"))).leaf;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", der)).toHex();
    await withServer(data, async () => {
      const token = await certswap(
        ...["ca", "token", "create", "--names", "DNS:device.example", "--data-dir", data],
      );
      assert.equal(token.exit, 0, token.stderr);
      Deno.writeTextFileSync(secret, token.stdout, { mode: 0o600 });
      const config = join(root, "certswap.toml");
      const enroll = [
        ...["enroll", "--est", `https://127.0.0.1:${port}`, "--dir", tls, "--config", config],
        ...["--names", "DNS:device.example", "--secret-file", secret],
        ...["--trust-fingerprint", `SHA256:${digest}`],
      ];
      const first = await certswap(...enroll);
      assert.equal(first.exit, 0, first.stderr);
      const leaf = () => readCertificateFile(Deno.readFileSync(join(tls, "cert.pem"))).leaf;
      const enrolled = leaf();
      assert.throws(() => Deno.statSync(secret), Deno.errors.NotFound);
      const again = await certswap(...enroll);
      assert.match(again.stdout, /Pair device already exists: nothing was requested/);
      const renewed = await certswap("rotate", "--force", "--config", config);
      assert.equal(renewed.exit, 0, renewed.stderr);
      assert.notEqual(leaf().serialNumber, enrolled.serialNumber);
      assert.notDeepEqual(leaf().subjectPublicKeyInfo.der, enrolled.subjectPublicKeyInfo.der);
      // The next one reads its secret from standard input, as from 'ca token create | ssh device'.
      const other = await certswap(
        ...["ca", "token", "create", "--names", "DNS:other.example", "--data-dir", data],
      );
      const piped = [
        ...["enroll", "--est", `https://127.0.0.1:${port}`, "--dir", join(root, "piped")],
        ...["--names", "DNS:other.example", "--secret-file", "-", "--config", config],
        ...["--name", "piped", "--trust", join(data, "ca.crt")],
      ];
      const nothing = await certswapGiven("", ...piped);
      assert.equal(nothing.exit, 1);
      assert.match(nothing.stderr, /no secret was given/);
      assert.throws(() => Deno.statSync(join(root, "certswap.d/piped.toml")), Deno.errors.NotFound);
      const second = await certswapGiven(other.stdout, ...piped);
      assert.equal(second.exit, 0, second.stderr);
      assert.throws(() => Deno.statSync(join(root, "piped.secret")), Deno.errors.NotFound);
      const written = Deno.readTextFileSync(join(root, "certswap.d/piped.toml"));
      assert.ok(!`${written}${second.stdout}${second.stderr}`.includes(other.stdout.trim()));
      const done = await certswapGiven("", ...piped);
      assert.match(done.stdout, /Pair piped already exists: nothing was requested/);
      // A used secret is of no use on another device.
      Deno.writeTextFileSync(secret, token.stdout, { mode: 0o600 });
      const thief = await certswap(
        ...["enroll", "--est", `https://127.0.0.1:${port}`, "--dir", join(root, "other")],
        ...["--names", "DNS:device.example", "--secret-file", secret, "--config", config],
        ...["--name", "other", "--trust", join(data, "ca.crt")],
      );
      assert.equal(thief.exit, 1);
      assert.match(thief.stderr, /refused the secret with HTTP 401/);
      assert.ok(!thief.stderr.includes(token.stdout.trim()));
    });
  });
});
