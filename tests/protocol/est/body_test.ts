import assert from "node:assert/strict";
import { encodeCertsOnly } from "../../../lib/protocol/cms/mod.ts";
import {
  bodyLabels,
  decodeBody,
  encodeBody,
  estBodyLimit,
  estContentOf,
  estContentType,
  estOperations,
  estPath,
  isEstLabel,
  issuedFor,
  parseEstPath,
  readCertificates,
  readEnrolmentRequest,
} from "../../../lib/protocol/est/mod.ts";
import { CertswapError } from "../../../lib/system/mod.ts";
import {
  bitString,
  createRequest,
  encodeDistinguishedName,
  formatName,
  integer,
  objectIdentifier,
  readCertificate,
  sequence,
  setOf,
  webCryptoKeys,
  writePem,
} from "../../../lib/x509/mod.ts";
import { makeAuthority } from "../../support/pairs.ts";
import fc from "../../support/properties.ts";
import { craftRequest } from "../../support/requests.ts";
import { ed25519, rawCertificate, rawName } from "../../x509/raw_certificate.ts";

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

Deno.test("decodeBody() reads what encodeBody() writes, in lines of 64 characters", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
    const body = encodeBody(bytes);
    assert.deepEqual(decodeBody(body, "certificates"), new Uint8Array(bytes));
    for (const line of decode(body).split("\n")) assert.ok(line.length <= 64);
  }));
});

Deno.test("decodeBody() accepts any white space anywhere (RFC 8951 3)", () => {
  fc.assert(fc.property(
    fc.uint8Array({ minLength: 1, maxLength: 100 }),
    fc.array(fc.constantFrom(" ", "\t", "\r\n", "\n", "\f"), { maxLength: 40 }),
    (bytes, spaces) => {
      const text = [...new Uint8Array(bytes).toBase64()]
        .map((character, index) => character + (spaces[index] ?? "")).join("");
      assert.deepEqual(decodeBody(encode(` \r\n${text}\n`), "request"), new Uint8Array(bytes));
    },
  ));
});

const der = sequence(integer(5n), integer(6n));

for (const holds of ["request", "certificates"] as const) {
  for (const label of bodyLabels[holds]) {
    Deno.test(`decodeBody() accepts the PEM block ${label}`, () => {
      assert.deepEqual(decodeBody(encode(writePem(label, der)), holds), der);
    });
  }
}

for (
  const [what, body, problem] of [
    ["an empty body", "", "empty"],
    ["white space alone", " \r\n\t", "empty"],
    ["a web page", "\n <!DOCTYPE html><html></html>", "markup"],
    ["an error in JSON", '{"error":"no"}', "not-base64"],
    ["base64 with rubbish in it", "MAA=\u0001", "not-base64"],
    ["base64 without padding", "MAAx0", "not-base64"],
    ["base64 with bits that are not used", "MAB=", "not-base64"],
    ["base64 behind its padding", "MAA=MAA=", "not-base64"],
    ["the alphabet of URLs", "-_-_", "not-base64"],
    ["a PEM block of a certificate", writePem("CERTIFICATE", der), "other-pem"],
    ["two PEM blocks", writePem("PKCS7", der).repeat(2), "other-pem"],
    ["three PEM blocks", writePem("PKCS7", der).repeat(3), "other-pem"],
    ["a PEM block that does not end", "-----BEGIN PKCS7-----\nMAA=\n", "not-base64"],
    ["a body above the limit", "A".repeat(estBodyLimit + 1), "too-large"],
  ] as const
) {
  Deno.test(`decodeBody() refuses ${what}`, () => {
    assert.throws(
      () => decodeBody(encode(body), "certificates"),
      (error) => error instanceof CertswapError && error.message === problem,
    );
  });
}

Deno.test("decodeBody() refuses binary DER and BER, and says so", () => {
  for (const body of [sequence(new Uint8Array(200)), Uint8Array.of(0x30, 0x80, 0, 0)]) {
    assert.throws(() => decodeBody(body, "certificates"), { problem: "binary" });
  }
});

Deno.test("readEnrolmentRequest() reads a request, with or without PEM armour", async () => {
  const key = await webCryptoKeys.generate("ecdsa-p256");
  const subject = encodeDistinguishedName("CN=device.example");
  const request = await createRequest({ subject, alternativeNames: undefined }, key);
  for (const body of [encodeBody(request), encode(writePem("CERTIFICATE REQUEST", request))]) {
    const found = readEnrolmentRequest(body);
    assert.deepEqual(found.der, request);
    assert.deepEqual(found.request.subject.der, subject);
    assert.equal(found.hasChallengePassword, false);
    assert.equal(found.changesSubject, false);
  }
  assert.throws(() => readEnrolmentRequest(encodeBody(request), 100), /too-large/);
});

Deno.test("readEnrolmentRequest() tells of a challenge password and of another subject", async () => {
  const requestWith = (oid: string) =>
    craftRequest({ attributes: [sequence(objectIdentifier(oid), setOf(integer(1n)))] });
  const challenge = await requestWith("1.2.840.113549.1.9.7");
  assert.equal(readEnrolmentRequest(encodeBody(challenge)).hasChallengePassword, true);
  const change = await requestWith("1.3.6.1.5.5.7.7.36");
  assert.equal(readEnrolmentRequest(encodeBody(change)).changesSubject, true);
});

Deno.test("issuedFor() finds the key's certificate and chain among fifty others", async () => {
  const root = await makeAuthority();
  const middle = await root.subordinate();
  const wanted = await middle.issue();
  const others = await Promise.all(Array.from({ length: 50 }, () => root.issue()));
  const leaf = readCertificate(wanted.certificateDer);
  const certificates = readCertificates(encodeBody(encodeCertsOnly([
    ...others.map(({ certificateDer }) => certificateDer),
    root.certificateDer,
    middle.certificateDer,
    wanted.certificateDer,
    Uint8Array.of(0x30, 0),
  ])));
  assert.equal(certificates.length, 53, "what is not a certificate is skipped");
  const found = await issuedFor(leaf.subjectPublicKeyInfo.der, certificates);
  assert.deepEqual(found.leaf.der, wanted.certificateDer);
  assert.deepEqual(found.chain.map(({ der }) => der), [middle.certificateDer]);
});

Deno.test("issuedFor() ends with a chain of CAs that certify each other", async () => {
  const certified = (subject: string, issuer: string, key: number) =>
    readCertificate(rawCertificate({
      subject: rawName(subject),
      issuer: rawName(issuer),
      publicKey: sequence(ed25519, bitString(new Uint8Array(32).fill(key))),
    }));
  const leaf = certified("leaf", "one", 1);
  const found = await issuedFor(leaf.subjectPublicKeyInfo.der, [
    certified("one", "other", 2),
    leaf,
    certified("other", "one", 3),
  ]);
  assert.deepEqual(found.chain.map(({ subject }) => formatName(subject)), ["CN=one", "CN=other"]);
});

Deno.test("issuedFor() refuses an answer for another key", async () => {
  const root = await makeAuthority();
  const [one, other] = [await root.issue(), await root.issue()];
  const { subjectPublicKeyInfo } = readCertificate(one.certificateDer);
  await assert.rejects(
    issuedFor(subjectPublicKeyInfo.der, [readCertificate(other.certificateDer)]),
    { code: "est-no-certificate", count: 1 },
  );
});

for (
  const [value, kind] of [
    [estContentType.request, "request"],
    [estContentType.certificates, "certificates"],
    ["application/pkcs7-mime", "certificates"],
    ["APPLICATION/CSRATTRS", "attributes"],
    ["text/html", undefined],
    ["", undefined],
  ] as const
) {
  Deno.test(`estContentOf('${value}') is ${kind}`, () => assert.equal(estContentOf(value), kind));
}

Deno.test("parseEstPath() reads what estPath() writes", () => {
  for (const operation of estOperations) {
    for (const label of [undefined, "devices", "a.b-c_d~1"]) {
      assert.deepEqual(parseEstPath(estPath(operation, label)), { label, operation });
    }
  }
});

for (
  const path of [
    "/",
    "/.well-known/est",
    "/.well-known/est/",
    "/.well-known/est/cacerts/",
    "/.well-known/est//cacerts",
    "/.well-known/est/../cacerts",
    "/.well-known/est/./cacerts",
    "/.well-known/est/a%2fb/cacerts",
    "/.well-known/est/a/b/cacerts",
    "/.well-known/est/simpleenroll/cacerts",
    "/.well-known/est/CACERTS",
    "/.well-known/est/cacerts?x",
    "/well-known/est/cacerts",
  ]
) {
  Deno.test(`parseEstPath() refuses ${path}`, () => assert.equal(parseEstPath(path), undefined));
}

Deno.test("isEstLabel() refuses what would need an escape, or is an operation", () => {
  for (const label of ["", "a b", "a/b", "%41", "cacerts", "..", ".", "x".repeat(65), "\u00e4"]) {
    assert.equal(isEstLabel(label), false, label);
  }
});
