import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import * as asn1 from "@peculiar/asn1-x509";
import { encodeAlternativeNames } from "../../../lib/x509/name/alternative_names.ts";
import { readCrl, readCrlFile } from "../../../lib/x509/read/crl.ts";
import {
  bitString,
  type Bytes,
  contextConstructed,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  time,
} from "../../../lib/x509/encoding/der_writer.ts";
import { purposeOid } from "../../../lib/x509/encoding/oids.ts";
import { encodeDistinguishedName } from "../../../lib/x509/name/distinguished_name.ts";
import { type Authority, issueLeaf, issueRoot } from "../../../lib/x509/write/certificate.ts";
import { type CrlFields, issueCrl } from "../../../lib/x509/write/crl.ts";
import { keyIdentifierOf } from "../../../lib/x509/key/key_identifier.ts";
import { type Certificate, readCertificate, verifyChain, writePem } from "../../../lib/x509/mod.ts";
import { readPkcs8 } from "../../../lib/x509/key/private_key.ts";
import { readPublicKeyInfo } from "../../../lib/x509/key/public_key.ts";
import { judgeSignature } from "../../../lib/x509/verify/signature.ts";
import { type KeyKind, keyKinds, usualKeyUsage } from "../../../lib/x509/key/kinds.ts";
import type { KeyUsage } from "../../../lib/x509/read/extensions.ts";
import { type GeneratedKey, webCryptoKeys } from "../../../lib/x509/key/signer.ts";

const notBefore = new Date("2026-01-01T00:00:00Z");
const notAfter = new Date("2027-01-01T00:00:00Z");
const rootName = encodeDistinguishedName("CN=Root,C=US");

interface Made {
  readonly root: Certificate;
  readonly authority: Authority;
  readonly leafKey: GeneratedKey;
}

async function makeRoot(type: KeyKind): Promise<Made> {
  const [key, leafKey] = await Promise.all([
    webCryptoKeys.generate(type),
    webCryptoKeys.generate("ecdsa-p256"),
  ]);
  const keyIdentifier = await keyIdentifierOf(readPublicKeyInfo(key.publicKey));
  const root = readCertificate(
    await issueRoot({
      serial: 1n,
      subject: rootName,
      notBefore,
      notAfter: new Date("2060-01-01T00:00:00Z"),
      publicKeyInfo: key.publicKey,
      keyIdentifier,
    }, key),
  );
  return { root, authority: { signer: key, name: rootName, keyIdentifier }, leafKey };
}

const makings = new Map<KeyKind, Promise<Made>>();
function making(type: KeyKind = "ecdsa-p256"): Promise<Made> {
  const made = makings.get(type) ?? makeRoot(type);
  makings.set(type, made);
  return made;
}

const tlsPurposes = [purposeOid.serverAuth, purposeOid.clientAuth];

async function leafOf(
  {
    serial = 2n,
    subject = "CN=leaf",
    names,
    keyUsage = ["digitalSignature"],
    purposes = tlsPurposes,
    rootType,
  }: {
    serial?: bigint;
    subject?: string;
    names?: string;
    keyUsage?: readonly KeyUsage[];
    purposes?: readonly string[];
    rootType?: KeyKind;
  } = {},
): Promise<Bytes> {
  const { authority, leafKey } = await making(rootType);
  return await issueLeaf({
    serial,
    subject: encodeDistinguishedName(subject),
    notBefore,
    notAfter,
    publicKeyInfo: leafKey.publicKey,
    keyIdentifier: await keyIdentifierOf(readPublicKeyInfo(leafKey.publicKey)),
    keyUsage,
    extendedKeyUsage: purposes,
    addresses: { crl: [], ocsp: [], issuer: [] },
    alternativeNames: names === undefined ? undefined : encodeAlternativeNames(names),
  }, authority);
}

const crlFields: CrlFields = {
  number: 1n,
  thisUpdate: notBefore,
  nextUpdate: notAfter,
  revoked: [
    { serial: 2n, revokedAt: notBefore, reason: "keyCompromise" },
    { serial: 0x80n, revokedAt: new Date("2055-01-01T00:00:00Z"), reason: "unspecified" },
  ],
};

const extensionsOf = ({ extensions }: Certificate): [string, boolean][] =>
  extensions.map(({ oid, critical }) => [oid, critical]);

Deno.test("issueRoot() adds critical basicConstraints and keyUsage, and a key identifier", async () => {
  const { root } = await making();
  assert.deepEqual(extensionsOf(root), [
    ["2.5.29.19", true],
    ["2.5.29.15", true],
    ["2.5.29.14", false],
  ]);
  assert.deepEqual(root.basicConstraints, { ca: true, pathLength: undefined });
  assert.deepEqual(root.keyUsage, ["keyCertSign", "cRLSign"]);
});

Deno.test("issueLeaf() adds exactly the extensions of a leaf, in this order", async () => {
  const leaf = readCertificate(await leafOf({ names: "DNS:a.b" }));
  assert.deepEqual(extensionsOf(leaf), [
    ["2.5.29.19", true],
    ["2.5.29.15", true],
    ["2.5.29.37", false],
    ["2.5.29.17", false],
    ["2.5.29.35", false],
    ["2.5.29.14", false],
  ]);
  assert.deepEqual(leaf.basicConstraints, { ca: false, pathLength: undefined });
  assert.deepEqual(leaf.keyUsage, ["digitalSignature"]);
  assert.deepEqual(leaf.extKeyUsage, [purposeOid.serverAuth, purposeOid.clientAuth]);
  assert.deepEqual(leaf.authorityKeyIdentifier, (await making()).root.subjectKeyIdentifier);
  assert.equal(leaf.version, 3);
});

Deno.test("issueLeaf() omits extendedKeyUsage if there is no purpose", async () => {
  const leaf = readCertificate(await leafOf({ purposes: [] }));
  assert.ok(!extensionsOf(leaf).some(([oid]) => oid === "2.5.29.37"));
});

Deno.test("issueLeaf() refuses a keyUsage without any bit (RFC 5280 4.2.1.3)", async () => {
  await assert.rejects(() => leafOf({ keyUsage: [] }), RangeError);
});

Deno.test("issueLeaf() writes keyUsage without zero bits at its end (X.690 11.2.2)", async () => {
  const bits = async (...keyUsage: KeyUsage[]): Promise<string | undefined> =>
    readCertificate(await leafOf({ keyUsage })).extensions
      .find(({ oid }) => oid === "2.5.29.15")?.value.toHex();
  assert.equal(await bits("digitalSignature"), "03020780");
  assert.equal(await bits("digitalSignature", "keyEncipherment"), "030205a0");
  assert.equal(await bits("keyAgreement", "encipherOnly"), "03020009");
  assert.equal(await bits("keyAgreement", "decipherOnly"), "0303070880");
});

Deno.test("usualKeyUsage() has keyEncipherment for RSA keys only", async () => {
  for (const kind of ["rsa-2048", "ecdsa-p384", "ed25519"] as const) {
    const usage = usualKeyUsage(keyKinds[kind].algorithm);
    assert.deepEqual(usage.slice(1), kind === "rsa-2048" ? ["keyEncipherment"] : []);
    assert.deepEqual(readCertificate(await leafOf({ keyUsage: usage })).keyUsage, usage);
  }
});

Deno.test("issueLeaf() makes subjectAltName critical if the subject is empty", async () => {
  assert.deepEqual(readCertificate(await leafOf()).subjectAltName, []);
  const nameless = readCertificate(await leafOf({ subject: "", names: "DNS:a" }));
  assert.ok(extensionsOf(nameless).some(([oid, critical]) => oid === "2.5.29.17" && critical));
});

Deno.test("keyIdentifierOf() is SHA-1 of the key's bits, not of the whole SubjectPublicKeyInfo", async () => {
  const { root } = await making();
  const bits = root.subjectPublicKeyInfo.bytes;
  const sha1 = createHash("sha1").update(bits).digest("hex");
  assert.equal(root.subjectKeyIdentifier?.toHex(), sha1);
});

for (const type of ["ecdsa-p256", "rsa-2048"] as const) {
  Deno.test(`a leaf, a root and a CRL of ${type} verify, and are encoded as by another library`, async () => {
    const { root, authority } = await making(type);
    const der = await leafOf({ rootType: type, names: "DNS:a.b,IP:10.0.0.1,URI:urn:x,email:a@b" });
    const path = await verifyChain({
      leaf: readCertificate(der),
      intermediates: [],
      anchors: [root],
      at: new Date("2026-06-01T00:00:00Z"),
    });
    assert.equal(path.length, 2);
    for (const certificate of [root.der, der]) {
      const parsed = AsnConvert.parse(certificate, asn1.Certificate);
      assert.deepEqual(new Uint8Array(AsnConvert.serialize(parsed)), certificate);
    }
    const crl = await issueCrl(crlFields, authority);
    const parsed = AsnConvert.parse(crl, asn1.CertificateList);
    assert.deepEqual(new Uint8Array(AsnConvert.serialize(parsed)), crl);
    const { is } = await judgeSignature(readCrl(crl), root.subjectPublicKeyInfo);
    assert.equal(is, "good");
  });
}

Deno.test("issueLeaf() accepts serial numbers of any size, always positive", async () => {
  for (const serial of [1n, 0x7fn, 0x80n, 0xffn, 0x100n, 2n ** 159n - 1n]) {
    const { serialNumber } = readCertificate(await leafOf({ serial }));
    assert.equal(BigInt(`0x${serialNumber}`), serial);
  }
});

Deno.test("dates are UTCTime through 2049 and GeneralizedTime from 2050 on", async () => {
  const { root } = await making();
  // The root is valid from 2026 to 2060.
  const text = new TextDecoder("latin1").decode(root.der);
  assert.ok(text.includes("\x17\x0d260101000000Z\x18\x0f20600101000000Z"));
});

Deno.test("issueCrl() writes version 2, the number, and one authorityKeyIdentifier", async () => {
  const { authority } = await making();
  const { tbsCertList } = AsnConvert.parse(
    await issueCrl(crlFields, authority),
    asn1.CertificateList,
  );
  assert.equal(tbsCertList.version, asn1.Version.v2);
  assert.deepEqual(tbsCertList.crlExtensions?.map(({ extnID, critical }) => [extnID, critical]), [
    ["2.5.29.35", false],
    ["2.5.29.20", false],
  ]);
});

Deno.test("issueCrl() writes expiredCertsOnCRL as GeneralizedTime, not critical, if given", async () => {
  const { authority } = await making();
  const expiredSince = new Date("2026-01-02T03:04:05Z");
  const der = await issueCrl({ ...crlFields, expiredSince }, authority);
  const { tbsCertList } = AsnConvert.parse(der, asn1.CertificateList);
  const { extnID, critical, extnValue } = tbsCertList.crlExtensions?.at(-1) ?? {};
  assert.deepEqual([extnID, critical], ["2.5.29.60", false]);
  const octets = new Uint8Array(extnValue?.buffer ?? new ArrayBuffer());
  assert.equal(new TextDecoder().decode(octets), "\x18\x0f20260102030405Z");
  assert.deepEqual(readCrl(der).expiredSince, expiredSince);
  assert.equal(readCrl(await issueCrl(crlFields, authority)).expiredSince, undefined);
});

Deno.test("issueCrl() writes a reason for each entry, and no extensions if it is unspecified", async () => {
  const { authority } = await making();
  const { tbsCertList } = AsnConvert.parse(
    await issueCrl(crlFields, authority),
    asn1.CertificateList,
  );
  const [first, second] = tbsCertList.revokedCertificates ?? [];
  assert.deepEqual(first?.crlEntryExtensions?.map(({ extnID }) => extnID), ["2.5.29.21"]);
  assert.equal(second?.crlEntryExtensions, undefined);
});

Deno.test("issueCrl() omits the list if nothing is revoked", async () => {
  const { authority } = await making();
  const der = await issueCrl({ ...crlFields, revoked: [] }, authority);
  const { tbsCertList } = AsnConvert.parse(der, asn1.CertificateList);
  assert.equal(tbsCertList.revokedCertificates, undefined);
  assert.deepEqual([...readCrl(der).entries], []);
});

Deno.test("issueCrl() can list more certificates than a call can have arguments", async () => {
  const { authority } = await making();
  const one = { serial: 2n, revokedAt: notBefore, reason: "unspecified" } as const;
  const der = await issueCrl({ ...crlFields, revoked: Array(150_000).fill(one) }, authority);
  assert.equal(readCrl(der).entries.length, 150_000);
});

Deno.test("readCrl() reads back what issueCrl() wrote", async () => {
  const { authority } = await making();
  const crl = readCrl(await issueCrl({ ...crlFields, number: 2n ** 150n }, authority));
  assert.equal(crl.number, 2n ** 150n);
  assert.deepEqual([crl.thisUpdate, crl.nextUpdate], [notBefore, notAfter]);
  assert.deepEqual([...crl.entries], crlFields.revoked);
  assert.deepEqual(crl.criticalExtensions, []);
});

Deno.test("readCrlFile() accepts exactly one CRL block", async () => {
  const { authority, root } = await making();
  const pem = writePem("X509 CRL", await issueCrl(crlFields, authority));
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  assert.equal(readCrlFile(encode(pem)).number, 1n);
  assert.throws(() => readCrlFile(encode(pem + pem)), { code: "bad-crl" });
  assert.throws(() => readCrlFile(encode(writePem("CERTIFICATE", root.der))), { code: "bad-crl" });
});

Deno.test("webCryptoKeys.load() loads a key that signs like the one that was written", async () => {
  for (const type of ["ecdsa-p256", "rsa-2048"] as const) {
    const { authority, root } = await making(type);
    const written = readPkcs8((authority.signer as GeneratedKey).pkcs8);
    const signer = await webCryptoKeys.load(written, root.subjectPublicKeyInfo);
    const crl = readCrl(await issueCrl(crlFields, { ...authority, signer }));
    assert.equal((await judgeSignature(crl, root.subjectPublicKeyInfo)).is, "good");
  }
});

Deno.test("readCrl() refuses a repeated extension of the CRL or of an entry", async () => {
  const { authority } = await making();
  const algorithm = authority.signer.algorithm.signature;
  const number = sequence(objectIdentifier("2.5.29.20"), octetString(integer(1n)));
  const entryOf = (...extensions: Bytes[]): Bytes =>
    sequence(integer(2n), time(notBefore), sequence(...extensions));
  const crl = (entry: Bytes, ...extensions: Bytes[]): Bytes =>
    sequence(
      sequence(
        integer(1n),
        algorithm,
        rootName,
        time(notBefore),
        time(notAfter),
        sequence(entry),
        contextConstructed(0, sequence(...extensions)),
      ),
      algorithm,
      bitString(new Uint8Array(8)),
    );
  assert.equal(readCrl(crl(entryOf(number), number)).number, 1n);
  for (const der of [crl(entryOf(number), number, number), crl(entryOf(number, number), number)]) {
    assert.throws(() => readCrl(der), { code: "bad-crl", problem: "repeated-extension" });
  }
});

Deno.test("readCrl() refuses two signature algorithms, and versions other than 1 and 2", async () => {
  const { authority } = await making();
  const der = await issueCrl(crlFields, authority);
  const algorithm = "06082a8648ce3d040302";
  const otherAlgorithm = "06082a8648ce3d040303";
  const version = `020101300a${algorithm}`;
  const changes: [string, string][] = [
    [algorithm, otherAlgorithm],
    [version, version.replace("020101", "020102")],
  ];
  for (const [from, to] of changes) {
    const changed = Uint8Array.fromHex(der.toHex().replace(from, to));
    assert.throws(() => readCrl(changed), { code: "bad-crl" });
  }
});
