/** Certificates, CRLs and requests are compatible with OpenSSL, GnuTLS and Node, in both directions. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { join } from "../../lib/system/mod.ts";
import { formatGeneralName, readSingleCertificateFile } from "../../lib/x509/mod.ts";
import { type TestCa, withNoCa } from "../support/ca.ts";
import { runCli } from "../support/test_world.ts";
import { interopTest, tool, tryTool } from "./tools.ts";

/** Runs `work` with a CA created now: the other programs use the real clock. */
function withCaNow(
  work: (ca: TestCa) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  return withNoCa(async (ca) => {
    const done: TestCa["done"] = (words) => ca.done(words, { now: new Date() });
    const run: TestCa["run"] = (words) => ca.run(words, { now: new Date() });
    await done(["init", "--subject", "CN=Interop Root,O=Example,C=DE", ...flags]);
    await work({ ...ca, done, run });
  });
}

/** Makes a request with `openssl req`. Returns its path. */
async function opensslRequest(ca: TestCa, name: string, ...args: string[]): Promise<string> {
  const [key, csr] = [join(ca.root, `${name}.key`), join(ca.root, `${name}.csr`)];
  await tool("openssl", "req", "-new", "-nodes", "-keyout", key, "-out", csr, ...args);
  return csr;
}

const newEc = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const newRsa = ["-newkey", "rsa:2048"];

/** Arguments of `openssl verify` to check a certificate against the last CRL. */
function verifyArguments(ca: TestCa, serial: string): string[] {
  return [
    "verify",
    "-x509_strict",
    "-crl_check",
    "-CAfile",
    ca.path("ca.crt"),
    "-CRLfile",
    ca.path("ca.crl"),
    ca.path(`certs/${serial}.pem`),
  ];
}

for (const keyAlgorithm of ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-4096"] as const) {
  interopTest(
    `OpenSSL accepts a root, leaves and a CRL of ${keyAlgorithm}, and sees revocations`,
    {
      tools: ["openssl"],
      run: () =>
        withCaNow(async (ca) => {
          const ec = await opensslRequest(ca, "ec", ...newEc, "-subj", "/C=DE/O=Example/CN=ec");
          const rsa = await opensslRequest(ca, "rsa", ...newRsa, "-subj", "/CN=rsa");
          const ed = await opensslRequest(ca, "ed", "-newkey", "ed25519", "-subj", "/CN=ed");
          await ca.done(["sign", ec, rsa, ed]);
          await ca.done(["crl"]);
          for (const serial of ["02", "03", "04"]) {
            await tool("openssl", ...verifyArguments(ca, serial));
          }
          await ca.done(["revoke", "02", "--reason", "keyCompromise"]);
          await ca.done(["revoke", "03"]);
          await ca.done(["crl"]);
          for (const serial of ["02", "03"]) {
            const { exit, stderr } = await tryTool("openssl", ...verifyArguments(ca, serial));
            assert.notEqual(exit, 0);
            assert.match(stderr, /certificate revoked/);
          }
        }, ["--key-algorithm", keyAlgorithm]),
    },
  );

  interopTest(
    `OpenSSL shows the right extensions of a root, a leaf and a CRL of ${keyAlgorithm}`,
    {
      tools: ["openssl"],
      run: () =>
        withCaNow(async (ca) => {
          const names = "DNS:a.example,IP:10.0.0.1,URI:https://a.example/,email:a@b.example";
          const csr = await opensslRequest(
            ca,
            "a",
            ...newRsa,
            "-subj",
            "/C=DE/O=Example/CN=a",
            "-addext",
            `subjectAltName=${names}`,
            "-addext",
            "basicConstraints=critical,CA:TRUE",
          );
          await ca.done(["sign", csr]);
          await ca.done(["revoke", "02", "--reason", "superseded"]);
          await ca.done(["crl"]);
          const text = (name: string) =>
            tool("openssl", "x509", "-noout", "-text", "-in", ca.path(name));
          const root = await text("ca.crt");
          assert.match(root, /Basic Constraints: critical\s+CA:TRUE\n/);
          assert.match(root, /Key Usage: critical\s+Certificate Sign, CRL Sign\n/);
          assert.match(root, /Subject: C = DE, O = Example, CN = Interop Root/);
          assert.match(root, /Serial Number: 1 \(0x1\)/);
          const leaf = await text("certs/02.pem");
          assert.match(leaf, /Version: 3/);
          assert.match(leaf, /Basic Constraints: critical\s+CA:FALSE\n/);
          assert.match(leaf, /Key Usage: critical\s+Digital Signature, Key Encipherment\n/);
          assert.match(
            leaf,
            /DNS:a\.example, IP Address:10\.0\.0\.1, URI:https:\/\/a\.example\/, email:a@b\.example/,
          );
          const identifier = /Subject Key Identifier:\s+(\S+)/.exec(root)?.[1] ?? "";
          assert.match(leaf, new RegExp(`Authority Key Identifier:\\s+(keyid:)?${identifier}`));
          const crl = await tool("openssl", "crl", "-noout", "-text", "-in", ca.path("ca.crl"));
          assert.match(crl, /Version 2/);
          assert.match(crl, /X509v3 CRL Number:\s+1\n/);
          assert.equal(crl.match(/Authority Key Identifier/g)?.length, 1);
          assert.match(crl, /Serial Number: 02\s[^]*Superseded/);
          const verified = await tryTool(
            "openssl",
            "crl",
            "-noout",
            "-verify",
            "-CAfile",
            ca.path("ca.crt"),
            "-in",
            ca.path("ca.crl"),
          );
          assert.match(verified.stderr, /verify OK/);
        }, ["--key-algorithm", keyAlgorithm]),
    },
  );

  interopTest(
    `GnuTLS accepts a root, leaves and a CRL of ${keyAlgorithm}, and sees revocations`,
    {
      tools: ["openssl", "certtool"],
      run: () =>
        withCaNow(async (ca) => {
          const csr = await opensslRequest(
            ca,
            "a",
            ...newEc,
            "-subj",
            "/CN=a",
            "-addext",
            "subjectAltName=DNS:a",
          );
          await ca.done(["sign", csr, csr]);
          await ca.done(["revoke", "03"]);
          await ca.done(["crl"]);
          const verify = (serial: string) =>
            tryTool(
              "certtool",
              "--verify",
              "--load-ca-certificate",
              ca.path("ca.crt"),
              "--load-crl",
              ca.path("ca.crl"),
              "--infile",
              ca.path(`certs/${serial}.pem`),
            );
          const good = await verify("02");
          assert.deepEqual([good.exit, /Verified\./.test(good.stdout)], [0, true], good.stdout);
          const revoked = await verify("03");
          assert.match(revoked.stdout + revoked.stderr, /revoked/i);
          assert.notEqual(revoked.exit, 0);
          const crl = await tool(
            "certtool",
            "--verify-crl",
            "--load-ca-certificate",
            ca.path("ca.crt"),
            "--infile",
            ca.path("ca.crl"),
          );
          assert.match(crl, /Verified\./);
          const info = await tool("certtool", "--crl-info", "--infile", ca.path("ca.crl"));
          assert.match(info, /CRL Number \(not critical\): 01/);
          assert.match(
            await tool("certtool", "--certificate-info", "--infile", ca.path("certs/02.pem")),
            /DNSname: a\n/,
          );
        }, ["--key-algorithm", keyAlgorithm]),
    },
  );
}

interopTest("Node reads a root and a leaf, and confirms who issued the leaf", {
  tools: ["openssl"],
  run: () =>
    withCaNow(async (ca) => {
      const csr = await opensslRequest(
        ca,
        "a",
        ...newEc,
        "-subj",
        "/O=Example/CN=a",
        "-addext",
        "subjectAltName=DNS:a.example",
      );
      await ca.done(["sign", csr]);
      const [root, leaf] = ["ca.crt", "certs/02.pem"].map((name) =>
        new X509Certificate(ca.read(name))
      );
      assert.ok(root && leaf);
      assert.equal(leaf.subject, "O=Example\nCN=a");
      assert.equal(BigInt(`0x${leaf.serialNumber}`), 2n);
      assert.equal(leaf.checkHost("a.example"), "a.example");
      assert.deepEqual([root.ca, leaf.ca], [true, false]);
      assert.ok(leaf.checkIssued(root));
      assert.ok(leaf.verify(root.publicKey));
    }),
});

interopTest("OpenSSL's decoder finds nothing wrong with the DER of certificates and CRLs", {
  tools: ["openssl"],
  run: () =>
    withCaNow(async (ca) => {
      const csr = await opensslRequest(ca, "a", ...newEc, "-subj", "/CN=a");
      await ca.done(["sign", csr, csr]);
      await ca.done(["revoke", "02"]);
      await ca.done(["revoke", "03", "--reason", "superseded"]);
      await ca.done(["crl"]);
      for (const name of ["ca.crt", "certs/02.pem", "ca.crl", "ca.key"]) {
        const parsed = await tool("openssl", "asn1parse", "-in", ca.path(name));
        assert.match(parsed, /SEQUENCE/);
        assert.doesNotMatch(parsed, /Error/);
      }
      // "unspecified" has no entry extensions at all; the other entry has one reason.
      const crl = await tool("openssl", "asn1parse", "-in", ca.path("ca.crl"));
      assert.equal(crl.match(/X509v3 CRL Reason Code/g)?.length, 1);
      assert.match(crl, /X509v3 CRL Number/);
    }),
});

const opensslVariants: readonly [string, readonly string[]][] = [
  ["EC P-256", newEc],
  ["RSA 2048", newRsa],
  ["EC P-256 and SHA-512", [...newEc, "-sha512"]],
  ["RSA 2048 and SHA-384", [...newRsa, "-sha384"]],
  ["RSA-PSS padding", [
    ...newRsa,
    "-sigopt",
    "rsa_padding_mode:pss",
    "-sigopt",
    "rsa_pss_saltlen:32",
    "-sha256",
  ]],
  ["UTF-8 in its subject", [...newEc, "-utf8"]],
];

for (const [what, args] of opensslVariants) {
  interopTest(`a request that OpenSSL made with ${what} is signed, with its subject unchanged`, {
    tools: ["openssl"],
    run: () =>
      withCaNow(async (ca) => {
        const subject =
          "/C=DE/ST=Saarland/L=Saarbr\u00fccken/O=Example, Inc./OU=a+b/CN=d\u00e9vice";
        const csr = await opensslRequest(ca, "a", ...args, "-utf8", "-subj", subject);
        await ca.done(["sign", csr]);
        await ca.done(["crl"]);
        await tool("openssl", ...verifyArguments(ca, "02"));
        const format = ["-noout", "-subject", "-nameopt", "RFC2253,-esc_msb,utf8"];
        const asked = await tool("openssl", "req", "-in", csr, ...format);
        const given = await tool("openssl", "x509", "-in", ca.path("certs/02.pem"), ...format);
        assert.equal(given, asked);
        const listed = JSON.parse(await ca.done(["list", "--json"])).certificates[0].subject;
        assert.equal(given.trim(), `subject=${listed}`);
      }),
  });
}

const refusedVariants: readonly [string, readonly string[], RegExp][] = [
  ["secp256k1", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], /unsupported key/],
  ["P-521", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"], /unsupported key/],
  ["RSA 1024", ["-newkey", "rsa:1024"], /unsupported key/],
  ["Ed448", ["-newkey", "ed448"], /unsupported key/],
  [
    "P-256 with explicit parameters",
    [...newEc, "-pkeyopt", "ec_param_enc:explicit"],
    /unsupported key/,
  ],
  ["SHA-1 and EC", [...newEc, "-sha1"], /signature verification failed/],
  ["SHA-1 and RSA", [...newRsa, "-sha1"], /signature verification failed/],
  ["MD5 and RSA", [...newRsa, "-md5"], /signature verification failed/],
  [
    "a critical name constraint",
    [...newEc, "-addext", "nameConstraints=critical,permitted;DNS:a"],
    /critical extension/,
  ],
  ["a registered ID", [...newEc, "-addext", "subjectAltName=RID:1.2.3"], /registeredID/],
];

for (const [what, args, error] of refusedVariants) {
  interopTest(`a request that OpenSSL made with ${what} is refused`, {
    tools: ["openssl"],
    run: () =>
      withCaNow(async (ca) => {
        const csr = await opensslRequest(ca, "a", ...args, "-subj", "/CN=a");
        const before = ca.tree();
        const { exit, stderr } = await ca.run(["sign", csr]);
        assert.equal(exit, 1, stderr);
        assert.match(stderr, error);
        assert.deepEqual(ca.tree(), before);
      }),
  });
}

for (
  const [what, args] of [["EC", ["--key-type", "ecdsa", "--curve", "secp256r1"]], ["RSA", [
    "--key-type",
    "rsa",
    "--bits",
    "2048",
  ]]] as const
) {
  interopTest(`a request that GnuTLS made with ${what} is signed, with its names`, {
    tools: ["openssl", "certtool"],
    run: () =>
      withCaNow(async (ca) => {
        const [key, csr, template] = ["key", "csr", "cfg"].map((name) =>
          join(ca.root, `a.${name}`)
        ) as [string, string, string];
        Deno.writeTextFileSync(
          template,
          'cn = "device"\norganization = "Example"\ncountry = DE\ndns_name = "a.example"\n' +
            'ip_address = "10.0.0.1"\nuri = "https://a.example/"\nemail = "a@b.example"\n' +
            "challenge_password = 123456\nsigning_key\ntls_www_server\n",
        );
        await tool("certtool", "--generate-privkey", ...args, "--outfile", key);
        await tool(
          "certtool",
          "--generate-request",
          "--load-privkey",
          key,
          "--template",
          template,
          "--outfile",
          csr,
        );
        await ca.done(["sign", csr]);
        await ca.done(["crl"]);
        await tool("openssl", ...verifyArguments(ca, "02"));
        const { subjectAltName } = readSingleCertificateFile(
          Deno.readFileSync(ca.path("certs/02.pem")),
        );
        assert.deepEqual(subjectAltName.map(formatGeneralName).sort(), [
          "DNS:a.example",
          "IP:10.0.0.1",
          "URI:https://a.example/",
          "email:a@b.example",
        ]);
      }),
  });
}

for (const keyAlgorithm of ["ecdsa-p256", "rsa-2048"]) {
  interopTest(`OpenSSL and GnuTLS accept a request that certswap made with ${keyAlgorithm}`, {
    tools: ["openssl", "certtool"],
    run: () =>
      withNoCa(async ({ root }) => {
        const [key, csr] = [join(root, "a.key"), join(root, "a.csr")];
        const { exit } = await runCli([
          "ca",
          "request",
          "--subject",
          String.raw`CN=a\, b,O=Example,C=DE`,
          "--san",
          "DNS:a.example,IP:2001:db8::1,URI:https://a.example/,email:a@b.example",
          "--key-algorithm",
          keyAlgorithm,
          "--out-key",
          key,
          "--out-csr",
          csr,
        ]);
        assert.equal(exit, 0);
        const text = await tool("openssl", "req", "-verify", "-noout", "-text", "-in", csr);
        assert.match(text, /Subject: C = DE, O = Example, CN = "a, b"/);
        assert.match(
          text,
          /DNS:a\.example, IP Address:2001:DB8:0:0:0:0:0:1, URI:https:\/\/a\.example\/, email:a@b\.example/,
        );
        const info = await tool("certtool", "--crq-info", "--infile", csr);
        assert.match(info, /Self signature: verified/);
        await tool("openssl", "pkey", "-check", "-noout", "-in", key);
      }),
  });
}

interopTest(
  "openssl s_server with the CRL accepts a client that is not revoked, and refuses a revoked one",
  {
    tools: ["openssl"],
    run: () =>
      withCaNow(async (ca) => {
        const requests = await Promise.all(["server", "good", "revoked"].map((name) =>
          opensslRequest(
            ca,
            name,
            ...newEc,
            "-subj",
            `/CN=${name}`,
            "-addext",
            "subjectAltName=DNS:localhost",
          )
        ));
        await ca.done(["sign", ...requests]);
        await ca.done(["revoke", "04", "--reason", "keyCompromise"]);
        await ca.done(["crl"]);
        const port = freePort();
        const server = new Deno.Command("openssl", {
          args: [
            "s_server",
            "-accept",
            `${port}`,
            "-cert",
            ca.path("certs/02.pem"),
            "-key",
            join(ca.root, "server.key"),
            "-CAfile",
            ca.path("ca.crt"),
            "-CRL",
            ca.path("ca.crl"),
            "-crl_check",
            "-Verify",
            "1",
            "-verify_return_error",
            "-www",
          ],
          stdin: "null",
          stdout: "null",
          stderr: "null",
        }).spawn();
        try {
          await untilListening(port);
          assert.match(await get(ca, port, { serial: "03", key: "good.key" }), /^HTTP\/1\.0 200 /);
          assert.doesNotMatch(await get(ca, port, { serial: "04", key: "revoked.key" }), /HTTP/);
          assert.match(await get(ca, port, { serial: "03", key: "good.key" }), /^HTTP\/1\.0 200 /);
        } finally {
          server.kill("SIGKILL");
          await server.status;
        }
      }),
  },
);

/** The answer of a server to a client with this certificate; empty if it refuses the connection. */
async function get(
  ca: TestCa,
  port: number,
  client: { readonly serial: string; readonly key: string },
): Promise<string> {
  try {
    using connection = await Deno.connectTls({
      hostname: "localhost",
      port,
      caCerts: [ca.read("ca.crt")],
      cert: ca.read(`certs/${client.serial}.pem`),
      key: Deno.readTextFileSync(join(ca.root, client.key)),
    });
    await connection.write(new TextEncoder().encode("GET / HTTP/1.0\r\n\r\n"));
    const buffer = new Uint8Array(1024);
    const count = await connection.read(buffer);
    return new TextDecoder().decode(buffer.subarray(0, count ?? 0));
  } catch (error) {
    if (error instanceof Deno.errors.InvalidData || error instanceof Deno.errors.ConnectionReset) {
      return "";
    }
    if (error instanceof Deno.errors.UnexpectedEof || error instanceof Deno.errors.BrokenPipe) {
      return "";
    }
    throw error;
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0;; attempt++) {
    try {
      (await Deno.connect({ hostname: "localhost", port })).close();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
