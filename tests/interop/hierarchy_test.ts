/** Chains of an intermediate, before and after its root was renewed, are accepted by other programs. */
import assert from "node:assert/strict";
import { denoSystem, join } from "../../lib/system/mod.ts";
import { type TestCa, type TestHierarchy, withRoot } from "../support/ca.ts";
import { runCli } from "../support/test_world.ts";
import { fingerprints, interopTest, isInstalled, tool, tryTool } from "./tools.ts";

/** A judge: whether a chain leads to an anchor. All are paths of PEM files. */
interface Judge {
  readonly name: string;
  readonly tools: readonly string[];
  accepts(chain: Chain): Promise<boolean>;
}

interface Chain {
  /** A directory for the judge's own files. */
  readonly directory: string;
  readonly leaf: string;
  readonly intermediate: string;
  readonly anchor: string;
}

const judges: readonly Judge[] = [
  {
    name: "OpenSSL",
    tools: ["openssl"],
    async accepts({ leaf, intermediate, anchor }) {
      const files = ["-CAfile", anchor, "-untrusted", intermediate, leaf];
      return (await tryTool("openssl", "verify", "-x509_strict", ...files)).exit === 0;
    },
  },
  {
    name: "GnuTLS",
    tools: ["certtool"],
    async accepts({ directory, leaf, intermediate, anchor }) {
      const infile = join(directory, "gnutls.pem");
      const texts = [leaf, intermediate].map((path) => Deno.readTextFileSync(path));
      Deno.writeTextFileSync(infile, texts.join(""));
      const words = ["--verify", `--load-ca-certificate=${anchor}`, `--infile=${infile}`];
      return (await tryTool("certtool", ...words)).exit === 0;
    },
  },
  {
    name: "NSS",
    tools: ["certutil", "vfychain"],
    async accepts({ directory, leaf, intermediate, anchor }) {
      const database = Deno.makeTempDirSync({ dir: directory });
      await tool("certutil", "-N", "-d", database, "--empty-password");
      await tool("certutil", "-A", "-d", database, "-n", "root", "-t", "C,,", "-a", "-i", anchor);
      // Usage 1 is a TLS server.
      const words = ["-d", database, "-u", "1", "-a", leaf, "-a", intermediate];
      return (await tryTool("vfychain", ...words)).exit === 0;
    },
  },
  {
    name: "Python's cryptography",
    tools: ["python3"],
    async accepts({ leaf, intermediate, anchor }) {
      const words = ["-c", pythonJudge, leaf, intermediate, anchor];
      const { exit, stderr } = await tryTool("python3", ...words);
      assert.ok(exit === 0 || exit === 1, stderr);
      return exit === 0;
    },
  },
];

/** Go is judged where it is installed: it is too large to install for this alone. */
const goJudge: Judge = {
  name: "Go",
  tools: ["go"],
  async accepts({ directory, leaf, intermediate, anchor }) {
    const program = join(directory, "judge.go");
    Deno.writeTextFileSync(program, goProgram);
    const { exit, stderr } = await tryTool("go", "run", program, leaf, intermediate, anchor);
    assert.ok(exit === 0 || stderr.includes("x509: "), stderr);
    return exit === 0;
  },
};

const goProgram = `package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func read(path string) *x509.Certificate {
	text, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		panic(err)
	}
	return certificate
}

func main() {
	options := x509.VerifyOptions{
		DNSName:       "device.example",
		Roots:         x509.NewCertPool(),
		Intermediates: x509.NewCertPool(),
	}
	options.Intermediates.AddCert(read(os.Args[2]))
	options.Roots.AddCert(read(os.Args[3]))
	if _, err := read(os.Args[1]).Verify(options); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
`;

/** Builds a path where the library can (from 45 on); before that, checks names and signatures. */
const pythonJudge = `
import sys
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
leaf, intermediate, anchor = (x509.load_pem_x509_certificate(open(p, "rb").read()) for p in sys.argv[1:])
def signed(one, issuer):
    if one.issuer != issuer.subject:
        raise ValueError("name")
    key = issuer.public_key()
    hash = one.signature_hash_algorithm
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(one.signature, one.tbs_certificate_bytes, padding.PKCS1v15(), hash)
    else:
        key.verify(one.signature, one.tbs_certificate_bytes, ec.ECDSA(hash))
try:
    signed(leaf, intermediate)
    signed(intermediate, anchor)
    try:
        from cryptography.x509.verification import PolicyBuilder, Store
    except ImportError:
        sys.exit(0)
    verifier = PolicyBuilder().store(Store([anchor])).build_server_verifier(x509.DNSName("device.example"))
    verifier.verify(leaf, [intermediate])
except Exception as error:
    print(repr(error), file=sys.stderr)
    sys.exit(1)
`;

/** Runs `work` with CAs created now: the other programs use the real clock. */
function withCasNow(
  { rootKey, key }: { readonly rootKey: string; readonly key: string },
  work: (cas: TestHierarchy, leaf: string) => Promise<void>,
): Promise<void> {
  return withRoot(async ({ at }) => {
    const now = (name: string): TestCa => {
      const ca = at(name);
      const done: TestCa["done"] = (words) => ca.done(words, { now: new Date() });
      const run: TestCa["run"] = (words) => ca.run(words, { now: new Date() });
      return { ...ca, done, run };
    };
    const [root, inter] = [now("real-root"), now("real-inter")];
    const name = ["--subject", "CN=Root,O=Example"];
    await root.done(["init", ...name, "--key-algorithm", rootKey, "--validity", "400"]);
    const words = ["init", "--subject", "CN=Inter,O=Example", "--key-algorithm", key];
    await inter.done([...words, "--signed-by", root.dataDirectory, "--validity", "300"]);
    const [ownKey, csr] = ["device.key", "device.csr"].map((file) => join(root.root, file));
    const names = ["-subj", "/CN=device.example", "-addext", "subjectAltName=DNS:device.example"];
    const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", `${ownKey}`];
    await tool("openssl", "req", "-new", "-nodes", ...made, "-out", `${csr}`, ...names);
    await inter.done(["sign", `${csr}`, "--validity", "90"]);
    await work({ root, inter, at: now }, inter.path("certs/01.pem"));
  });
}

const kinds = [
  { rootKey: "ecdsa-p256", key: "ecdsa-p256" },
  { rootKey: "rsa-2048", key: "ecdsa-p384" },
] as const;

for (const kind of kinds) {
  for (const judge of [...judges, ...(isInstalled("go") ? [goJudge] : [])]) {
    interopTest(
      `${judge.name} accepts an intermediate (${kind.key}) of a root (${kind.rootKey}), renewed or not`,
      {
        tools: ["openssl", ...judge.tools],
        run: () =>
          withCasNow(kind, async ({ root, inter, at }, leaf) => {
            const chain = { directory: root.root, leaf, intermediate: inter.path("ca.crt") };
            const anchors = [root.path("ca.crt")];
            assert.ok(await judge.accepts({ ...chain, anchor: anchors[0] ?? "" }), "as it was");
            await root.done(["root", "renew"]);
            for (const anchor of [root.path("ca.crt"), root.path("ca-previous.pem")]) {
              assert.ok(await judge.accepts({ ...chain, anchor }), `against ${anchor}`);
            }
            const anchor = inter.path("ca-chain.pem");
            // The same name, and another key.
            const other = at("other");
            await other.done(["init", "--subject", "CN=Root,O=Example"]);
            const wrong = { ...chain, anchor: other.path("ca.crt") };
            assert.ok(!await judge.accepts(wrong), "against another root");
            assert.ok(await judge.accepts({ ...chain, anchor }), "as the intermediate knows it");
          }),
      },
    );
  }
}

interopTest("OpenSSL checks the CRLs of a root and its intermediate, also after a renewal", {
  tools: ["openssl"],
  run: () =>
    withCasNow(kinds[0], async ({ root, inter }, leaf) => {
      const verify = async (): Promise<string> => {
        const crls = [root, inter].map((ca) => ca.read("ca.crl")).join("");
        const file = join(root.root, "all.crl");
        Deno.writeTextFileSync(file, crls);
        const files = ["-CAfile", root.path("ca.crt"), "-untrusted", inter.path("ca.crt")];
        const words = ["-crl_check_all", "-CRLfile", file, ...files, leaf];
        return (await tryTool("openssl", "verify", ...words)).stderr;
      };
      for (const ca of [root, inter]) await ca.done(["crl"]);
      assert.equal(await verify(), "");
      await root.done(["root", "renew"]);
      assert.equal(await verify(), "");
      await root.done(["revoke", "02"]);
      await root.done(["crl"]);
      assert.match(await verify(), /certificate revoked/);
    }),
});

interopTest("OpenSSL verifies leaves of an old and a new root with either root, or both", {
  tools: ["openssl"],
  run: () =>
    withCasNow(kinds[0], async ({ root: old, at }) => {
      const young = at("young");
      await young.done(["init", "--subject", "CN=Root G2,O=Example"]);
      const request = await old.request("leaf.csr", { subject: "CN=leaf" });
      const cross = join(old.root, "cross.pem");
      for (const [ca, other] of [[old, young], [young, old]] as const) {
        await ca.done(["cross-certify", other.path("ca.crt")]);
      }
      const both = [old, young].map((ca) => ca.read("ca.crt")).join("");
      const crossed = [old.path("certs/03.pem"), young.path("certs/02.pem")];
      Deno.writeTextFileSync(
        cross,
        both + crossed.map((path) => Deno.readTextFileSync(path)).join(""),
      );
      const anchors = join(old.root, "both.pem");
      Deno.writeTextFileSync(anchors, both);
      const verify = async (leaf: string, anchor: string): Promise<number> => {
        const files = ["-CAfile", anchor, "-untrusted", leaf, leaf];
        return (await tryTool("openssl", "verify", "-x509_strict", ...files)).exit;
      };
      for (const ca of [old, young]) {
        const [plain, leaf] = ["plain", "leaf"].map((name) => `${ca.dataDirectory}-${name}.pem`);
        await ca.done(["sign", request, "--out", `${plain}`]);
        await ca.done(["bundle", "add", cross]);
        await ca.done(["sign", request, "--out", `${leaf}`]);
        for (const anchor of [old.path("ca.crt"), young.path("ca.crt"), anchors]) {
          assert.equal(await verify(`${leaf}`, anchor), 0, `${leaf} with ${anchor}`);
        }
        // It is the cross-certificate that makes the difference.
        const other = (ca === old ? young : old).path("ca.crt");
        assert.notEqual(await verify(`${plain}`, other), 0);
      }
    }),
});

interopTest("a request of certswap is signed by openssl as an intermediate, and activated", {
  tools: ["openssl"],
  run: () =>
    withCasNow(kinds[0], async ({ root, at }) => {
      const foreign = at("foreign");
      const file = (name: string): string => join(root.root, name);
      const [rootKey, rootPem, csr, pem, ext] = [
        "openssl-root.key",
        "openssl-root.pem",
        "foreign.csr",
        "foreign.pem",
        "foreign.ext",
      ].map(file) as [string, string, string, string, string];
      await tool(
        "openssl",
        ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", rootKey, "-out", rootPem],
        ...["-days", "400", "-subj", "/CN=OpenSSL Root"],
      );
      await foreign.done(["init", "--subject", "CN=Foreign", "--request", csr]);
      Deno.writeTextFileSync(
        ext,
        "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n" +
          "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n" +
          "nameConstraints=critical,permitted;DNS:fleet.example\n",
      );
      await tool(
        "openssl",
        ...["x509", "-req", "-in", csr, "-CA", rootPem, "-CAkey", rootKey, "-days", "300"],
        ...["-extfile", ext, "-out", pem],
      );
      await foreign.done(["activate", pem, "--chain", rootPem]);
      const request = async (name: string): Promise<string> => {
        const path = file(`${name}.csr`);
        const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        const names = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
        const words = ["-new", "-nodes", ...made, "-keyout", file(`${name}.key`), "-out", path];
        await tool("openssl", "req", ...words, ...names);
        return path;
      };
      const { exit, stderr } = await foreign.run(["sign", await request("a.example")]);
      assert.equal(exit, 1);
      assert.match(stderr, /the name constraints of a CA in the chain do not permit/);
      await foreign.done(["sign", await request("a.fleet.example")]);
      const files = ["-CAfile", rootPem, "-untrusted", pem, foreign.path("certs/01.pem")];
      await tool("openssl", "verify", ...files);
      assert.match(await foreign.done(["check"]), /^CA check: OK/);
    }),
});

interopTest("a device whose local issuer is an intermediate gets a chain that OpenSSL verifies", {
  tools: ["openssl", "true"],
  run: () =>
    withCasNow(kinds[0], async ({ root, inter }) => {
      const tls = join(root.root, "tls");
      await Deno.mkdir(tls);
      const configuration = join(root.root, "certswap.toml");
      await Deno.writeTextFile(
        configuration,
        `[pair.web]
dir = "${tls}"
subject = "CN=device.example"
names = ["DNS:device.example"]
trust = "${root.path("ca.crt")}"
[pair.web.issuer]
kind = "local"
data_dir = "${inter.dataDirectory}"
[pair.web.hook]
command = ["true"]
`,
        { mode: 0o600 },
      );
      const { exit, stderr } = await runCli(["rotate", "--config", configuration], {
        system: denoSystem,
      });
      assert.equal(exit, 0, stderr);
      const certificate = join(tls, "cert.pem");
      assert.equal((await fingerprints(Deno.readTextFileSync(certificate))).length, 2);
      const files = ["-CAfile", root.path("ca.crt"), "-untrusted", certificate, certificate];
      await tool("openssl", "verify", "-x509_strict", ...files);
    }),
});
