/** `certswap enroll` against a real TLS server on the loopback interface. */
import assert from "node:assert/strict";
import { denoFileSystem, denoNetwork, join, sha256Hex } from "../../../lib/system/mod.ts";
import { readCertificateFile } from "../../../lib/x509/mod.ts";
import { certificatesAnswer, EstService } from "../../support/est_service.ts";
import { serving } from "../../support/est_server.ts";
import { makeSigner } from "../../support/signer.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { runCli, testSystem, testTime } from "../../support/test_world.ts";
import { makeServerCa, withTlsServer } from "../../support/tls_server.ts";

const certificateOf = (pem: string) => readCertificateFile(new TextEncoder().encode(pem)).leaf;

/** A device without anything, and an EST server whose certificate is from the CA that also signs devices. */
async function withEnrolment(
  work: (parts: {
    readonly root: string;
    readonly service: EstService;
    readonly flags: readonly string[];
    enroll(...flags: readonly string[]): ReturnType<typeof runCli>;
  }) => Promise<void>,
): Promise<void> {
  const ca = await makeServerCa();
  const signer = await makeSigner();
  const service = new EstService(signer, () => testTime);
  service.answers = (_, operation) =>
    operation === "cacerts"
      ? certificatesAnswer([certificateOf(ca.trust).der, certificateOf(signer.trust).der])
      : undefined;
  await withTemporaryDirectory(async (root) => {
    const pair = await ca.pair("IP:127.0.0.1");
    await withTlsServer(pair, { behave: serving(() => service) }, async ({ port }) => {
      const system = testSystem({ network: denoNetwork, files: denoFileSystem });
      const trust = join(root, "trust.pem");
      Deno.writeTextFileSync(trust, ca.trust + signer.trust);
      const secret = join(root, "secret");
      Deno.writeTextFileSync(secret, "secret\n", { mode: 0o600 });
      const config = join(root, "etc/certswap.toml");
      await work({
        root,
        service,
        flags: [
          ...["--est", `https://127.0.0.1:${port}`, "--dir", join(root, "tls")],
          ...["--names", "DNS:device.example", "--trust", trust],
          ...["--username", "device", "--secret-file", secret, "--config", config],
        ],
        enroll: (...flags) => runCli(["enroll", ...flags], { system }),
      });
    });
  });
}

Deno.test("enroll writes configuration and pair, uses the secret up, and is idempotent", async () => {
  await withEnrolment(async ({ root, service, flags, enroll }) => {
    const first = await enroll(...flags);
    assert.equal(first.exit, 0, first.stderr);
    assert.match(first.stdout, /^Configuration: .*\/etc\/certswap\.d\/device\.toml\n/);
    const certificate = Deno.readTextFileSync(join(root, "tls/cert.pem"));
    assert.deepEqual(certificateOf(certificate).der, service.issued[0]?.der);
    assert.equal(Deno.statSync(join(root, "tls/key.pem")).mode, 0o100600);
    assert.throws(() => Deno.statSync(join(root, "secret")), Deno.errors.NotFound);
    const again = await enroll(...flags);
    assert.equal(again.exit, 0, again.stderr);
    assert.match(again.stdout, /Pair device already exists: nothing was requested/);
    assert.equal(service.issued.length, 1);
    assert.equal(Deno.readTextFileSync(join(root, "tls/cert.pem")), certificate);
    assert.ok(!`${first.stdout}${first.stderr}${again.stdout}`.includes("secret\n"));
  });
});

Deno.test("enroll goes on after a server that was down, with the same request", async () => {
  await withEnrolment(async ({ service, flags, enroll }) => {
    service.answers = (_, operation) =>
      operation === "simpleenroll" ? { status: 503, headers: { "retry-after": "0" } } : undefined;
    const failed = await enroll(...flags);
    assert.equal(failed.exit, 1);
    assert.match(failed.stderr, /responded to \/simpleenroll with HTTP 503/);
    service.answers = () => undefined;
    const again = await enroll(...flags);
    assert.equal(again.exit, 0, again.stderr);
    const bodies = service.received.filter(({ operation }) => operation === "simpleenroll");
    assert.equal(new Set(bodies.map(({ body }) => body)).size, 1);
  });
});

Deno.test("enroll trusts a CA that only its fingerprint names, and no other", async () => {
  await withEnrolment(async ({ root, flags, enroll }) => {
    const at = flags.indexOf("--trust");
    const pems = Deno.readTextFileSync(join(root, "trust.pem"));
    const { der } = certificateOf(pems);
    const others = [...flags.slice(0, at), ...flags.slice(at + 2)];
    const wrong = await enroll(...others, "--trust-fingerprint", `SHA256:${"ab".repeat(32)}`);
    assert.equal(wrong.exit, 1);
    assert.match(wrong.stderr, /has no CA certificate with the fingerprint SHA256:AB:/);
    assert.equal(Deno.readTextFileSync(join(root, "secret")), "secret\n");
    Deno.removeSync(join(root, "etc"), { recursive: true });
    // The CA of the server is not the one that signs the pair: the pair is refused, and the secret is kept.
    const right = await enroll(
      ...others,
      "--trust-fingerprint",
      `SHA256:${await sha256Hex(der)}`,
      "--name",
      "other",
    );
    assert.match(right.stderr, /does not lead to a trust anchor/);
    assert.equal(Deno.readTextFileSync(join(root, "secret")), "secret\n");
    assert.equal(
      certificateOf(Deno.readTextFileSync(join(root, "tls/ca.pem"))).der.length,
      der.length,
    );
  });
});

Deno.test("enroll configures a trust bundle, which the first pair's change writes", async () => {
  await withEnrolment(async ({ root, flags, enroll }) => {
    const bundle = join(root, "trust/roots.pem");
    const first = await enroll(...flags, "--trust-bundle", bundle);
    assert.equal(first.exit, 0, first.stderr);
    const roots = (path: string) =>
      Deno.readTextFileSync(path).match(/-----BEGIN[^-]*-----[^-]*/g)?.length;
    assert.equal(roots(bundle), roots(join(root, "trust.pem")));
    assert.match(
      Deno.readTextFileSync(join(root, "etc/certswap.d/device.toml")),
      /^\[pair\.device\.trust_bundle\]\npath = "\/.*\/trust\/roots\.pem"$/m,
    );
    const again = await enroll(...flags, "--trust-bundle", bundle);
    assert.match(again.stdout, /Pair device already exists: nothing was requested/);
  });
});

for (
  const [what, change, message] of [
    ["no trust", ["--trust", ""], /--trust/],
    ["a URL of HTTP", ["--est", "http://ca.example"], /is not https:\/\/HOST/],
    ["a bad name", ["--name", "a b"], /is not a name of letters/],
    [
      "a bad alternative name",
      ["--names", "y"],
      /^Error: --names: expected names \("DNS:.*found "y": write "DNS:y"$/m,
    ],
    [
      "a bad subject",
      ["--subject", "y"],
      /^Error: --subject: expected a distinguished .*found "y"$/m,
    ],
    ["a bad label", ["--label", "a b"], /^Error: --label: expected letters, digits/m],
    ["a bad user name", ["--username", "a:b"], /^Error: --username: expected at most 128 char/m],
  ] as const
) {
  Deno.test(`enroll refuses ${what}, and writes nothing`, async () => {
    await withEnrolment(async ({ root, flags, enroll }) => {
      const [flag, value] = change;
      const at = flags.indexOf(flag);
      const changed = at < 0
        ? [...flags, flag, value]
        : [...flags.slice(0, at), ...(value === "" ? [] : [flag, value]), ...flags.slice(at + 2)];
      const { exit, stderr } = await enroll(...changed);
      assert.equal(exit, 2, stderr);
      assert.match(stderr, message);
      assert.throws(() => Deno.statSync(join(root, "etc")), Deno.errors.NotFound);
    });
  });
}

Deno.test("enroll refuses what contradicts the configuration", async () => {
  await withEnrolment(async ({ root, flags, enroll }) => {
    await enroll(...flags);
    const other = await enroll(...flags, "--label", "x");
    assert.equal(other.exit, 1);
    assert.match(other.stderr, /already exists with a different configuration/);
    const shared = await enroll(...flags, "--name", "second");
    assert.equal(shared.exit, 2, shared.stderr);
    assert.match(
      shared.stderr,
      /^Error: --dir and pair\.device\.\w+ \(at .*\/device\.toml:\d+\) both lead/m,
    );
    assert.deepEqual([...Deno.readDirSync(join(root, "etc/certswap.d"))].map(({ name }) => name), [
      "device.toml",
    ]);
  });
});
