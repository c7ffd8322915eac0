import assert from "node:assert/strict";
import { AsnConvert } from "@peculiar/asn1-schema";
import * as asn1 from "@peculiar/asn1-x509";
import { CertswapError } from "../../lib/system/errors.ts";
import { type Certificate, readCertificate } from "../../lib/x509/read/certificate.ts";
import type { GeneralName } from "../../lib/x509/name/general_name.ts";
import type { Name } from "../../lib/x509/name/name.ts";
import { SeededRandom } from "../support/random.ts";
import { allCertificates } from "./fixtures.ts";
import { mutate, randomCertificate } from "./random_certificate.ts";

/**
 * Compares our reader with `@peculiar/asn1-x509`, an independent implementation: if ours accepts a
 * certificate, both must read the same.
 */

Deno.test("readCertificate() reads certificates by OpenSSL as asn1-x509 does", () => {
  for (const [name, { pem }] of allCertificates()) {
    const der = fromPem(pem);
    assert.deepEqual(view(readCertificate(der)), viewOfTheirs(der), name);
  }
});

Deno.test("readCertificate() reads 2,000 random certificates as asn1-x509 does", () => {
  const counts = compareAll(2000, randomCertificate);
  console.log(`  random: ${describe(counts)}`);
  // It refuses strings with characters that their type does not allow, and extensions without content.
  assert.ok(counts.accepted > 1500, describe(counts));
});

Deno.test("readCertificate() reads 20,000 mutated certificates as asn1-x509 does, or refuses them", () => {
  const originals = [
    ...allCertificates().map(([, { pem }]) => fromPem(pem)),
    ...Array.from({ length: 100 }, (_, seed) => randomCertificate(new SeededRandom(seed))),
  ];
  const counts = compareAll(20_000, (random) => {
    const original = originals[random.below(originals.length)] ?? new Uint8Array();
    return mutate(original, random);
  });
  console.log(`  mutated: ${describe(counts)}`);
  assert.ok(counts.accepted > 1000 && counts.refused > 1000, describe(counts));
});

interface Counts {
  accepted: number;
  refused: number;
}

function describe({ accepted, refused }: Counts): string {
  return `${accepted} accepted and read alike, ${refused} refused`;
}

function compareAll(
  count: number,
  make: (random: SeededRandom) => Uint8Array<ArrayBuffer>,
): Counts {
  const counts = { accepted: 0, refused: 0 };
  for (let seed = 0; seed < count; seed++) {
    const der = make(new SeededRandom(seed));
    const ours = readOrRefuse(der);
    if (ours === undefined) {
      counts.refused++;
      continue;
    }
    counts.accepted++;
    assert.deepEqual(view(ours), viewOfTheirs(der), `seed ${seed}: ${der.toHex()}`);
  }
  return counts;
}

function readOrRefuse(der: Uint8Array): Certificate | undefined {
  try {
    return readCertificate(der);
  } catch (error) {
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}

/** What both readers report, in a comparable form. Bytes are in hexadecimal. */
interface View {
  readonly [field: string]: unknown;
}

function view(certificate: Certificate): View {
  const { subjectPublicKeyInfo: key, basicConstraints, signatureAlgorithm } = certificate;
  return {
    version: certificate.version,
    serialNumber: certificate.serialNumber,
    issuer: viewName(certificate.issuer),
    subject: viewName(certificate.subject),
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    keyAlgorithm: [key.identifier.oid, key.identifier.parameters?.der.toHex()],
    key: key.bytes.toHex(),
    keyDer: key.der.toHex(),
    signatureAlgorithm: [signatureAlgorithm.oid, signatureAlgorithm.parameters?.der.toHex()],
    signature: certificate.signature.toHex(),
    tbs: certificate.tbs.toHex(),
    extensions: certificate.extensions.map(({ oid, critical, value }) => [
      oid,
      critical,
      value.toHex(),
    ]),
    basicConstraints: basicConstraints && [basicConstraints.ca, basicConstraints.pathLength],
    keyUsage: certificate.keyUsage?.toSorted(),
    extKeyUsage: certificate.extKeyUsage,
    subjectAltName: certificate.subjectAltName.map(viewGeneralName),
    subjectKeyIdentifier: certificate.subjectKeyIdentifier?.toHex(),
    authorityKeyIdentifier: certificate.authorityKeyIdentifier?.toHex(),
  };
}

function viewName(name: Name): unknown {
  return name.relativeNames.map((attributes) =>
    attributes.map(({ type, text, tag, der }) => {
      if (tag === universalString) return [type, "UniversalString"];
      return [type, text === undefined || unknownToThem.has(tag) ? der.toHex() : text];
    })
  );
}

/** asn1-x509 reads characters above 65,535 in it as nothing. */
const universalString = 0x1c;

/** NumericString and VisibleString: asn1-x509 keeps the DER. */
const unknownToThem: ReadonlySet<number> = new Set([0x12, 0x1a]);

function viewGeneralName(name: GeneralName): unknown {
  if (name.kind === "ip") return ["ip", name.address.toHex()];
  return "text" in name ? [name.kind, name.text] : [name.kind];
}

function viewOfTheirs(der: Uint8Array<ArrayBuffer>): View {
  const certificate = AsnConvert.parse(der, asn1.Certificate);
  const { tbsCertificate: tbs } = certificate;
  const parse = <T>(oid: string, type: new () => T): T | undefined => {
    const extension = tbs.extensions?.find(({ extnID }) => extnID === oid);
    return extension && AsnConvert.parse(extension.extnValue, type);
  };
  const basicConstraints = parse(asn1.id_ce_basicConstraints, asn1.BasicConstraints);
  const identifier = parse(asn1.id_ce_authorityKeyIdentifier, asn1.AuthorityKeyIdentifier);
  const { algorithm, subjectPublicKey } = tbs.subjectPublicKeyInfo;
  return {
    version: tbs.version + 1,
    serialNumber: viewSerialNumber(tbs.serialNumber),
    issuer: viewTheirName(tbs.issuer),
    subject: viewTheirName(tbs.subject),
    notBefore: tbs.validity.notBefore.getTime().toISOString(),
    notAfter: tbs.validity.notAfter.getTime().toISOString(),
    keyAlgorithm: viewAlgorithm(algorithm),
    key: hex(subjectPublicKey),
    keyDer: hex(AsnConvert.serialize(tbs.subjectPublicKeyInfo)),
    signatureAlgorithm: viewAlgorithm(certificate.signatureAlgorithm),
    signature: hex(certificate.signatureValue),
    tbs: hex(certificate.tbsCertificateRaw ?? new ArrayBuffer()),
    extensions: [...tbs.extensions ?? []].map(({ extnID, critical, extnValue }) => [
      extnID,
      critical,
      hex(extnValue.buffer),
    ]),
    basicConstraints: basicConstraints && [basicConstraints.cA, basicConstraints.pathLenConstraint],
    keyUsage: viewKeyUsage(parse(asn1.id_ce_keyUsage, asn1.KeyUsage)),
    extKeyUsage: parseArray(parse(asn1.id_ce_extKeyUsage, asn1.ExtendedKeyUsage)),
    subjectAltName: [...parse(asn1.id_ce_subjectAltName, asn1.SubjectAlternativeName) ?? []]
      .map(viewTheirGeneralName),
    subjectKeyIdentifier: hexOf(
      parse(asn1.id_ce_subjectKeyIdentifier, asn1.SubjectKeyIdentifier)?.buffer,
    ),
    authorityKeyIdentifier: hexOf(identifier?.keyIdentifier?.buffer),
  };
}

function viewSerialNumber(bytes: ArrayBuffer): string {
  const isNegative = (new Uint8Array(bytes)[0] ?? 0) >= 0x80;
  if (!isNegative) return hex(bytes).replace(/^0+(?=..)/, "");
  const digits = (2n ** BigInt(8 * bytes.byteLength) - BigInt(`0x${hex(bytes)}`)).toString(16);
  return `-${digits.padStart(2, "0")}`;
}

function parseArray(values: Iterable<string> | undefined): string[] | undefined {
  return values && [...values];
}

function viewKeyUsage(usage: asn1.KeyUsage | undefined): string[] | undefined {
  return usage?.toJSON().map((use) => use === "crlSign" ? "cRLSign" : use).toSorted();
}

function viewAlgorithm({ algorithm, parameters }: asn1.AlgorithmIdentifier): unknown {
  // asn1-x509 returns a NULL for absent parameters, and null for NULL.
  return [algorithm, parameters === null ? "0500" : hexOf(parameters)];
}

function viewTheirName(name: asn1.Name): unknown {
  return [...name].map((attributes) =>
    [...attributes].map(({ type, value }) => [type, theirText(value)])
  );
}

function theirText(value: asn1.AttributeValue): string {
  if (value.universalString !== undefined) return "UniversalString";
  return value.anyValue === undefined ? value.toString() : hex(value.anyValue);
}

function viewTheirGeneralName(name: asn1.GeneralName): unknown {
  if (name.dNSName !== undefined) return ["dns", name.dNSName];
  if (name.rfc822Name !== undefined) return ["email", name.rfc822Name];
  if (name.uniformResourceIdentifier !== undefined) return ["uri", name.uniformResourceIdentifier];
  if (name.iPAddress !== undefined) return ["ip", addressInHex(name.iPAddress)];
  const kinds = [
    "otherName",
    "x400Address",
    "directoryName",
    "ediPartyName",
    "registeredID",
  ] as const;
  return [kinds.find((kind) => name[kind] !== undefined)];
}

function addressInHex(text: string): string {
  if (text.includes(".")) return Uint8Array.from(text.split("."), Number).toHex();
  const [head = [], tail = []] = text.split("::").map((part) => part === "" ? [] : part.split(":"));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...zeros, ...tail].map((group) => group.padStart(4, "0")).join("");
}

function hexOf(bytes: ArrayBuffer | null | undefined): string | undefined {
  return bytes ? hex(bytes) : undefined;
}

function hex(bytes: ArrayBuffer): string {
  return new Uint8Array(bytes).toHex();
}

function fromPem(pem: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(pem.replaceAll(/-----.*-----|\s/g, ""));
}
