/** Pairs in every form that OpenSSL writes: certswap swaps them in, and OpenSSL checks the result. */
import assert from "node:assert/strict";
import { join } from "../../lib/system/mod.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { interopTest, tool, type ToolRun, tryTool } from "./tools.ts";

/** A form of key: the OpenSSL command for it, and the first line of its file. */
interface KeyForm {
  readonly name: string;
  readonly make: readonly string[];
  readonly begins: string;
}

const sec1 = "-----BEGIN EC PRIVATE KEY-----";
const pkcs8 = "-----BEGIN PRIVATE KEY-----";

const forms: readonly KeyForm[] = [
  {
    name: "RSA, PKCS#1",
    make: ["genrsa", "-traditional", "2048"],
    begins: "-----BEGIN RSA PRIVATE KEY-----",
  },
  {
    name: "RSA, PKCS#8",
    make: ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
    begins: pkcs8,
  },
  ...[["P-256", "prime256v1"], ["P-384", "secp384r1"], ["P-521", "secp521r1"]].flatMap((
    [curve = "", opensslName = ""],
  ) => [
    {
      name: `EC ${curve}, SEC1`,
      make: ["ecparam", "-name", opensslName, "-genkey", "-noout"],
      begins: sec1,
    },
    {
      name: `EC ${curve}, SEC1 after its parameters`,
      make: ["ecparam", "-name", opensslName, "-genkey"],
      begins: "-----BEGIN EC PARAMETERS-----",
    },
    {
      name: `EC ${curve}, PKCS#8`,
      make: ["genpkey", "-algorithm", "EC", "-pkeyopt", `ec_paramgen_curve:${curve}`],
      begins: pkcs8,
    },
  ]),
  { name: "Ed25519, PKCS#8", make: ["genpkey", "-algorithm", "ED25519"], begins: pkcs8 },
];

/** A directory with a CA made by OpenSSL, and a device's `tls/`. */
interface Workshop {
  readonly root: string;
  readonly ca: string;
  path(name: string): string;
  /** Creates a key of this form and a leaf for it. */
  issue(name: string, form: KeyForm): Promise<{ certificate: string; key: string }>;
}

async function withWorkshop(work: (workshop: Workshop) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (root) => {
    const path = (name: string): string => join(root, name);
    Deno.mkdirSync(path("tls"));
    const [ca, caKey] = [path("ca.pem"), path("ca.key")];
    const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    await tool(
      "openssl",
      ...["req", "-x509", ...ec, "-subj", "/CN=OpenSSL Root", "-days", "30"],
      ...["-keyout", caKey, "-out", ca],
    );
    const extensions = path("leaf.cnf");
    Deno.writeTextFileSync(
      extensions,
      "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n" +
        "extendedKeyUsage=serverAuth\nsubjectAltName=DNS:device.example,IP:127.0.0.1\n",
    );
    await work({
      root,
      ca,
      path,
      async issue(name, form) {
        const [key, request, certificate] = [".key", ".csr", ".pem"].map((end) => path(name + end));
        assert.ok(key && request && certificate);
        Deno.writeTextFileSync(key, await tool("openssl", ...form.make), { mode: 0o600 });
        assert.ok(Deno.readTextFileSync(key).startsWith(form.begins), "the key has another form");
        const subject = ["-subj", "/CN=device.example"];
        await tool("openssl", "req", "-new", "-key", key, ...subject, "-out", request);
        await tool(
          "openssl",
          ...["x509", "-req", "-in", request, "-CA", ca, "-CAkey", caKey, "-CAcreateserial"],
          ...["-days", "20", "-extfile", extensions, "-out", certificate],
        );
        return { certificate, key };
      },
    });
  });
}

const root = new URL("../../", import.meta.url).pathname;

/** Runs certswap from its sources, as users do. */
async function certswap(...words: readonly string[]): Promise<ToolRun> {
  const config = ["--config", join(root, "deno.json"), "-P=certswap"];
  return await tryTool(
    Deno.execPath(),
    "run",
    "--quiet",
    ...config,
    join(root, "main.ts"),
    ...words,
  );
}

async function swapIn(
  { path, ca }: Workshop,
  pair: { certificate: string; key: string },
): Promise<void> {
  const { exit, stderr } = await certswap(
    ...["swap", "--cert", path("tls/cert.pem"), "--key", path("tls/key.pem")],
    ...["--combined", path("tls/all.pem"), "--trust", ca],
    ...["--new-cert", pair.certificate, "--new-key", pair.key],
  );
  assert.equal(exit, 0, stderr);
}

/** The public key in a file with a certificate or private key, according to OpenSSL. */
async function publicKey(kind: "certificate" | "key", path: string): Promise<string> {
  return kind === "certificate"
    ? await tool("openssl", "x509", "-in", path, "-pubkey", "-noout")
    : await tool("openssl", "pkey", "-in", path, "-pubout");
}

const first: KeyForm = {
  name: "the first pair",
  make: ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  begins: pkcs8,
};

for (const form of forms) {
  interopTest(
    `a pair by OpenSSL (${form.name}) is swapped in, and OpenSSL confirms that it matches`,
    {
      tools: ["openssl"],
      run: () =>
        withWorkshop(async (workshop) => {
          const { path, ca } = workshop;
          await swapIn(workshop, await workshop.issue("first", first));
          const before = await publicKey("key", path("tls/key.pem"));
          const pair = await workshop.issue("second", form);
          await swapIn(workshop, pair);

          assert.equal(
            Deno.readTextFileSync(path("tls/cert.pem")),
            Deno.readTextFileSync(pair.certificate),
          );
          assert.equal(Deno.readTextFileSync(path("tls/key.pem")), Deno.readTextFileSync(pair.key));
          const expected = await publicKey("key", pair.key);
          assert.notEqual(expected, before);
          assert.equal(await publicKey("certificate", path("tls/cert.pem")), expected);
          assert.equal(await publicKey("key", path("tls/key.pem")), expected);
          assert.equal(await publicKey("certificate", path("tls/all.pem")), expected);
          assert.equal(await publicKey("key", path("tls/all.pem")), expected);
          await tool("openssl", "verify", "-CAfile", ca, path("tls/cert.pem"));
        }),
    },
  );

  interopTest(`OpenSSL serves the combined file of its own pair (${form.name})`, {
    tools: ["openssl"],
    run: () =>
      withWorkshop(async (workshop) => {
        const { path, ca } = workshop;
        await swapIn(workshop, await workshop.issue("pair", form));
        await serving(path("tls/all.pem"), async (address) => {
          const client = ["s_client", "-connect", address, "-CAfile", ca, "-verify_return_error"];
          const name = ["-servername", "device.example", "-verify_hostname", "device.example"];
          const output = await tool("openssl", ...client, ...name);
          assert.match(output, /Verify return code: 0 \(ok\)/);
          const served = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n/.exec(output);
          assert.equal(served?.[0], certificateIn(path("tls/cert.pem")));
        });
      }),
  });
}

interopTest("the key of another pair is refused, and the active pair stays", {
  tools: ["openssl"],
  run: () =>
    withWorkshop(async (workshop) => {
      const { path } = workshop;
      const active = await workshop.issue("active", first);
      await swapIn(workshop, active);
      const [one, other] = [
        await workshop.issue("one", first),
        await workshop.issue("other", first),
      ];
      const mixed = { certificate: one.certificate, key: other.key };
      await assert.rejects(swapIn(workshop, mixed), /does not match/);
      assert.equal(await publicKey("key", path("tls/key.pem")), await publicKey("key", active.key));
    }),
});

/** The first certificate in a file, in OpenSSL's format. */
function certificateIn(path: string): string | undefined {
  const text = Deno.readTextFileSync(path);
  return /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n/.exec(text)?.[0];
}

/** Starts OpenSSL's TLS server with one file for key and certificate. */
async function serving(file: string, work: (address: string) => Promise<void>): Promise<void> {
  const server = new Deno.Command("openssl", {
    args: ["s_server", "-accept", "127.0.0.1:0", "-cert", file, "-key", file, "-www"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(server.stderr).text();
  const output = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let text = "";
    let address: string | undefined;
    while (address === undefined) {
      const { value, done } = await output.read();
      if (done) throw new Error(`openssl s_server: ${text}${await stderr}`);
      text += value;
      // It prints the port that it got.
      address = /^ACCEPT (\S+:\d+)$/m.exec(text)?.[1];
    }
    await work(address);
  } finally {
    try {
      server.kill("SIGKILL");
    } catch {
      // It has already exited; the error above reports why.
    }
    await output.cancel();
    await Promise.all([server.status, stderr]);
  }
}
