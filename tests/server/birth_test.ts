/** Enrolment with bootstrap certificates of manufacturers: genuine and forged ones. */
import assert from "node:assert/strict";
import { encodeAlternativeNames } from "../../lib/x509/name/alternative_names.ts";
import { encodeDistinguishedName } from "../../lib/x509/name/distinguished_name.ts";
import {
  type Authority,
  type Bytes,
  type Certificate,
  encodePem,
  issueCrl,
  issueIntermediate,
  issueLeaf,
  issueRoot,
  keyIdentifierOf,
  purposeOid,
  readCertificate,
  readPublicKeyInfo,
  webCryptoKeys,
  writePem,
} from "../../lib/x509/mod.ts";
import { bitString, integer, sequence, time } from "../../lib/x509/encoding/der_writer.ts";
import { denoFileSystem, type HttpResponse } from "../../lib/system/mod.ts";
import type { TestCa } from "../support/ca.ts";
import { describe } from "../../lib/cli/messages/mod.ts";
import { type Device, device, issued, serials, type TestEst, withEst } from "./test_est.ts";
import { textOf } from "./test_server.ts";

/** Of a bootstrap certificate, and of the CA that signs it. */
interface BirthCraft {
  readonly subject?: string;
  readonly names?: string;
  readonly by?: Authority;
  readonly notAfter?: Date;
  readonly notBefore?: Date;
  readonly purposes?: readonly string[];
  readonly serial?: bigint;
  readonly key?: Bytes;
}

const noAddresses = { crl: [], ocsp: [], issuer: [] };
const start = new Date("2020-01-01T00:00:00Z");
/** RFC 5280 4.1.2.5: no good end. */
const never = new Date("9999-12-31T23:59:59Z");

/** A CA of a manufacturer, below another one if there is one. */
async function authority(
  name = "CN=Acme Devices",
  above?: { readonly by: Authority; readonly pathLength: number | undefined },
): Promise<{ readonly by: Authority; readonly certificate: Certificate }> {
  const signer = await webCryptoKeys.generate("ecdsa-p256");
  const keyIdentifier = await keyIdentifierOf(readPublicKeyInfo(signer.publicKey));
  const subject = encodeDistinguishedName(name);
  const publicKeyInfo = signer.publicKey;
  const fields = { serial: 7n, subject, notBefore: start, notAfter: never, publicKeyInfo };
  const der = above === undefined
    ? await issueRoot({ ...fields, keyIdentifier }, signer)
    : await issueIntermediate({
      ...fields,
      keyIdentifier,
      pathLength: above.pathLength,
      nameConstraints: undefined,
      extendedKeyUsage: [],
      addresses: noAddresses,
    }, above.by);
  return { by: { signer, name: subject, keyIdentifier }, certificate: readCertificate(der) };
}

const acme = await authority();
const deviceKey = (await webCryptoKeys.generate("ecdsa-p256")).publicKey;

async function birth(craft: BirthCraft = {}): Promise<Certificate> {
  const { subject = "CN=Meter,serialNumber=0017", names, by = acme.by } = craft;
  const publicKeyInfo = craft.key ?? deviceKey;
  return readCertificate(
    await issueLeaf({
      serial: craft.serial ?? 0x17n,
      subject: encodeDistinguishedName(subject),
      notBefore: craft.notBefore ?? start,
      notAfter: craft.notAfter ?? never,
      publicKeyInfo,
      keyIdentifier: await keyIdentifierOf(readPublicKeyInfo(publicKeyInfo)),
      keyUsage: ["digitalSignature"],
      extendedKeyUsage: craft.purposes ?? [],
      alternativeNames: names === undefined ? undefined : encodeAlternativeNames(names),
      addresses: noAddresses,
    }, by),
  );
}

/** A certificate of version 1: it has no extensions (RFC 5280 4.1.2.1). */
async function versionOne(): Promise<Certificate> {
  const { signer, name } = acme.by;
  const tbs = sequence(
    integer(0x17n),
    signer.algorithm.signature,
    name,
    sequence(time(start), time(never)),
    encodeDistinguishedName("CN=Meter,serialNumber=0017"),
    deviceKey,
  );
  const signature = bitString(await signer.sign(tbs));
  return readCertificate(sequence(tbs, signer.algorithm.signature, signature));
}

async function crlOf(
  by: Authority,
  revoked: readonly bigint[],
  nextUpdate = never,
): Promise<Bytes> {
  return await issueCrl({
    number: 1n,
    thisUpdate: start,
    nextUpdate,
    revoked: revoked.map((serial) => ({ serial, revokedAt: start, reason: "keyCompromise" })),
    expiredSince: undefined,
  }, by);
}

const name = "DNS:m-0017.fleet.example";
const subject = "CN=m-0017.fleet.example";

/** Enrols for the name of the meter 0017 by default. */
type EnrolWith = (
  certificate: Certificate,
  options?: { names?: string; subject?: string; others?: readonly Certificate[] },
) => Promise<HttpResponse>;

interface TestBirth extends TestEst {
  readonly enrolWith: EnrolWith;
  readonly meter: Device;
}

async function withManufacturer(
  work: (test: TestBirth) => Promise<void>,
  { table = "", anchor = acme.certificate, settings = "" }: {
    /** Further keys of the table. `DIR` is the directory of the test. */
    readonly table?: string;
    readonly anchor?: Certificate;
    readonly settings?: string;
  } = {},
): Promise<void> {
  await withEst(async (est) => {
    denoFileSystem.createFile(`${est.ca.root}/acme.pem`, 0o644).write(
      new TextEncoder().encode(writePem("CERTIFICATE", anchor.der)),
    );
    const meter = await device();
    const enrolWith: EnrolWith = async (certificate, options = {}) =>
      await est.enrol(await meter.request(options.names ?? name, options.subject ?? subject), {
        certificate,
        others: options.others ?? [],
      });
    await work({ ...est, meter, enrolWith });
  }, (ca) =>
    `[[manufacturer]]
name = "acme"
ca = "${ca.root}/acme.pem"
names = ["DNS:m-{serialNumber}.fleet.example", "DNS:{DNS}"]
${table.replaceAll("DIR", ca.root)}
${settings}`);
}

function write(ca: TestCa, file: string, content: Uint8Array): void {
  Deno.writeFileSync(`${ca.root}/${file}`, content);
}

/** What was refused, and why: as the log has it. */
function refusals({ events }: TestEst): unknown[] {
  return events.flatMap((event) =>
    event.event === "enrolment-refused" ? [(event.error as { reason?: string }).reason] : []
  );
}

Deno.test("a bootstrap certificate that never expires enrols, and the history says so", async () => {
  await withManufacturer(async ({ enrolWith, ca, meter, events }) => {
    const first = issued(await enrolWith(await birth()));
    assert.equal(first.serialNumber, "02");
    assert.match(await ca.done(["show", "02"]), /EST bootstrap certificate 17 of acme/);
    const history = (await ca.done(["history", "--json"])).trim();
    const event = JSON.parse(history).events.find(({ kind }: { kind: string }) => kind === "birth");
    assert.deepEqual([event.serial, event.name], ["02", "acme"]);
    assert.ok(events.some((one) => one.event === "enrolled" && one.by.includes("of acme")));
    // The answer may have been lost: the same key gets the same certificate.
    assert.equal(issued(await enrolWith(await birth())).serialNumber, "02");
    // A factory reset: a new key, and the old certificate is superseded.
    await meter.newKey();
    assert.equal(issued(await enrolWith(await birth())).serialNumber, "03");
    assert.match(await ca.done(["show", "02"]), /superseded by 03/);
    assert.match(await ca.done(["check"]), /OK/);
  });
});

Deno.test("forged bootstrap certificates get nothing", async () => {
  const other = await authority("CN=Other");
  const impostor = await authority();
  const limited = await authority("CN=Acme Limited", { by: acme.by, pathLength: 0 });
  const below = await authority("CN=Acme Below", { by: limited.by, pathLength: undefined });
  const device = await birth();
  const forged: readonly (readonly [string, number, readonly Certificate[]])[] = [
    ["another CA", 401, [await birth({ by: other.by })]],
    ["another CA, sent along", 401, [await birth({ by: other.by }), other.certificate]],
    ["the same name, another key", 401, [await birth({ by: impostor.by }), impostor.certificate]],
    ["version 1", 401, [await versionOne()]],
    ["signed by a device", 401, [
      await birth({ by: { ...impostor.by, name: device.subject.der } }),
      device,
    ]],
    ["the CA itself", 401, [acme.certificate]],
    ["a CA below it", 401, [limited.certificate]],
    ["expired", 403, [await birth({ notAfter: new Date("2021-01-01T00:00:00Z") })]],
    ["not valid yet", 403, [await birth({ notBefore: new Date("2090-01-01T00:00:00Z") })]],
    ["for servers", 403, [await birth({ purposes: [purposeOid.serverAuth] })]],
    ["too long a path", 403, [
      await birth({ by: below.by }),
      below.certificate,
      limited.certificate,
    ]],
  ];
  await withManufacturer(async ({ enrolWith, ca }) => {
    for (const [what, status, [certificate, ...others]] of forged) {
      assert.ok(certificate !== undefined);
      const response = await enrolWith(certificate, { others });
      assert.equal(response.status, status, `${what}: ${textOf(response)}`);
    }
    assert.deepEqual(serials(ca), []);
    // A CA below the manufacturer's is good.
    issued(await enrolWith(await birth({ by: limited.by }), { others: [limited.certificate] }));
  });
});

Deno.test("a bootstrap certificate allows the names that follow from it, and no others", async () => {
  await withManufacturer(async (test) => {
    const { enrolWith, ca } = test;
    const certificate = await birth({ names: "DNS:gate.fleet.example" });
    const wrong: readonly { names?: string; subject?: string }[] = [
      { names: "DNS:m-0018.fleet.example", subject: "CN=m-0018.fleet.example" },
      { names: `${name},DNS:m-0018.fleet.example` },
      { names: "DNS:*.fleet.example" },
      { names: "IP:192.0.2.1" },
      { subject: "CN=m-0018.fleet.example" },
      { subject: "CN=Meter 18" },
      { subject: `${subject},serialNumber=0018` },
    ];
    for (const options of wrong) {
      assert.equal((await enrolWith(certificate, options)).status, 403, JSON.stringify(options));
    }
    assert.deepEqual(new Set(refusals(test)), new Set(["birth-names"]));
    // Values with signs that mean something, and fields that are there twice, allow nothing.
    for (const odd of ["CN=M,serialNumber=0/7", "CN=M,serialNumber=1,serialNumber=2", "CN=M"]) {
      const names = "DNS:m-1.fleet.example";
      assert.equal((await enrolWith(await birth({ subject: odd }), { names })).status, 403);
    }
    assert.deepEqual(serials(ca), []);
    issued(await enrolWith(certificate, { names: `${name},DNS:gate.fleet.example` }));
  });
});

Deno.test("the policy for names and the profile hold for bootstrap certificates too", async () => {
  const settings = '[profile.meter]\nvalidity = "30d"\n[profile.meter.names]\ndns = ["m-*"]\n';
  await withManufacturer(async ({ enrolWith, enrol, meter }) => {
    const certificate = await birth({ names: "DNS:gate.fleet.example" });
    const names = "DNS:gate.fleet.example";
    const other = await enrolWith(certificate, { names, subject: "CN=gate.fleet.example" });
    assert.equal(other.status, 403);
    assert.match(textOf(other), /not allowed by profile meter/);
    const request = await meter.request(name, subject);
    const ofClient = await enrol(request, { certificate, operation: "client/simpleenroll" });
    assert.equal(ofClient.status, 403);
    // It is not a certificate of this CA, so it renews nothing.
    const renewal = await enrol(request, { certificate, operation: "simplereenroll" });
    assert.equal(renewal.status, 403);
    issued(await enrolWith(certificate));
  }, { table: 'profile = "meter"', settings });
});

Deno.test("a device has one identity at a time, unless the settings allow more", async () => {
  const second = { names: "DNS:gate.fleet.example", subject: "CN=gate.fleet.example" };
  const certificate = await birth({ names: "DNS:gate.fleet.example" });
  await withManufacturer(async (test) => {
    issued(await test.enrolWith(certificate));
    // Another bootstrap certificate with the same key is the same device.
    const again = await birth({ names: "DNS:gate.fleet.example", serial: 0x18n });
    for (const one of [certificate, again]) {
      assert.equal((await test.enrolWith(one, second)).status, 403);
    }
    assert.deepEqual(refusals(test), ["birth-second", "birth-second"]);
    // When the first one is over, another one may begin.
    test.time.now = new Date(test.time.now.getTime() + 400 * 24 * 3600 * 1000);
    issued(await test.enrolWith(certificate, second));
  });
  await withManufacturer(async ({ enrolWith }) => {
    issued(await enrolWith(certificate));
    issued(await enrolWith(certificate, second));
  }, { table: 'identities = "many"' });
});

Deno.test("a device cannot take the names of another one", async () => {
  await withManufacturer(async (test) => {
    const gate = { names: "DNS:gate.fleet.example", subject: "CN=gate.fleet.example" };
    issued(await test.enrolWith(await birth({ names: gate.names }), gate));
    const key = (await webCryptoKeys.generate("ecdsa-p256")).publicKey;
    const other = await birth({ names: gate.names, key, serial: 0x18n });
    await test.meter.newKey();
    assert.equal((await test.enrolWith(other, gate)).status, 403);
    assert.deepEqual(refusals(test), ["birth-taken"]);
  });
});

Deno.test("after a revocation a device gets no new certificate with its bootstrap certificate", async () => {
  await withManufacturer(async (test) => {
    const { enrolWith, enrol, ca, meter, token } = test;
    const certificate = await birth({ names: "DNS:gate.fleet.example" });
    const first = issued(await enrolWith(certificate));
    await meter.newKey();
    const request = await meter.request(name, subject);
    issued(await enrol(request, { certificate: first, operation: "simplereenroll" }));
    await ca.done(["revoke", "03"]);
    await meter.newKey();
    assert.equal((await enrolWith(certificate)).status, 403);
    const second = { names: "DNS:gate.fleet.example", subject: "CN=gate.fleet.example" };
    assert.equal((await enrolWith(certificate, second)).status, 403);
    assert.deepEqual(refusals(test), ["birth-blocked", "birth-blocked"]);
    // A person can give it a secret.
    issued(await enrol(await meter.request(name, subject), { secret: await token() }));
  });
});

Deno.test("the manufacturer's CRL is checked, and without a usable one nothing is issued", async () => {
  await withManufacturer(async (test) => {
    const { enrolWith, ca } = test;
    const impostor = await authority();
    const outcome = async (crl: Uint8Array): Promise<number> => {
      write(ca, "acme.crl", crl);
      return (await enrolWith(await birth())).status;
    };
    assert.equal(await outcome(await crlOf(acme.by, [0x17n])), 403);
    assert.equal(await outcome(encodePem("X509 CRL", await crlOf(acme.by, [0x17n]))), 403);
    assert.equal(await outcome(await crlOf(impostor.by, [])), 503);
    assert.equal(await outcome(await crlOf(acme.by, [], new Date("2021-01-01T00:00:00Z"))), 503);
    assert.equal(await outcome(new TextEncoder().encode("nonsense")), 503);
    const failed = test.events.find(({ event }) => event === "cannot-enrol");
    assert.ok(failed?.event === "cannot-enrol");
    const { message } = describe(failed.error);
    assert.ok(message.startsWith(`cannot use ${ca.root}/acme.crl of manufacturer acme: `), message);
    assert.deepEqual(refusals(test), ["birth-revoked", "birth-revoked", "birth-crl", "birth-crl"]);
    Deno.removeSync(`${ca.root}/acme.crl`);
    assert.equal((await enrolWith(await birth())).status, 503);
    assert.deepEqual(serials(ca), []);
    assert.equal(await outcome(encodePem("X509 CRL", await crlOf(acme.by, [0x18n]))), 200);
  }, { table: 'crl = "DIR/acme.crl"' });
});

Deno.test("mistakes in [[manufacturer]] are reported with their line", async () => {
  const wrong = `[[manufacturer]]
name = "acme"
ca = "acme.pem"
names = ["DNS:fleet.example", "DNS:{serial}.fleet.example", "IP:{CN}", "DNS:*.{CN}"]
identities = "two"
`;
  const contradictory = `[[manufacturer]]
name = "acme"
ca = "/acme.pem"
names = "DNS:{CN}"
profile = "intermediate"
[[manufacturer]]
name = "acme"
ca = "/acme.pem"
names = "DNS:{CN}"
profile = "none"
`;
  await withEst(async ({ ca }) => {
    for (const [settings, lines] of [[wrong, [3, 4, 5]], [contradictory, [5, 7, 10]]] as const) {
      ca.write("ca.toml", settings);
      const { exit, stderr } = await ca.run(["config", "check"]);
      assert.equal(exit, 2);
      for (const line of lines) assert.match(stderr, new RegExp(`ca.toml:${line}: `));
    }
  });
});

Deno.test("files of a manufacturer that have changed count from the next request on", async () => {
  await withManufacturer(async ({ enrolWith, ca, time }) => {
    // So late that the files count as unchanged until they are written again.
    time.now = new Date(Date.now() + 3_600_000);
    const status = async (): Promise<number> => (await enrolWith(await birth())).status;
    write(ca, "acme.crl", await crlOf(acme.by, []));
    assert.equal(await status(), 200);
    write(ca, "acme.crl", await crlOf(acme.by, [0x17n]));
    assert.equal(await status(), 403);
    write(ca, "acme.crl", await crlOf(acme.by, []));
    assert.equal(await status(), 200);
    const other = await authority("CN=Other");
    write(ca, "acme.pem", encodePem("CERTIFICATE", other.certificate.der));
    assert.equal(await status(), 401);
  }, { table: 'crl = ["DIR/acme.crl"]' });
});
