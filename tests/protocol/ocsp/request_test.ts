import assert from "node:assert/strict";
import * as asn1 from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { Extension, Extensions } from "@peculiar/asn1-x509";
import {
  BadOcspRequestError,
  certIdLimit,
  isOfIssuer,
  ocspRequestLimit,
  readOcspRequest,
} from "../../../lib/protocol/ocsp/mod.ts";
import { type Bytes, integer, octetString, sequence } from "../../../lib/x509/mod.ts";
import fc from "../../support/properties.ts";
import {
  certIdDer,
  extension,
  hashes,
  makeIssuer,
  nonceExtension,
  peculiarHash,
  requestDer,
  requestorName,
} from "./samples.ts";

const one = { ids: [certIdDer()] };

function refused(der: Bytes): string {
  try {
    readOcspRequest(der);
  } catch (error) {
    if (error instanceof BadOcspRequestError) return error.problem;
    throw error;
  }
  return "accepted";
}

Deno.test("a request is read as another implementation has written it", () => {
  const hash = fc.constantFrom(...Object.keys(hashes) as (keyof typeof hashes)[]);
  const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
  const id = fc.record({
    hash,
    name: bytes(0, 64),
    key: bytes(0, 64),
    serial: fc.bigInt({ min: 1n, max: (1n << 159n) - 1n }),
  });
  fc.assert(
    fc.property(
      fc.array(id, { minLength: 1, maxLength: certIdLimit }),
      fc.option(bytes(1, 128), { nil: undefined }),
      (ids, nonce) => {
        const written = AsnConvert.serialize(
          new asn1.OCSPRequest({
            tbsRequest: new asn1.TBSRequest({
              requestList: ids.map(({ hash, name, key, serial }) =>
                new asn1.Request({
                  reqCert: new asn1.CertID({
                    hashAlgorithm: peculiarHash(hash),
                    issuerNameHash: new OctetString(name),
                    issuerKeyHash: new OctetString(key),
                    serialNumber: integer(serial).slice(2).buffer,
                  }),
                })
              ),
              ...(nonce === undefined ? {} : {
                requestExtensions: new Extensions([
                  new Extension({
                    extnID: "1.3.6.1.5.5.7.48.1.2",
                    extnValue: new OctetString(octetString(nonce)),
                  }),
                ]),
              }),
            }),
          }),
        );
        const read = readOcspRequest(new Uint8Array(written));
        assert.deepEqual(read.nonce && Array.from(read.nonce), nonce && Array.from(nonce));
        assert.deepEqual(
          read.certIds.map(({ hash, issuerNameHash, issuerKeyHash, serial }) => ({
            hash,
            name: issuerNameHash.toHex(),
            key: issuerKeyHash.toHex(),
            serial,
          })),
          ids.map(({ hash, name, key, serial }) => ({
            hash,
            name: name.toHex(),
            key: key.toHex(),
            serial,
          })),
        );
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("a CertID is repeated byte by byte, with or without parameters of its hash", () => {
  for (const parameters of [[], [Uint8Array.of(5, 0)]]) {
    const der = certIdDer({ hash: "SHA-256", parameters });
    const { certIds: [id] } = readOcspRequest(requestDer({ ids: [der] }));
    assert.equal(id.hash, "SHA-256");
    assert.deepEqual(id.der, der);
  }
  const odd = certIdDer({ parameters: [sequence()] });
  assert.equal(readOcspRequest(requestDer({ ids: [odd] })).certIds[0].hash, undefined);
});

Deno.test("a CertID belongs to an issuer only if the hashes of its name and of its key match", async () => {
  const { hashes: own } = await makeIssuer();
  const { hashes: other } = await makeIssuer();
  for (const hash of ["SHA-1", "SHA-256", "SHA-384", "SHA-512"] as const) {
    const { name, key } = own[hash];
    const read = (parts: Parameters<typeof certIdDer>[0]) =>
      readOcspRequest(requestDer({ ids: [certIdDer({ hash, ...parts })] })).certIds[0];
    assert.ok(isOfIssuer(read({ name, key }), own));
    assert.ok(!isOfIssuer(read({ name, key: other[hash].key }), own), "another key");
    assert.ok(!isOfIssuer(read({ name: other[hash].key, key }), own), "another name");
    assert.ok(!isOfIssuer(read({ name: name.subarray(1), key }), own), "a shorter hash");
  }
  const { name, key } = own["SHA-1"];
  const mixed = certIdDer({ hash: "SHA-256", name, key });
  assert.ok(!isOfIssuer(readOcspRequest(requestDer({ ids: [mixed] })).certIds[0], own));
});

Deno.test("everything that a request may have is read: version, name, extensions, signature", () => {
  const { certIds, nonce } = readOcspRequest(requestDer({
    version: 0n,
    requestor: requestorName,
    ids: [certIdDer(), certIdDer({ serial: 3n })],
    single: [extension("1.2.3.4", Uint8Array.of(1))],
    extensions: [nonceExtension(Uint8Array.of(7)), extension("1.2.3.5", Uint8Array.of(1))],
    signed: true,
  }));
  assert.deepEqual(certIds.map(({ serial }) => serial), [2n, 3n]);
  assert.deepEqual(nonce, Uint8Array.of(7));
});

Deno.test("RFC 6960 4.1.1: a request of another version is refused", () => {
  assert.equal(refused(requestDer({ ...one, version: 1n })), "version");
});

Deno.test("a request for no certificate, or for too many, is refused", () => {
  assert.equal(refused(requestDer({ ids: [] })), "no-requests");
  const ids = Array.from(
    { length: certIdLimit + 1 },
    (_, serial) => certIdDer({ serial: BigInt(serial) }),
  );
  assert.equal(refused(requestDer({ ids: ids.slice(1) })), "accepted");
  assert.equal(refused(requestDer({ ids })), "too-many-requests");
});

Deno.test("RFC 9654 2.1: a nonce of 1 to 128 bytes is taken, any other is refused", () => {
  const nonce = (length: number) =>
    refused(requestDer({ ...one, extensions: [nonceExtension(new Uint8Array(length))] }));
  assert.deepEqual([1, 15, 16, 32, 33, 128].map(nonce), Array(6).fill("accepted"));
  assert.deepEqual([0, 129, 4000].map(nonce), Array(3).fill("nonce-length"));
});

Deno.test("RFC 6960 4.4: an unknown extension is ignored, unless it is critical", () => {
  for (const critical of [false, true]) {
    const unknown = [extension("1.2.3.4", Uint8Array.of(1), { critical })];
    const expected = critical ? "critical-extension" : "accepted";
    assert.equal(refused(requestDer({ ...one, extensions: unknown })), expected);
    assert.equal(refused(requestDer({ ...one, single: unknown })), expected);
  }
  const known = extension("1.3.6.1.5.5.7.48.1.4", sequence(), { critical: true });
  assert.equal(refused(requestDer({ ...one, extensions: [known] })), "accepted");
  const twice = nonceExtension(Uint8Array.of(1));
  assert.equal(refused(requestDer({ ...one, extensions: [twice, twice] })), "repeated-extension");
});

Deno.test("a request that is too large is refused before it is parsed", () => {
  assert.equal(refused(new Uint8Array(ocspRequestLimit + 1)), "too-large");
});

Deno.test("what is cut off, has bytes after it, or is no DER at all is refused", () => {
  const der = requestDer({ ...one, requestor: requestorName, signed: true });
  for (let length = 0; length < der.length; length++) {
    assert.throws(() => readOcspRequest(der.slice(0, length)));
  }
  assert.throws(() => readOcspRequest(Uint8Array.of(...der, 0)));
});
