/** `ca sign` with profiles: what they put into certificates, and what they refuse. */
import assert from "node:assert/strict";
import { formatGeneralName } from "../../../lib/x509/name/general_name.ts";
import { formatName } from "../../../lib/x509/name/name.ts";
import type { Certificate } from "../../../lib/x509/read/certificate.ts";
import { readSingleCertificateFile } from "../../../lib/x509/read/certificate_file.ts";
import { testBeforeInit, type TestCa, testOnEachStore, withCa } from "../../support/ca.ts";
import { refusing } from "../../support/test_world.ts";
import { denoFileSystem } from "../../../lib/system/mod.ts";

async function certificate(ca: TestCa, serial: string): Promise<Certificate> {
  return readSingleCertificateFile(new TextEncoder().encode(await ca.pem(serial)));
}

const days = ({ notBefore, notAfter }: Certificate): number =>
  Math.round((notAfter.getTime() - notBefore.getTime()) / 86_400_000);

const purposes = { serverAuth: "1.3.6.1.5.5.7.3.1", clientAuth: "1.3.6.1.5.5.7.3.2" };

testOnEachStore("without ca.toml, sign has the built-in profiles", async (ca) => {
  const request = await ca.request();
  await ca.done(["sign", request]);
  await ca.done(["sign", request, "--profile", "server"]);
  await ca.done(["sign", request, "--profile", "client", "--validity", "30"]);
  const { serverAuth, clientAuth } = purposes;
  assert.deepEqual((await certificate(ca, "02")).extKeyUsage, [serverAuth, clientAuth]);
  assert.deepEqual((await certificate(ca, "03")).extKeyUsage, [serverAuth]);
  assert.deepEqual((await certificate(ca, "04")).extKeyUsage, [clientAuth]);
  assert.deepEqual([days(await certificate(ca, "02")), days(await certificate(ca, "04"))], [
    365,
    30,
  ]);
});

testOnEachStore("a profile that there is not is refused", async (ca) => {
  const request = await ca.request();
  const before = ca.tree();
  const { exit, stderr } = await ca.run(["sign", request, "--profile", "servr"]);
  assert.equal(exit, 2);
  assert.equal(stderr, "Error: there is no profile 'servr'\nHint: Did you mean 'server'?\n");
  assert.deepEqual(ca.tree(), before);
});

testOnEachStore("a profile of CA certificates has rules for names, too", async (ca) => {
  ca.write(
    "ca.toml",
    '[profile.site]\nca = true\nsubject = "O=Fleet"\nnames.subject = "CN=Site *,O=Fleet"\n',
  );
  const refused = await ca.run([
    "sign",
    await ca.request("bank.csr", { subject: "CN=Bank" }),
    "--profile",
    "site",
  ]);
  assert.equal(refused.exit, 1);
  assert.match(
    refused.stderr,
    /CN=Bank,O=Fleet is not allowed by profile site \(names\.subject, /,
  );
  await ca.done([
    "sign",
    await ca.request("site.csr", { subject: "CN=Site 1" }),
    "--profile",
    "site",
  ]);
  const made = await certificate(ca, "02");
  assert.equal(formatName(made.subject), "CN=Site 1,O=Fleet");
  assert.equal(made.basicConstraints?.ca, true);
  assert.equal(days(made), 1825);
});

const settings = `
[defaults]
profile = "meter"
[addresses]
crl = ["http://pki.fleet.example/ca.crl"]
ocsp = ["http://ocsp.fleet.example/"]
issuer = ["http://pki.fleet.example/ca.crt"]
[profile.meter]
validity = "90d"
max_validity = "120d"
key_usage = ["digitalSignature", "keyAgreement"]
extended_key_usage = ["clientAuth"]
subject = "O=Fleet,C=DE"
[profile.meter.names]
dns = ["*.meters.fleet.example"]
[profile.plain]
extended_key_usage = []
`;

/** A request of a meter. */
const meter = { subject: "CN=Meter 17,O=Own", names: "DNS:m17.meters.fleet.example" };

testOnEachStore(
  "a profile of ca.toml goes into the certificate, with addresses and fixed subject",
  async (ca) => {
    ca.write("ca.toml", settings);
    const request = await ca.request("meter.csr", meter);
    const { issued: [json] } = JSON.parse(await ca.done(["sign", request, "--json"]));
    assert.equal(json.profile, "meter");
    assert.equal(json.subject, "CN=Meter 17,O=Fleet,C=DE");
    const made = await certificate(ca, "02");
    assert.equal(formatName(made.subject), "CN=Meter 17,O=Fleet,C=DE");
    const { certificates: [entry] } = JSON.parse(await ca.done(["list", "--json"]));
    assert.equal(entry.subject, "CN=Meter 17,O=Fleet,C=DE");
    assert.equal(days(made), 90);
    assert.deepEqual(made.keyUsage, ["digitalSignature", "keyAgreement"]);
    assert.deepEqual(made.extKeyUsage, [purposes.clientAuth]);
    assert.deepEqual(made.subjectAltName.map(formatGeneralName), [meter.names]);
    const text = new TextDecoder("latin1").decode(made.der);
    for (
      const address of [
        "pki.fleet.example/ca.crl",
        "ocsp.fleet.example",
        "pki.fleet.example/ca.crt",
      ]
    ) {
      assert.ok(text.includes(address), address);
    }
    await ca.done(["sign", request, "--validity", "120"]);
    assert.equal(days(await certificate(ca, "03")), 120);
    const { subject = "" } = meter;
    await ca.done(["sign", await ca.request("plain.csr", { subject }), "--profile", "plain"]);
    assert.equal((await certificate(ca, "04")).extKeyUsage, undefined);
    assert.equal(formatName((await certificate(ca, "04")).subject), subject);
  },
);

testOnEachStore(
  "a validity above the maximum of a profile is refused with the rule",
  async (ca) => {
    ca.write("ca.toml", settings);
    const request = await ca.request("meter.csr", meter);
    const before = ca.tree();
    const { exit, stderr } = await ca.run(["sign", request, "--validity", "121"]);
    assert.equal(exit, 1);
    assert.match(
      stderr,
      /^Error: a validity of 121d is not allowed by profile meter \(max_validity, \S+:10\): at most 120d\n/,
    );
    assert.deepEqual(ca.tree(), before);
  },
);

testOnEachStore(
  "a name outside of a profile is refused with the rule, and nothing changes",
  async (ca) => {
    ca.write("ca.toml", settings);
    const request = await ca.request("evil.csr", { ...meter, names: "DNS:bank.example" });
    const before = ca.tree();
    const { exit, stderr } = await ca.run(["sign", request]);
    assert.equal(exit, 1);
    assert.equal(
      stderr,
      "Error: CSR refused: DNS:bank.example is not allowed by profile meter (names.dns, " +
        `${ca.path("ca.toml")}:15)\n  CSR: ${request}\n  Allowed: *.meters.fleet.example\n` +
        "Hint: Request other names or another key, or choose another profile with --profile.\n",
    );
    assert.deepEqual(ca.tree(), before);
  },
);

testOnEachStore("--skip-bad signs the requests that the profile allows", async (ca) => {
  ca.write("ca.toml", settings);
  const good = await ca.request("good.csr", meter);
  const bad = await ca.request("bad.csr", { ...meter, names: "IP:10.0.0.1" });
  const rsa = await ca.request("rsa.csr", { ...meter, keyType: "rsa-2048" });
  const stopped = await ca.run(["sign", good, bad, rsa]);
  assert.equal(stopped.exit, 1);
  assert.match(stopped.stderr, /2 of 3 requests cannot be signed, so none was signed/);
  assert.match(
    stopped.stderr,
    /bad\.csr: .*IP:10\.0\.0\.1 is not allowed by profile meter \(names\.ip\)/,
  );
  assert.match(
    stopped.stderr,
    /rsa\.csr: .*rsa-2048 is not allowed by profile meter \(key_usage, /,
  );
  const { exit, stdout, stderr } = await ca.run(["sign", good, bad, rsa, "--skip-bad"]);
  assert.equal(exit, 0);
  assert.match(stdout, /Certificate issued successfully\.\n {2}Serial: +02\n/);
  assert.equal(stderr.match(/^Warning: /gm)?.length, 2);
});

testBeforeInit("defaults of ca.toml hold for every command, and flags win", async (ca) => {
  await Deno.mkdir(ca.dataDirectory);
  ca.write(
    "ca.toml",
    '[defaults]\nkey_algorithm = "ecdsa-p384"\nreason = "superseded"\nvalidity = 20\n',
  );
  const made = await ca.done(["init", "--subject", "CN=Root"]);
  assert.match(made, /Algorithm: +ECDSA P-384\n/);
  const request = await ca.request();
  await ca.done(["sign", request]);
  await ca.done(["sign", request, "--validity", "10"]);
  assert.deepEqual([days(await certificate(ca, "02")), days(await certificate(ca, "03"))], [
    20,
    10,
  ]);
  assert.match(await ca.done(["revoke", "02"]), /Reason: superseded\n/);
  assert.match(await ca.done(["revoke", "03", "--reason", "keyCompromise"]), /keyCompromise\n/);
  assert.match(await ca.done(["check"]), /CA check: OK/);
});

testOnEachStore(
  "a mistake in ca.toml stops commands that need it, with exit 2 and its line",
  async (ca) => {
    ca.write("ca.toml", 'serial = "random"\nduplicate = "warn"\n');
    const request = await ca.request();
    const before = ca.tree();
    for (const words of [["sign", request], ["revoke", "02"], ["crl"], ["config", "check"]]) {
      const { exit, stderr } = await ca.run(words);
      assert.equal(exit, 2, words.join(" "));
      assert.match(
        stderr,
        /ca\.toml has a mistake\n {2}\S+ca\.toml:2: unknown key duplicate\. Did you mean/,
      );
    }
    // The login of PostgreSQL is in that file: nothing works without it.
    if (ca.store !== "postgres") {
      const { exit, stdout } = await ca.run(["check"]);
      assert.equal(exit, 1);
      assert.match(stdout, /Problem: .*ca\.toml/);
      assert.match(await ca.done(["list"]), /No certificates issued/);
    }
    assert.deepEqual(ca.tree(), before);
  },
);

testOnEachStore("a ca.toml that other users could write is refused with exit 4", async (ca) => {
  ca.write("ca.toml", "");
  const request = await ca.request();
  await Deno.chmod(ca.path("ca.toml"), 0o666);
  const before = ca.tree();
  for (const words of [["sign", request], ["config", "check"], ["revoke", "02"], ["crl"]]) {
    const { exit, stderr } = await ca.run(words);
    assert.equal(exit, 4, words.join(" "));
    assert.match(stderr, /^Error: cannot use \S+ca\.toml: .* could make certswap run commands/);
  }
  assert.deepEqual(ca.tree(), before);
  await Deno.chmod(ca.path("ca.toml"), 0o644);
  await ca.done(["sign", request]);
});

testOnEachStore("a ca.toml of another user is refused with exit 4", async (ca) => {
  ca.write("ca.toml", "");
  const request = await ca.request();
  // The file belongs to this user: seen by a user with another number, it belongs to someone else.
  const stat: typeof denoFileSystem.stat = (path) => {
    const info = denoFileSystem.stat(path);
    return path.endsWith("ca.toml") ? { ...info, uid: 4242 } : info;
  };
  const { exit, stderr } = await ca.run(["sign", request], {
    files: { ...denoFileSystem, stat },
  });
  assert.equal(exit, 4);
  assert.match(stderr, /ca\.toml/);
  assert.match(await ca.done(["list"]), /No certificates issued/);
});

testOnEachStore("a ca.toml that cannot be read stops sign", async (ca) => {
  ca.write("ca.toml", "");
  const request = await ca.request();
  const files = refusing(
    denoFileSystem,
    (operation, path) => operation === "open" && path.endsWith("ca.toml") ? "EIO" : undefined,
  );
  const { exit, stderr } = await ca.run(["sign", request], { files });
  assert.equal(exit, 1);
  assert.match(stderr, /ca\.toml/);
});

testOnEachStore(
  "ca config check shows how administrators log in, and the predecessor",
  async (ca) => {
    ca.write(
      "ca.toml",
      '[serve]\nadmin = "0.0.0.0:9090"\nnames = ["ca.example"]\nadmin_password_file = "/etc/password"\n' +
        'admin_client_ca = "/etc/admins.pem"\n[est]\npredecessor = "/var/lib/old-ca"\n',
    );
    const text = await ca.done(["config", "check"]);
    assert.match(
      text,
      /^ {2}Admin login: +password in \/etc\/password or client certificate from \/etc\/admins\.pem$/m,
    );
    assert.match(text, /^ {2}Predecessor: +\/var\/lib\/old-ca$/m);
  },
);

Deno.test("ca config check shows what holds, as text and as JSON", async () => {
  await withCa(async (ca) => {
    const none = await ca.done(["config", "check"]);
    assert.match(none, /^There is no ca\.toml in \S+: the built-in settings apply\.\n/);
    assert.match(
      none,
      /^Profile device \(default\)\n {2}For: +leaf certificates\n {2}Validity: +365d\n/m,
    );
    ca.write("ca.toml", settings);
    const text = await ca.done(["config", "check"]);
    assert.match(text, /^No mistakes in \S+ca\.toml\.\n/);
    assert.match(text, /^Profile meter \(default\)\n/m);
    assert.match(text, /^ {2}Validity: +90d, at most 120d\n/m);
    assert.match(text, /^ {2}DNS names: +\*\.meters\.fleet\.example\n {2}IP addresses: +none\n/m);
    const json = JSON.parse(await ca.done(["config", "check", "--json"]));
    assert.equal(json.defaults.profile, "meter");
    const profile = json.profiles.find(({ name }: { name: string }) => name === "meter");
    assert.deepEqual(profile, {
      name: "meter",
      ca: false,
      validity: "90d",
      maxValidity: "120d",
      backdate: "1m",
      keyUsage: ["digitalSignature", "keyAgreement"],
      extendedKeyUsage: ["clientAuth"],
      keyAlgorithms: ["ecdsa-p256", "ecdsa-p384"],
      subject: "O=Fleet,C=DE",
      names: { dns: ["*.meters.fleet.example"], ip: [], uri: [], email: [], subject: null },
      pathLength: null,
      nameConstraints: null,
    });
  });
});

testBeforeInit(
  "ca config check says that there is no CA, but checks settings without one",
  async (ca) => {
    const nothing = await ca.run(["config", "check"]);
    assert.equal(nothing.exit, 1);
    assert.match(nothing.stderr, /CA not initialized/);
    await Deno.mkdir(ca.dataDirectory);
    ca.write("ca.toml", "serial = 1\n");
    assert.equal((await ca.run(["config", "check"])).exit, 2);
    ca.write("ca.toml", "");
    await ca.done(["config", "check"]);
  },
);

testOnEachStore(
  "a certificate for time stamping has that purpose alone, and critical (RFC 3161 2.3)",
  async (ca) => {
    ca.write("ca.toml", '[profile.tsa]\nextended_key_usage = ["timeStamping"]\n');
    Deno.chmodSync(ca.path("ca.toml"), 0o644);
    await ca.done(["sign", await ca.request(), "--profile", "tsa"]);
    const { extensions } = await certificate(ca, "02");
    const purposes = extensions.filter(({ oid }) => oid === "2.5.29.37");
    assert.deepEqual(purposes.map(({ critical }) => critical), [true]);
    await ca.done(["sign", await ca.request()]);
    const other = await certificate(ca, "03");
    assert.equal(other.extensions.find(({ oid }) => oid === "2.5.29.37")?.critical, false);
  },
);
