/** PKCS#12 between certswap and OpenSSL, GnuTLS, NSS and Java, in both directions. */
import assert from "node:assert/strict";
import { join } from "../../lib/system/mod.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { runCli, testSystem } from "../support/test_world.ts";
import { fingerprints, interopTest, tool, tryTool } from "./tools.ts";

/** In ASCII: keytool cannot read others from a file in every locale. */
const password = "change it, please";

/** Kinds of key, as OpenSSL makes them. */
const kinds = {
  "RSA": ["-newkey", "rsa:2048"],
  "P-256": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
  "P-384": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
} as const;

type Kind = keyof typeof kinds;

/** A directory with a root, a CA below it, a pair, and the password of every PKCS#12 file. */
interface Bench {
  readonly passwordFile: string;
  path(name: string): string;
  /** Runs certswap with today's date: the pair is a new one. */
  certswap(...words: string[]): Promise<string>;
}

async function withBench(kind: Kind, work: (bench: Bench) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const path = (name: string): string => join(directory, name);
    Deno.mkdirSync(path("tls"));
    const make = async (name: string, subject: string, flags: readonly string[]) => {
      await tool(
        "openssl",
        ...["req", "-x509", "-nodes", ...kinds[kind], "-subj", subject, "-days", "30"],
        ...["-keyout", path(`${name}.key`), "-out", path(`${name}.pem`), ...flags],
      );
    };
    const ca = ["-addext", "keyUsage=critical,keyCertSign"];
    await make("root", "/CN=Interop Root", ca);
    await issue(path, { name: "sub", by: "root", kind, subject: "/CN=Interop Sub" });
    await issue(path, { name: "leaf", by: "sub", kind, subject: "/CN=device.example" });
    Deno.writeTextFileSync(
      path("chain.pem"),
      Deno.readTextFileSync(path("leaf.pem")) + Deno.readTextFileSync(path("sub.pem")),
    );
    const passwordFile = path("password");
    Deno.writeTextFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    await work({
      passwordFile,
      path,
      async certswap(...words) {
        const { exit, stdout, stderr } = await runCli(words, {
          system: testSystem({ now: new Date() }),
        });
        assert.equal(exit, 0, stderr);
        return stdout;
      },
    });
  });
}

async function issue(
  path: (name: string) => string,
  { name, by, kind, subject }: {
    readonly name: string;
    readonly by: string;
    readonly kind: Kind;
    readonly subject: string;
  },
): Promise<void> {
  const [key, request] = [path(`${name}.key`), path(`${name}.csr`)];
  const made = ["req", "-new", "-nodes", ...kinds[kind], "-subj", subject];
  await tool("openssl", ...made, "-keyout", key, "-out", request);
  const extensions = path(`${name}.cnf`);
  Deno.writeTextFileSync(
    extensions,
    name === "leaf"
      ? "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n" +
        "subjectAltName=DNS:device.example\nextendedKeyUsage=serverAuth\n"
      : "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n",
  );
  await tool(
    "openssl",
    ...["x509", "-req", "-in", request, "-CA", path(`${by}.pem`), "-CAkey", path(`${by}.key`)],
    ...["-CAcreateserial", "-days", "20", "-extfile", extensions, "-out", path(`${name}.pem`)],
  );
}

const publicKeyOf = (path: string) => tool("openssl", "pkey", "-in", path, "-pubout");

for (const kind of Object.keys(kinds) as Kind[]) {
  for (const profile of ["modern", "legacy"]) {
    interopTest(
      `a ${kind} pair exported as PKCS#12 (${profile}) is read by OpenSSL, GnuTLS, NSS and Java`,
      {
        tools: ["openssl", "certtool", "pk12util", "certutil", "keytool"],
        run: () =>
          withBench(kind, async ({ passwordFile, path, certswap }) => {
            await certswap(
              ...["swap", "--dir", path("tls"), "--new-cert", path("chain.pem")],
              ...["--new-key", path("leaf.key")],
            );
            const file = path("web.p12");
            await certswap(
              ...["export", "--dir", path("tls"), "--format", "pkcs12", "--profile", profile],
              ...["--out", file, "--password-file", passwordFile, "--friendly-name", "web"],
            );
            const expected = await fingerprints(Deno.readTextFileSync(path("chain.pem")));
            const key = await publicKeyOf(path("leaf.key"));

            const pass = `file:${passwordFile}`;
            // Without -legacy: 3DES and SHA-1 are in OpenSSL's default provider.
            const opened = await tool("openssl", "pkcs12", "-in", file, "-passin", pass, "-nodes");
            assert.match(opened, /friendlyName: web/);
            assert.deepEqual(await fingerprints(opened), expected);
            Deno.writeTextFileSync(path("openssl.pem"), opened);
            assert.equal(await publicKeyOf(path("openssl.pem")), key);

            const gnutls = await tool(
              "certtool",
              ...["--p12-info", "--inder", "--infile", file, "--password", password],
            );
            assert.deepEqual((await fingerprints(gnutls)).sort(), [...expected].sort());

            const database = path("nss");
            Deno.mkdirSync(database);
            await tool("certutil", "-N", "-d", database, "--empty-password");
            await tool("pk12util", "-i", file, "-d", database, "-w", passwordFile);
            assert.match(await tool("certutil", "-K", "-d", database), /web/);
            const inNss = await tool("certutil", "-L", "-d", database, "-n", "web", "-a");
            assert.deepEqual(await fingerprints(inNss), expected.slice(0, 1));

            const listed = await tool(
              "keytool",
              ...["-list", "-rfc", "-keystore", file, "-storepass:file", passwordFile],
            );
            assert.match(listed, /Alias name: web\n[^]*PrivateKeyEntry[^]*chain length: 2/);
            assert.deepEqual(await fingerprints(listed), expected);
          }),
      },
    );
  }

  interopTest(`PKCS#12 of OpenSSL, GnuTLS, NSS and Java with a ${kind} key is swapped in`, {
    tools: ["openssl", "certtool", "pk12util", "certutil", "keytool"],
    run: () =>
      withBench(kind, async (bench) => {
        const { passwordFile, path } = bench;
        const pass = `file:${passwordFile}`;
        const others = path("others.pem");
        Deno.writeTextFileSync(
          others,
          Deno.readTextFileSync(path("root.pem")) + Deno.readTextFileSync(path("sub.pem")),
        );
        const openssl = async (name: string, ...flags: string[]): Promise<void> => {
          await tool(
            "openssl",
            ...["pkcs12", "-export", "-inkey", path("leaf.key"), "-in", path("leaf.pem")],
            ...[
              "-certfile",
              others,
              "-name",
              "web",
              "-passout",
              pass,
              "-out",
              path(name),
              ...flags,
            ],
          );
        };
        await openssl("openssl.p12");
        await openssl("openssl-legacy.p12", "-legacy", "-certpbe", "PBE-SHA1-3DES");
        await tool(
          "certtool",
          ...["--to-p12", "--load-privkey", path("leaf.key"), "--p12-name", "web", "--outder"],
          ...["--load-certificate", path("chain.pem"), "--password", password],
          ...["--outfile", path("gnutls.p12")],
        );
        const database = path("nss");
        Deno.mkdirSync(database);
        await tool("certutil", "-N", "-d", database, "--empty-password");
        const inNss = ["-d", database, "-w", passwordFile];
        await tool("pk12util", "-i", path("openssl.p12"), ...inNss);
        await tool("pk12util", "-o", path("nss.p12"), "-n", "web", ...inNss);
        const tripleDes = ["key", "cert"].map((what) =>
          `-J-Dkeystore.pkcs12.${what}PbeAlgorithm=PBEWithSHA1AndDESede`
        );
        for (const [name, flags] of [["java", []], ["java-3des", tripleDes]] as const) {
          await tool(
            "keytool",
            ...flags,
            ...["-importkeystore", "-srckeystore", path("openssl.p12"), "-srcalias", "web"],
            ...["-srcstorepass:file", passwordFile, "-deststorepass:file", passwordFile],
            ...["-destkeystore", path(`${name}.p12`), "-deststoretype", "PKCS12"],
          );
        }
        for (
          const name of ["openssl", "openssl-legacy", "gnutls", "nss", "java", "java-3des"]
        ) {
          await swapsIn(bench, name);
        }
      }),
  });
}

/** Swaps the pair in a file in, and holds what is active then against what OpenSSL made. */
async function swapsIn({ passwordFile, path, certswap }: Bench, name: string): Promise<void> {
  const tls = path(`tls-${name}`);
  Deno.mkdirSync(tls);
  await certswap(
    ...["swap", "--dir", tls, "--new-pkcs12", path(`${name}.p12`)],
    ...["--password-file", passwordFile],
  );
  assert.deepEqual(
    await fingerprints(Deno.readTextFileSync(join(tls, "cert.pem"))),
    await fingerprints(Deno.readTextFileSync(path("chain.pem"))),
    name,
  );
  assert.equal(await publicKeyOf(join(tls, "key.pem")), await publicKeyOf(path("leaf.key")), name);
}

interopTest("a file with RC2 is refused, and what the hint converts it to is swapped in", {
  tools: ["openssl", "keytool"],
  run: () =>
    withBench("P-256", async ({ passwordFile, path, certswap }) => {
      const pass = `file:${passwordFile}`;
      await tool(
        "openssl",
        ...["pkcs12", "-export", "-legacy", "-inkey", path("leaf.key"), "-in", path("chain.pem")],
        ...["-passout", pass, "-name", "web", "-out", path("old.p12")],
      );
      await tool(
        "keytool",
        ...["-J-Dkeystore.pkcs12.legacy", "-importkeystore", "-srckeystore", path("old.p12")],
        ...["-srcstorepass:file", passwordFile, "-deststorepass:file", passwordFile],
        ...["-destkeystore", path("java8.p12"), "-deststoretype", "PKCS12", "-srcalias", "web"],
      );
      for (const name of ["old.p12", "java8.p12"]) {
        const { exit, stderr } = await runCli(
          [
            ...["swap", "--dir", path("tls"), "--new-pkcs12", path(name)],
            ...["--password-file", passwordFile],
          ],
          { system: testSystem({ now: new Date() }) },
        );
        assert.equal(exit, 1);
        assert.match(stderr, /encrypted with RC2-40/);
        // The commands of the hint, with a password for each question.
        assert.match(stderr, /openssl pkcs12 -legacy -in FILE -nodes -out PAIR\.pem/);
        await tool(
          "openssl",
          ...["pkcs12", "-legacy", "-in", path(name), "-nodes", "-out", path("PAIR.pem")],
          ...["-passin", pass],
        );
        assert.match(stderr, /openssl pkcs12 -export -in PAIR\.pem -out NEW\.p12/);
        await tool(
          "openssl",
          ...["pkcs12", "-export", "-in", path("PAIR.pem"), "-out", path("NEW.p12")],
          ...["-passout", pass],
        );
        await certswap(
          ...["swap", "--dir", path("tls"), "--new-pkcs12", path("NEW.p12")],
          ...["--password-file", passwordFile],
        );
      }
    }),
});

interopTest("trust anchors exported as PKCS#12 are trusted by Java", {
  tools: ["openssl", "keytool"],
  run: () =>
    withBench("P-256", async ({ passwordFile, path, certswap }) => {
      await certswap(
        ...["swap", "--dir", path("tls"), "--new-cert", path("chain.pem")],
        ...["--new-key", path("leaf.key")],
      );
      await certswap(
        ...["export", "--dir", path("tls"), "--format", "pkcs12", "--contains", "trust"],
        ...["--trust", path("root.pem"), "--out", path("trust.p12")],
        ...["--password-file", passwordFile],
      );
      const listed = await tool(
        "keytool",
        ...["-list", "-rfc", "-keystore", path("trust.p12"), "-storepass:file", passwordFile],
      );
      assert.match(listed, /Entry type: trustedCertEntry/);
      assert.deepEqual(
        await fingerprints(listed),
        await fingerprints(Deno.readTextFileSync(path("root.pem"))),
      );
    }),
});

interopTest("OpenSSL and certswap mean the same by an empty password, in both directions", {
  tools: ["openssl"],
  run: () =>
    withBench("P-256", async ({ passwordFile, path, certswap }) => {
      Deno.writeTextFileSync(passwordFile, "\n");
      for (const flags of [[], ["-legacy", "-certpbe", "PBE-SHA1-3DES"]]) {
        await tool(
          "openssl",
          ...["pkcs12", "-export", "-inkey", path("leaf.key"), "-in", path("chain.pem")],
          ...["-passout", "pass:", "-out", path("empty.p12"), ...flags],
        );
        await certswap(
          ...["swap", "--dir", path("tls"), "--new-pkcs12", path("empty.p12")],
          ...["--password-file", passwordFile],
        );
      }
      for (const profile of ["modern", "legacy"]) {
        await certswap(
          ...["export", "--dir", path("tls"), "--format", "pkcs12", "--profile", profile],
          ...["--out", path("out.p12"), "--password-file", passwordFile],
        );
        const read = ["pkcs12", "-in", path("out.p12"), "-nodes", "-passin"];
        assert.equal((await tryTool("openssl", ...read, "pass:")).exit, 0);
        assert.notEqual((await tryTool("openssl", ...read, "pass:x")).exit, 0);
      }
    }),
});

interopTest("a password beyond ASCII means the same to OpenSSL, GnuTLS, NSS and certswap", {
  tools: ["openssl", "certtool", "pk12util", "certutil"],
  run: () =>
    withBench("P-256", async ({ passwordFile, path, certswap }) => {
      const word = "gr\u00fcn \u20ac";
      Deno.writeTextFileSync(passwordFile, `${word}\n`);
      await certswap(
        ...["swap", "--dir", path("tls"), "--new-cert", path("chain.pem")],
        ...["--new-key", path("leaf.key")],
      );
      for (const profile of ["modern", "legacy"]) {
        const file = path(`${profile}.p12`);
        await certswap(
          ...["export", "--dir", path("tls"), "--format", "pkcs12", "--profile", profile],
          ...["--out", file, "--password-file", passwordFile, "--friendly-name", "web"],
        );
        await tool("openssl", "pkcs12", "-in", file, "-noout", "-passin", `file:${passwordFile}`);
        const gnutls = ["--p12-info", "--inder", "--infile", file, "--password", word];
        assert.match(await tool("certtool", ...gnutls), /BEGIN CERTIFICATE/);
        const database = path(`nss-${profile}`);
        Deno.mkdirSync(database);
        await tool("certutil", "-N", "-d", database, "--empty-password");
        await tool("pk12util", "-i", file, "-d", database, "-w", passwordFile);
        await tool(
          "pk12util",
          ...["-o", path("nss.p12"), "-n", "web", "-d", database, "-w", passwordFile],
        );
        await certswap(
          ...["swap", "--dir", path("tls"), "--new-pkcs12", path("nss.p12")],
          ...["--password-file", passwordFile],
        );
      }
    }),
});
