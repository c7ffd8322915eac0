/** What the CA writes keeps RFC 5280, by a linter, and every lint finds what breaks it. */
import assert from "node:assert/strict";
import { encodeDistinguishedName } from "../../lib/x509/name/distinguished_name.ts";
import { DerReader } from "../../lib/x509/encoding/der_reader.ts";
import { extensionOid, purposeOid } from "../../lib/x509/encoding/oids.ts";
import {
  type Certificate,
  kindsFor,
  readName,
  readSingleCertificateFile,
} from "../../lib/x509/mod.ts";
import { type Crl, readCrlFile } from "../../lib/x509/read/crl.ts";
import { type TestCa, withCa } from "../support/ca.ts";
import {
  type certificateLints,
  type crlLints,
  lintCertificate,
  lintCrl,
  type Linted,
} from "../support/rfc5280/lints.ts";

const profiles = ["device", "server", "client", "intermediate"];

function certificate(ca: TestCa, name: string): Certificate {
  return readSingleCertificateFile(Deno.readFileSync(ca.path(name)));
}

for (const kind of kindsFor("ca").filter((kind) => !/^rsa-[34]/.test(kind))) {
  Deno.test(`a root of ${kind}, its leaves of every profile and its CRL keep RFC 5280`, async () => {
    await withCa(async (ca) => {
      ca.write(
        "ca.toml",
        [
          "[addresses]",
          'crl = ["http://ca.example/ca.crl"]',
          'ocsp = ["http://ocsp.example/"]',
          'issuer = ["http://ca.example/ca.crt"]',
        ].join("\n"),
      );
      const root = certificate(ca, "ca.crt");
      assert.deepEqual(await lintCertificate({ certificate: root, issuer: root }), []);
      for (
        const [index, keyType] of kindsFor("leaf").filter((one) => !/^rsa-[34]/.test(one)).entries()
      ) {
        for (const profile of profiles) {
          if (profile === "intermediate" && keyType === "ed25519") continue;
          const isCa = profile === "intermediate";
          const craft = isCa || index > 0
            ? { subject: `CN=${profile}`, keyType }
            : { subject: "", names: "DNS:a.example", keyType };
          await ca.done(["sign", await ca.request("a.csr", craft), "--profile", profile]);
        }
      }
      await ca.done(["revoke", "02"]);
      await ca.done(["crl"]);
      for (const { name } of Deno.readDirSync(ca.path("certs"))) {
        const leaf = certificate(ca, `certs/${name}`);
        assert.ok(leaf.extensions.some(({ oid }) => oid === extensionOid.authorityInfoAccess));
        assert.deepEqual(await lintCertificate({ certificate: leaf, issuer: root }), [], name);
      }
      assert.deepEqual(lintCrl(readCrlFile(Deno.readFileSync(ca.path("ca.crl")))), []);
    }, ["--key-algorithm", kind]);
  });
}

const emptyName = readName(new DerReader(encodeDistinguishedName("")));
const otherName = readName(new DerReader(encodeDistinguishedName("CN=other")));
const bytes = Uint8Array.of(1, 2, 3);

/** An extension with another criticality, or a new one. */
function marked({ extensions }: Certificate, oid: string, critical: boolean): Partial<Certificate> {
  const others = extensions.filter((extension) => extension.oid !== oid);
  return { extensions: [...others, { oid, critical, value: bytes }] };
}

/** Changes to a leaf, each of which breaks one lint at least. */
const breaks: Readonly<
  Record<keyof typeof certificateLints, (leaf: Certificate) => Partial<Certificate>>
> = {
  "4.1.2.1: version 3 if there are extensions": () => ({ version: 1 }),
  "4.1.2.2: a positive serial number of at most 20 octets": () => ({ serial: 0n }),
  "4.1.2.4: an issuer that is not empty": () => ({ issuer: emptyName }),
  "4.1.2.4: the issuer is the subject of its CA, as encoded": () => ({ issuer: otherName }),
  "4.1.2.5: a validity that does not end before it begins": () => ({ notAfter: new Date(0) }),
  "4.1.2.6: a CA has a subject": () => ({
    subject: emptyName,
    basicConstraints: { ca: true, pathLength: undefined },
  }),
  "4.2.1.1: an authorityKeyIdentifier unless self-signed": () => ({
    authorityKeyIdentifier: undefined,
  }),
  "4.2.1.1: it is the subjectKeyIdentifier of the issuer": () => ({
    authorityKeyIdentifier: bytes,
  }),
  "4.2.1.1: not critical": (leaf) => marked(leaf, extensionOid.authorityKeyIdentifier, true),
  "4.2.1.2: a subjectKeyIdentifier of method 1": () => ({ subjectKeyIdentifier: bytes }),
  "4.2.1.2: not critical": (leaf) => marked(leaf, extensionOid.subjectKeyIdentifier, true),
  "4.2.1.3: keyUsage is critical": (leaf) => marked(leaf, extensionOid.keyUsage, false),
  "4.2.1.3: keyCertSign exactly in CA certificates": () => ({ keyUsage: ["keyCertSign"] }),
  "4.2.1.3: encipherOnly and decipherOnly only with keyAgreement": () => ({
    keyUsage: ["encipherOnly"],
  }),
  "4.2.1.6: subjectAltName is critical if the subject is empty": () => ({ subject: emptyName }),
  "4.2.1.9: basicConstraints is critical": (leaf) =>
    marked(leaf, extensionOid.basicConstraints, false),
  "4.2.1.9: pathLenConstraint only in CA certificates": () => ({
    basicConstraints: { ca: false, pathLength: 0 },
  }),
  "4.2.1.10: nameConstraints only in CA certificates, critical": (leaf) =>
    marked(leaf, extensionOid.nameConstraints, true),
  "4.2.1.12: anyExtendedKeyUsage is not critical": (leaf) => ({
    ...marked(leaf, extensionOid.extKeyUsage, true),
    extKeyUsage: [purposeOid.anyExtendedKeyUsage],
  }),
  "4.2.1.13: cRLDistributionPoints is not critical": (leaf) =>
    marked(leaf, extensionOid.cRLDistributionPoints, true),
  "4.2.2.1: authorityInfoAccess is not critical": (leaf) =>
    marked(leaf, extensionOid.authorityInfoAccess, true),
};

Deno.test("every lint of certificates finds what breaks its clause", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    const issuer = certificate(ca, "ca.crt");
    const leaf = certificate(ca, "certs/02.pem");
    for (const [clause, change] of Object.entries(breaks)) {
      const broken: Linted = { certificate: { ...leaf, ...change(leaf) }, issuer };
      const found = await lintCertificate(broken);
      assert.ok(found.includes(clause), `${clause}: found ${found.join("; ")}`);
    }
  });
});

const crlBreaks: Readonly<Record<keyof typeof crlLints, Partial<Crl>>> = {
  "5.1.2.5: a nextUpdate, after thisUpdate": { nextUpdate: undefined },
  "5.2: no critical extension": { criticalExtensions: ["2.5.29.28"] },
  "5.2.1: one authorityKeyIdentifier": { hasRepeatedAuthorityKeyIdentifier: true },
  "5.2.3: a cRLNumber of at most 20 octets": { number: undefined },
};

Deno.test("every lint of CRLs finds what breaks its clause", async () => {
  await withCa(async (ca) => {
    await ca.done(["crl"]);
    const crl = readCrlFile(Deno.readFileSync(ca.path("ca.crl")));
    for (const [clause, change] of Object.entries(crlBreaks)) {
      assert.deepEqual(lintCrl({ ...crl, ...change }), [clause]);
    }
  });
});
