/** Files that OpenSSL accepts: certswap accepts them, or refuses them with a hint that works. */
import assert from "node:assert/strict";
import { join } from "../../lib/system/mod.ts";
import { NotPemError, UnexpectedPemBlockError } from "../../lib/x509/errors.ts";
import { describe } from "../../lib/cli/messages/mod.ts";
import { runCli, testSystem } from "../support/test_world.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { interopTest, tool } from "./tools.ts";

/** A directory with a self-signed pair (CA:FALSE), `cert.pem` and `key.pem`, and with `tls/`. */
async function withPair(
  work: (directory: string, path: (name: string) => string) => Promise<void>,
): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const path = (name: string): string => join(directory, name);
    Deno.mkdirSync(path("tls"));
    await makePair(path, ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    await work(directory, path);
  });
}

/** Makes a pair as the hint about CA:TRUE says. */
async function makePair(path: (name: string) => string, key: readonly string[]): Promise<void> {
  await tool(
    "openssl",
    ...["req", "-x509", "-nodes", ...key, "-keyout", path("key.pem"), "-out", path("cert.pem")],
    ...["-subj", "/CN=device.example", "-addext", "subjectAltName=DNS:device.example"],
    ...["-addext", "basicConstraints=critical,CA:FALSE", "-days", "30"],
  );
}

async function swapIn(path: (name: string) => string, certificate: string, key = "key.pem") {
  const files = ["--new-cert", path(certificate), "--new-key", path(key)];
  const system = testSystem({ now: new Date() });
  return await runCli(["swap", "--dir", path("tls"), ...files, "--allow-older"], { system });
}

/** Checks that OpenSSL can read the active pair, and that certificate and key match. */
async function checkActive(path: (name: string) => string): Promise<void> {
  const [certificate, key] = [path("tls/cert.pem"), path("tls/key.pem")];
  const ofCertificate = await tool("openssl", "x509", "-in", certificate, "-noout", "-pubkey");
  const ofKey = await tool("openssl", "pkey", "-in", key, "-pubout");
  assert.equal(ofCertificate, ofKey);
}

interopTest("every certificate file that OpenSSL reads can be swapped in", {
  tools: ["openssl"],
  run: () =>
    withPair(async (_directory, path) => {
      const pem = Deno.readTextFileSync(path("cert.pem"));
      const trusted = ["x509", "-in", path("cert.pem"), "-trustout", "-addtrust", "serverAuth"];
      const files: Readonly<Record<string, string | Uint8Array>> = {
        "marked": `\ufeff${pem}`,
        "trusted": await tool("openssl", ...trusted),
        "x509": pem.replaceAll("CERTIFICATE", "X509 CERTIFICATE"),
        "one-line": pem.replaceAll(/(?<!-)\n(?!-)/g, ""),
        "blank": pem.replace("\n", "\n\n"),
        "latin1": Uint8Array.of(0x47, 0xe4, 0x0a, ...new TextEncoder().encode(pem)),
      };
      for (const [name, content] of Object.entries(files)) {
        if (typeof content === "string") Deno.writeTextFileSync(path(name), content);
        else Deno.writeFileSync(path(name), content);
        await tool("openssl", "x509", "-in", path(name), "-noout");
        const { exit, stderr } = await swapIn(path, name);
        assert.equal(exit, 0, `${name}: ${stderr}`);
        await checkActive(path);
        assert.equal(Deno.readTextFileSync(path("tls/cert.pem")), pem, name);
      }
    }),
});

interopTest("EC keys by GnuTLS can be swapped in, whichever length it writes", {
  tools: ["openssl", "certtool"],
  run: () =>
    withPair(async (_directory, path) => {
      const lengths = new Set<string>();
      // Half of them have one more byte than their curve, so forty keys of the same length are impossible.
      for (let count = 0; count < 40 && lengths.size < 2; count++) {
        const form = ["--generate-privkey", "--key-type", "ecdsa", "--curve", "secp256r1"];
        Deno.writeTextFileSync(path("gnutls.key"), await tool("certtool", ...form, "--no-text"));
        const dump = await tool("openssl", "asn1parse", "-in", path("gnutls.key"));
        lengths.add(/l= *(\d+) prim: +OCTET STRING/.exec(dump)?.[1] ?? "");
        await makePair(path, ["-key", path("gnutls.key")]);
        const { exit, stderr } = await swapIn(path, "cert.pem", "gnutls.key");
        assert.match(stderr, /^$|identity/);
        if (exit !== 0) throw new Error(stderr);
        await checkActive(path);
      }
      assert.deepEqual([...lengths].sort(), ["32", "33"]);
    }),
});

/** Runs the commands of a hint in a directory with the file that the hint calls FILE. */
async function follow(hint: string | undefined, directory: string, ...options: string[]) {
  const commands = /(?:^|\. )[A-Z][^:]*: (?<commands>[(a-z].*?)(?:\. If .*)?$/.exec(hint ?? "")
    ?.groups
    ?.["commands"];
  assert.ok(commands, hint);
  const script = commands.replaceAll(/openssl \w+ /g, (words) => `${words}${options.join(" ")} `);
  await tool("sh", "-ec", `cd '${directory}'; ${script}`);
}

interopTest("the hint about PKCS#12 gives a pair that can be swapped in", {
  tools: ["openssl"],
  run: () =>
    withPair(async (directory, path) => {
      const pair = ["-in", path("cert.pem"), "-inkey", path("key.pem")];
      await tool(
        "openssl",
        "pkcs12",
        "-export",
        ...pair,
        "-passout",
        "pass:x",
        "-out",
        path("FILE"),
      );
      for (const name of ["cert.pem", "key.pem"]) Deno.removeSync(path(name));
      const { exit, stderr } = await swapIn(path, "FILE", "FILE");
      assert.equal(exit, 1);
      assert.match(stderr, /it looks like PKCS#12/);
      await follow(describe(new NotPemError("pkcs12")).hint, directory, "-passin", "pass:x");
      assert.equal((Deno.statSync(path("key.pem")).mode ?? 0) & 0o777, 0o600);
      assert.equal((await swapIn(path, "cert.pem")).exit, 0);
    }),
});

interopTest("the hints about PKCS#7 give a certificate file that can be swapped in", {
  tools: ["openssl"],
  run: () =>
    withPair(async (directory, path) => {
      const make = ["crl2pkcs7", "-nocrl", "-certfile", path("cert.pem"), "-out", path("FILE")];
      const hints = [
        ["PEM", describe(new UnexpectedPemBlockError("PKCS7", "certificate")).hint],
        ["DER", describe(new NotPemError("pkcs7")).hint],
      ] as const;
      for (const [form, hint] of hints) {
        await tool("openssl", ...make, "-outform", form);
        const { exit, stderr } = await swapIn(path, "FILE");
        assert.equal(exit, 1);
        assert.match(stderr, /openssl pkcs7 .*-print_certs/);
        await follow(hint, directory);
        assert.equal((await swapIn(path, "cert.pem")).exit, 0);
      }
    }),
});
