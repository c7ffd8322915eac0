import assert from "node:assert/strict";
import { AsnConvert } from "@peculiar/asn1-schema";
import { CertificationRequest } from "@peculiar/asn1-csr";
import fc from "../../support/properties.ts";
import { encodeAlternativeNames } from "../../../lib/x509/name/alternative_names.ts";
import { createRequest } from "../../../lib/x509/write/request.ts";
import {
  type Bytes,
  integer,
  objectIdentifier,
  sequence,
  setOf,
} from "../../../lib/x509/encoding/der_writer.ts";
import { encodeDistinguishedName } from "../../../lib/x509/name/distinguished_name.ts";
import { CertswapError } from "../../../lib/system/mod.ts";
import { formatGeneralName, formatName, writePem } from "../../../lib/x509/mod.ts";
import type { RequestProblem } from "../../../lib/x509/problems.ts";
import { readRequest, readRequestFile } from "../../../lib/x509/read/request.ts";
import { judgeSignature } from "../../../lib/x509/verify/signature.ts";
import type { KeyKind } from "../../../lib/x509/key/kinds.ts";
import { type GeneratedKey, webCryptoKeys } from "../../../lib/x509/key/signer.ts";

const made = new Map<KeyKind, Promise<GeneratedKey>>();
function keyOf(type: KeyKind): Promise<GeneratedKey> {
  const key = made.get(type) ?? webCryptoKeys.generate(type);
  made.set(type, key);
  return key;
}

async function makeRequest(
  { type = "ecdsa-p256", subject = "CN=device", names }: {
    type?: KeyKind;
    subject?: string;
    names?: string;
  } = {},
): Promise<Bytes> {
  const alternativeNames = names === undefined ? undefined : encodeAlternativeNames(names);
  return await createRequest(
    { subject: encodeDistinguishedName(subject), alternativeNames },
    await keyOf(type),
  );
}

for (const type of ["ecdsa-p256", "rsa-2048"] as const) {
  Deno.test(`createRequest() makes a request for ${type} that can be read and proves its key`, async () => {
    const der = await makeRequest({ type, subject: "CN=a,O=b,C=US", names: "DNS:a.b,IP:10.0.0.1" });
    const request = readRequest(der);
    assert.equal(formatName(request.subject), "CN=a,O=b,C=US");
    assert.deepEqual(request.subjectAltName.map(formatGeneralName), ["DNS:a.b", "IP:10.0.0.1"]);
    assert.deepEqual(request.subjectPublicKeyInfo.der, (await keyOf(type)).publicKey);
    assert.equal((await judgeSignature(request, request.subjectPublicKeyInfo)).is, "good");
  });

  Deno.test(`createRequest() makes a request for ${type} identical to that of another encoder`, async () => {
    const der = await makeRequest({ type, names: "DNS:a.b,email:a@b,URI:urn:x" });
    const theirs = AsnConvert.serialize(AsnConvert.parse(der, CertificationRequest));
    assert.deepEqual(new Uint8Array(theirs), der);
  });
}

Deno.test("createRequest() leaves the attributes empty if there are no alternative names", async () => {
  const request = readRequest(await makeRequest());
  assert.deepEqual(request.extensions, []);
  assert.equal(request.alternativeNames, undefined);
});

Deno.test("createRequest() makes alternative names critical only if the subject is empty", async () => {
  const named = readRequest(await makeRequest({ names: "DNS:a" }));
  const nameless = readRequest(await makeRequest({ subject: "", names: "DNS:a" }));
  assert.deepEqual(named.extensions.map(({ critical }) => critical), [false]);
  assert.deepEqual(nameless.extensions.map(({ critical }) => critical), [true]);
});

Deno.test("readRequest() keeps the original bytes of alternative names", async () => {
  const names = encodeAlternativeNames(String.raw`URI:http://a/\,DNS:evil.example`);
  const request = readRequest(
    await makeRequest({ names: String.raw`URI:http://a/\,DNS:evil.example` }),
  );
  assert.deepEqual(request.alternativeNames, names);
  assert.equal(request.subjectAltName.length, 1);
});

Deno.test("judgeSignature() detects every changed byte in the signed part of a request", async () => {
  const der = await makeRequest({ names: "DNS:a.b" });
  const { tbs } = readRequest(der);
  const start = tbs.byteOffset - der.byteOffset;
  for (let index = start; index < start + tbs.length; index += 3) {
    const changed = der.slice();
    changed[index] = (changed[index] ?? 0) ^ 1;
    const verdict = await verdictOf(changed);
    assert.notEqual(verdict, "good", `byte ${index}`);
  }
});

async function verdictOf(der: Bytes): Promise<string> {
  try {
    const request = readRequest(der);
    return (await judgeSignature(request, request.subjectPublicKeyInfo)).is;
  } catch (error) {
    assert.ok(error instanceof CertswapError, String(error));
    return error.code;
  }
}

Deno.test("readRequest() refuses bytes that are not a request, with a typed error", async () => {
  const der = await makeRequest({ names: "DNS:a.b,IP:::1" });
  fc.assert(
    fc.property(
      fc.nat({ max: der.length - 1 }),
      fc.nat({ max: 255 }),
      fc.nat({ max: der.length }),
      (index, byte, end) => {
        const changed = der.slice(0, Math.max(end, index + 1));
        changed[index] = byte;
        try {
          readRequest(changed);
        } catch (error) {
          assert.ok(error instanceof CertswapError, String(error));
        }
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("readRequest() refuses two lists of extensions, a repeated one, and other versions", async () => {
  const { publicKey } = await keyOf("ecdsa-p256");
  const algorithm = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
  const extension = sequence(objectIdentifier("2.5.29.14"), Uint8Array.of(4, 2, 4, 0));
  const listOf = (...extensions: Bytes[]): Bytes =>
    sequence(objectIdentifier("1.2.840.113549.1.9.14"), setOf(sequence(...extensions)));
  const list = listOf(extension);
  const request = (version: bigint, ...attributes: Bytes[]): Bytes => {
    const content = attributes.flatMap((bytes) => [...bytes]);
    const tagged = Uint8Array.from([0xa0, content.length, ...content]);
    const info = sequence(integer(version), encodeDistinguishedName("CN=a"), publicKey, tagged);
    return sequence(info, algorithm, Uint8Array.of(3, 1, 0));
  };
  assert.equal(readRequest(request(0n, list)).extensions.length, 1);
  const refusals: [Bytes, RequestProblem][] = [
    [request(0n, list, list), "two-extension-lists"],
    [request(0n, listOf(extension, extension)), "repeated-extension"],
    [request(1n, list), "version"],
  ];
  for (const [der, problem] of refusals) {
    assert.throws(() => readRequest(der), { code: "bad-request", problem });
  }
});

Deno.test("readRequestFile() accepts both labels for requests, and only one block", async () => {
  const der = await makeRequest();
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  for (const label of ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"]) {
    assert.deepEqual(readRequestFile(encode(writePem(label, der))).tbs, readRequest(der).tbs);
  }
  const pem = writePem("CERTIFICATE REQUEST", der);
  assert.throws(() => readRequestFile(encode(pem + pem)), { code: "bad-request" });
  assert.throws(() => readRequestFile(encode(writePem("CERTIFICATE", der))), {
    code: "bad-request",
  });
  assert.throws(() => readRequestFile(der), { code: "not-pem" });
});
