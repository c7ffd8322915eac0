import assert from "node:assert/strict";
import {
  bitString,
  contextConstructed,
  contextPrimitive,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
} from "../../../lib/x509/encoding/der_writer.ts";
import {
  type Certificate,
  fingerprint,
  isValidAt,
  readCertificate,
} from "../../../lib/x509/read/certificate.ts";
import { writePem } from "../../../lib/x509/encoding/pem.ts";
import {
  readAnchorFile,
  readCertificateFile,
  readSingleCertificateFile,
} from "../../../lib/x509/read/certificate_file.ts";
import {
  BadCertificateError,
  BadDerError,
  PemTooLargeError,
  SeveralCertificatesError,
  TooManyPemBlocksError,
  TruncatedDerError,
  UnexpectedPemBlockError,
} from "../../../lib/x509/errors.ts";
import { formatGeneralName } from "../../../lib/x509/name/general_name.ts";
import { formatName } from "../../../lib/x509/name/name.ts";
import { allCertificates, type CertificateName, certificatePem, keyPem } from "../fixtures.ts";
import {
  nothing,
  rawCertificate,
  rawExtension,
  type RawFields,
  rawName,
  rawValue,
} from "../raw_certificate.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const fixture = (name: CertificateName): Certificate =>
  readSingleCertificateFile(encode(certificatePem(name)));

const fixtures = allCertificates();

Deno.test("readCertificate() reads certificates by OpenSSL as OpenSSL does", async () => {
  assert.ok(fixtures.length > 40);
  for (const [name, { pem, subject, issuer, serial, notBefore, notAfter, ...rest }] of fixtures) {
    const certificate = readSingleCertificateFile(encode(pem));
    assert.equal(asOpenSsl(formatName(certificate.subject)), subject, name);
    assert.equal(asOpenSsl(formatName(certificate.issuer)), issuer, name);
    // OpenSSL writes an even number of digits.
    assert.equal(certificate.serialNumber, serial.toLowerCase().replace(/^0(?=..)/, ""), name);
    assert.deepEqual(certificate.notBefore, new Date(notBefore), name);
    assert.deepEqual(certificate.notAfter, new Date(notAfter), name);
    const colonless = rest.fingerprint.replaceAll(":", "").toLowerCase();
    assert.equal(await fingerprint(certificate), colonless, name);
  }
});

/**
 * OpenSSL writes every byte beyond ASCII as `\XX`, and the attributes of a relative name in reverse order
 * (RFC 4514 2.2 does not define the order; one fixture has such a name).
 */
function asOpenSsl(name: string): string {
  return name.replace(/(serialNumber=00-1)\+(CN=[^,]*)/, "$2+$1").replace(
    /[^\p{ASCII}]/gu,
    (character) => new TextEncoder().encode(character).toHex().toUpperCase().replace(/../g, "\\$&"),
  );
}

Deno.test("readCertificate() recognizes the kinds of public keys", () => {
  const algorithm = (name: CertificateName): unknown =>
    fixture(name).subjectPublicKeyInfo.algorithm;
  assert.deepEqual(algorithm("leaf_p256"), { kind: "ec", curve: "P-256" });
  assert.deepEqual(algorithm("leaf_compressed"), { kind: "ec", curve: "P-256" });
  assert.deepEqual(algorithm("leaf_p384"), { kind: "ec", curve: "P-384" });
  assert.deepEqual(algorithm("leaf_p521"), { kind: "ec", curve: "P-521" });
  assert.deepEqual(algorithm("leaf_rsa2048"), { kind: "rsa", bits: 2048 });
  assert.deepEqual(algorithm("root_rsa1024"), { kind: "rsa", bits: 1024 });
  assert.deepEqual(algorithm("leaf_rsa_pss"), { kind: "rsa-pss", bits: 2048 });
  assert.deepEqual(algorithm("leaf_ed25519"), { kind: "ed25519" });
  assert.deepEqual(algorithm("leaf_ed448"), { kind: "other", oid: "1.3.101.113" });
  assert.deepEqual(algorithm("leaf_secp256k1"), { kind: "other", oid: "1.3.132.0.10" });
  assert.deepEqual(algorithm("leaf_dsa"), { kind: "other", oid: "1.2.840.10040.4.1" });
});

Deno.test("readCertificate() reads the extensions that matter to a pair", () => {
  const leaf = fixture("leaf_p256");
  assert.deepEqual(leaf.basicConstraints, { ca: false, pathLength: undefined });
  assert.deepEqual(leaf.keyUsage, ["digitalSignature"]);
  assert.deepEqual(leaf.extKeyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  assert.deepEqual(leaf.subjectAltName.map(formatGeneralName), ["DNS:device.example"]);
  assert.deepEqual(leaf.unknownCriticalExtensions, []);
  const issuer = fixture("intermediate");
  assert.deepEqual(issuer.keyUsage, ["keyCertSign", "cRLSign"]);
  assert.deepEqual(leaf.authorityKeyIdentifier, issuer.subjectKeyIdentifier);
  assert.equal(leaf.authorityKeyIdentifier?.length, 20);
  assert.deepEqual(fixture("constrained").basicConstraints, { ca: true, pathLength: 0 });
});

Deno.test("readCertificate() keeps all names apart", () => {
  assert.deepEqual(fixture("every_name").subjectAltName.map(formatGeneralName), [
    "DNS:device.example",
    "DNS:*.device.example",
    "IP:192.0.2.1",
    "IP:2001:db8::1",
    "IP:::ffff:192.0.2.1",
    "IP:2001:0:0:1::1",
    "URI:urn:device:1",
    "URI:http://a/\\2C\\20DNS:evil.example",
    "email:admin@device.example",
    "otherName:a023060a2b060104018237140203a0150c137573657240646576696365" +
    "2e6578616d706c65",
    "directoryName:a4233021310b3009060355040613024445311230100603550403" +
    "0c094469726563746f7279",
    "registeredID:88032a0304",
  ]);
});

Deno.test("readCertificate() names the critical extensions that it does not support", () => {
  assert.deepEqual(fixture("every_name").unknownCriticalExtensions, ["1.2.3.4"]);
  assert.deepEqual(fixture("constrained").unknownCriticalExtensions, ["2.5.29.30"]);
  const ignored = rawCertificate({ extensions: [rawExtension("1.2.3.4", nothing)] });
  assert.deepEqual(readCertificate(ignored).unknownCriticalExtensions, []);
});

Deno.test("readCertificate() reads version 1, and formats serial numbers as OpenSSL does", () => {
  assert.equal(fixture("v1").version, 1);
  assert.equal(fixture("v1").serialNumber, "7f");
  assert.equal(fixture("v1_serial_80").serialNumber, "80");
  assert.equal(fixture("v1_serial_0").serialNumber, "00");
  assert.equal(fixture("v1_serial_80").serial, 128n);
  assert.equal(fixture("v1").extensions.length, 0);
  assert.equal(fixture("leaf_p256").version, 3);
});

Deno.test("readCertificate() reads a serial number of 0 and negative ones", () => {
  const serial = (content: string): string =>
    readCertificate(rawCertificate({
      serialNumber: rawValue(0x02, Uint8Array.fromHex(content)),
      issuer: rawName("a"),
      subject: rawName("a"),
    })).serialNumber;
  assert.equal(serial("00"), "00");
  assert.equal(serial("ff"), "-01");
  assert.equal(serial("80"), "-80");
  // A root that Debian trusted until 2022 (EC-ACC).
  assert.equal(serial("ee2b3debd421de14a862ac04f3ddc401"), "-11d4c2142bde21eb579d53fb0c223bff");
});

Deno.test("readCertificate() does not share its bytes with the caller", () => {
  const der = rawCertificate();
  const certificate = readCertificate(der);
  der.fill(0);
  assert.equal(certificate.der[0], 0x30);
  assert.equal(certificate.tbs[0], 0x30);
});

const constraints = (value: Uint8Array): RawFields => ({
  extensions: [rawExtension("2.5.29.19", value)],
});
const names = (...values: Uint8Array[]): RawFields => ({
  extensions: [rawExtension("2.5.29.17", sequence(...values))],
});
const rsa = (...numbers: Uint8Array[]): RawFields => ({
  publicKey: sequence(
    sequence(objectIdentifier("1.2.840.113549.1.1.1"), rawValue(0x05, "")),
    bitString(sequence(...numbers)),
  ),
});
const point = (curve: string, bytes: Uint8Array): RawFields => ({
  publicKey: sequence(
    sequence(objectIdentifier("1.2.840.10045.2.1"), objectIdentifier(curve)),
    bitString(bytes),
  ),
});
const validity = (...times: Uint8Array[]): RawFields => ({ validity: sequence(...times) });
const now = time(new Date("2026-01-01T00:00:00Z"));

Deno.test("readCertificate() accepts what is unusual but valid", () => {
  const cases: Record<string, RawFields> = {
    "a serial number of 20 bytes": { serialNumber: integer(2n ** 160n - 1n) },
    "serial number 0 of a self-issued one": {
      serialNumber: integer(0n),
      issuer: rawName("a"),
      subject: rawName("a"),
    },
    "an empty subject": { subject: sequence() },
    "unique identifiers": { uniqueIdentifiers: contextPrimitive(1, Uint8Array.of(0, 1)) },
    "cA that says FALSE": constraints(sequence(rawValue(0x01, Uint8Array.of(0)))),
    "a limit of 300 CAs": constraints(
      sequence(rawValue(0x01, Uint8Array.of(0xff)), integer(300n)),
    ),
    "an unknown algorithm": {
      publicKey: sequence(sequence(objectIdentifier("1.2.3")), bitString(nothing)),
    },
  };
  for (const [what, fields] of Object.entries(cases)) {
    assert.doesNotThrow(() => readCertificate(rawCertificate(fields)), what);
  }
});

Deno.test("readCertificate() refuses what violates RFC 5280 or DER", () => {
  const otherAlgorithm = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
  const cases: [string, RawFields, typeof BadDerError | typeof BadCertificateError][] = [
    ["version 2", { version: contextConstructed(0, integer(1n)) }, BadCertificateError],
    ["version 1 spelled out", { version: contextConstructed(0, integer(0n)) }, BadCertificateError],
    ["version 4", { version: contextConstructed(0, integer(3n)) }, BadCertificateError],
    ["extensions in version 1", { version: nothing, ...constraints(sequence()) }, BadDerError],
    ["a serial number of 21 bytes", { serialNumber: integer(2n ** 160n) }, BadCertificateError],
    ["a padded serial number", { serialNumber: rawValue(0x02, Uint8Array.of(0, 1)) }, BadDerError],
    ["two algorithms", { outerAlgorithm: otherAlgorithm }, BadCertificateError],
    ["one time", validity(now), BadDerError],
    ["three times", validity(now, now, now), BadDerError],
    ["a malformed time", validity(rawValue(0x17, "260101000000+0100"), now), BadDerError],
    ["an empty relative name", { subject: sequence(setOf()) }, BadDerError],
    ["a name of three", {
      subject: sequence(setOf(sequence(objectIdentifier("2.5.4.3"), now, now))),
    }, BadDerError],
    ["a signature with unused bits", { signature: bitString(Uint8Array.of(0x80), 7) }, BadDerError],
    ["an empty list of extensions", {
      uniqueIdentifiers: contextConstructed(3, sequence()),
    }, BadDerError],
    ["an extension twice", {
      extensions: [rawExtension("1.2.3", nothing), rawExtension("1.2.3", nothing)],
    }, BadCertificateError],
    ["cA of 01", constraints(sequence(rawValue(0x01, Uint8Array.of(1)))), BadDerError],
    [
      "a negative limit",
      constraints(
        sequence(rawValue(0x01, Uint8Array.of(0xff)), rawValue(0x02, Uint8Array.of(0xff))),
      ),
      BadDerError,
    ],
    ["two values in one extension", {
      extensions: [rawExtension("2.5.29.14", Uint8Array.of(...octetString(nothing), 5, 0))],
    }, BadDerError],
    ["an empty keyUsage", {
      extensions: [rawExtension("2.5.29.15", bitString(nothing))],
    }, BadCertificateError],
    ["keyUsage with an unused bit", {
      extensions: [rawExtension("2.5.29.15", Uint8Array.of(3, 2, 7, 0xc0))],
    }, BadDerError],
    ["an empty extKeyUsage", {
      extensions: [rawExtension("2.5.29.37", sequence())],
    }, BadDerError],
    ["no names", names(), BadDerError],
    ["an address of 5 bytes", names(contextPrimitive(7, new Uint8Array(5))), BadDerError],
    ["an address with a mask", names(contextPrimitive(7, new Uint8Array(8))), BadDerError],
    ["a domain name beyond ASCII", names(contextPrimitive(2, encode("\u00fc"))), BadDerError],
    ["a name of kind 9", names(contextPrimitive(9, encode("a"))), BadDerError],
    ["a domain name that is constructed", names(contextConstructed(2)), BadDerError],
    ["a malformed directory name", names(contextConstructed(4, integer(1n))), BadDerError],
    ["an RSA key of one number", rsa(integer(5n)), BadDerError],
    ["a negative RSA modulus", rsa(rawValue(0x02, Uint8Array.of(0x80)), integer(3n)), BadDerError],
    ["an RSA key with trailing values", rsa(integer(5n), integer(3n), integer(3n)), BadDerError],
    ["a point that is short", point("1.2.840.10045.3.1.7", Uint8Array.of(4, 1, 2)), BadDerError],
    ["a point at infinity", point("1.2.840.10045.3.1.7", Uint8Array.of(0)), BadDerError],
    ["an Ed25519 key of 31 bytes", {
      publicKey: sequence(sequence(objectIdentifier("1.3.101.112")), bitString(new Uint8Array(31))),
    }, BadDerError],
    ["an Ed25519 key with NULL", {
      publicKey: sequence(
        sequence(objectIdentifier("1.3.101.112"), rawValue(0x05, "")),
        bitString(new Uint8Array(32)),
      ),
    }, BadDerError],
  ];
  for (const [what, fields, error] of cases) {
    assert.throws(() => readCertificate(rawCertificate(fields)), error, what);
  }
});

Deno.test("readCertificate() refuses truncated certificates and trailing bytes", () => {
  const { der } = fixture("every_name");
  for (let length = 0; length < der.length; length++) {
    assert.throws(() => readCertificate(der.subarray(0, length)), TruncatedDerError);
  }
  assert.throws(() => readCertificate(Uint8Array.of(...der, 0)), BadDerError);
});

Deno.test("isValidAt() includes the whole last second, and nothing after it", () => {
  const certificate = fixture("leaf_expired");
  const at = (text: string): boolean => isValidAt(certificate, new Date(text));
  assert.equal(at("2019-12-31T23:59:59.999Z"), false);
  assert.equal(at("2020-01-01T00:00:00.000Z"), true);
  assert.equal(at("2021-01-01T00:00:00.999Z"), true);
  assert.equal(at("2021-01-01T00:00:01.000Z"), false);
});

Deno.test("readCertificateFile() returns the first certificate as the leaf, and the others in order", () => {
  const names = ["leaf_p256", "intermediate", "root"] as const;
  const file = readCertificateFile(encode(names.map(certificatePem).join("")));
  assert.equal(formatName(file.leaf.subject), "CN=device.example");
  assert.deepEqual(file.chain.map(({ subject }) => formatName(subject)), [
    "CN=Fixture Intermediate,O=Example,C=DE",
    "CN=Fixture Root,O=Example,C=DE",
  ]);
});

Deno.test("readCertificateFile() refuses other blocks, too many blocks, and files that are too large", () => {
  const pem = certificatePem("leaf_p256");
  const read = (text: string) => () => readCertificateFile(encode(text));
  assert.throws(read(pem + keyPem("p256_pkcs8")), UnexpectedPemBlockError);
  assert.throws(read(pem.replaceAll("CERTIFICATE", "X509 CRL")), UnexpectedPemBlockError);
  assert.throws(read(writePem("DH PARAMETERS", Uint8Array.of(5, 0))), UnexpectedPemBlockError);
  assert.doesNotThrow(read(pem.repeat(16)));
  assert.throws(read(pem.repeat(17)), TooManyPemBlocksError);
  assert.throws(read(pem + " ".repeat(1024 * 1024)), PemTooLargeError);
});

Deno.test("readSingleCertificateFile() refuses a chain, because it cannot choose one certificate", () => {
  const pem = certificatePem("leaf_p256");
  assert.throws(() => readSingleCertificateFile(encode(pem + pem)), SeveralCertificatesError);
});

Deno.test("readAnchorFile() reads as many certificates as a system's bundle has", () => {
  assert.equal(readAnchorFile(encode(certificatePem("root").repeat(500))).anchors.length, 500);
});

Deno.test("readCertificateFile() accepts all labels that OpenSSL accepts, for the same certificate", () => {
  const pem = certificatePem("leaf_p256");
  const { der } = readCertificateFile(encode(pem)).leaf;
  // X509_CERT_AUX of OpenSSL, as written by `x509 -trustout -addtrust serverAuth`.
  const trust = sequence(sequence(objectIdentifier("1.3.6.1.5.5.7.3.1")));
  const files = [
    pem.replaceAll("CERTIFICATE", "X509 CERTIFICATE"),
    pem.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE"),
    writePem("TRUSTED CERTIFICATE", Uint8Array.of(...der, ...trust)),
  ];
  for (const file of files) {
    const { leaf, content } = readCertificateFile(encode(file));
    assert.deepEqual(leaf.der, der);
    assert.equal(new TextDecoder().decode(content), writePem("CERTIFICATE", der));
  }
  const tooMuch = writePem("TRUSTED CERTIFICATE", Uint8Array.of(...der, ...trust, ...trust));
  assert.throws(() => readCertificateFile(encode(tooMuch)), BadDerError);
});

Deno.test("readCertificateFile() keeps the bytes of a file that every service can read", () => {
  const parameters = writePem("DH PARAMETERS", sequence(integer(23n), integer(5n)));
  const pem = certificatePem("leaf_p256");
  for (const file of [pem, `# a comment\n${pem}`, pem + parameters, parameters + pem]) {
    const { leaf, chain, content } = readCertificateFile(encode(file));
    assert.equal(formatName(leaf.subject), "CN=device.example");
    assert.equal(chain.length, 0);
    assert.equal(new TextDecoder().decode(content), file);
  }
});

Deno.test("readCertificateFile() rewrites files that only lenient readers accept", () => {
  const parameters = writePem("DH PARAMETERS", sequence(integer(23n), integer(5n)));
  const pem = certificatePem("leaf_p256") + parameters + certificatePem("intermediate");
  const file = readCertificateFile(encode(`\ufeff${pem}`));
  assert.equal(new TextDecoder().decode(file.content), pem);
  assert.equal(file.chain.length, 1);
});

Deno.test("readAnchorFile() skips a certificate that cannot be read, and reports it", () => {
  const odd = writePem("CERTIFICATE", sequence(integer(1n)));
  const root = certificatePem("root");
  const { anchors, unreadable } = readAnchorFile(
    encode(root + odd + certificatePem("intermediate")),
  );
  assert.equal(anchors.length, 2);
  assert.deepEqual(unreadable.map(({ position }) => position), [2]);
  assert.ok(unreadable[0]?.error instanceof BadDerError);
  assert.throws(() => readAnchorFile(encode(odd + odd)), BadDerError);
});
