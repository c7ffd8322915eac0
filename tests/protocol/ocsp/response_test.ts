import assert from "node:assert/strict";
import * as asn1 from "@peculiar/asn1-ocsp";
import { AsnConvert } from "@peculiar/asn1-schema";
import { ocspErrorResponse, ocspErrors, signOcspResponse } from "../../../lib/protocol/ocsp/mod.ts";
import {
  DerReader,
  encodeDistinguishedName,
  judgeSignature,
  keyIdentifierOf,
  readAlgorithmIdentifier,
  readPublicKeyInfo,
  type RevocationReason,
  revocationReasons,
  webCryptoKeys,
} from "../../../lib/x509/mod.ts";
import { makeAuthority } from "../../support/pairs.ts";
import fc from "../../support/properties.ts";
import { certIdDer, good } from "./samples.ts";

const key = await webCryptoKeys.generate("ecdsa-p256");
const hash = await keyIdentifierOf(readPublicKeyInfo(key.publicKey));
const { certificateDer: certificate } = await makeAuthority();
const producedAt = new Date("2026-06-01T12:00:00Z");

async function written(
  data: Partial<Parameters<typeof signOcspResponse>[0]>,
  certificates: readonly Uint8Array[] = [],
) {
  const der = await signOcspResponse({
    responderId: { by: "key", hash },
    producedAt,
    responses: [good(certIdDer())],
    ...data,
  }, { signer: key, certificates });
  const response = AsnConvert.parse(der, asn1.OCSPResponse);
  assert.equal(response.responseStatus, asn1.OCSPResponseStatus.successful);
  assert.equal(response.responseBytes?.responseType, "1.3.6.1.5.5.7.48.1.1");
  return AsnConvert.parse(
    response.responseBytes?.response.buffer ?? new ArrayBuffer(),
    asn1.BasicOCSPResponse,
  );
}

Deno.test("RFC 6960 4.2.1: a refusal has its status and no bytes", () => {
  for (const [status, code] of Object.entries(ocspErrors)) {
    const der = ocspErrorResponse(status as keyof typeof ocspErrors);
    const response = AsnConvert.parse(der, asn1.OCSPResponse);
    assert.equal(asn1.OCSPResponseStatus[response.responseStatus], status);
    assert.equal(response.responseStatus, code);
    assert.equal(response.responseBytes, undefined);
    assert.equal(der.length, 5);
  }
});

Deno.test("RFC 6960 4.2.2.3: the signature is made over the response data, and verifies", async () => {
  const basic = await written({}, []);
  const tbs = new Uint8Array(basic.tbsResponseData.responses.length === 1 ? rawTbs(basic) : []);
  const verdict = await judgeSignature({
    tbs,
    signatureAlgorithm: readAlgorithmIdentifier(new DerReader(key.algorithm.signature)),
    signature: new Uint8Array(basic.signature),
  }, readPublicKeyInfo(key.publicKey));
  assert.equal(verdict.is, "good");
  assert.equal(basic.signatureAlgorithm.algorithm, "1.2.840.10045.4.3.2");
  assert.equal(basic.certs, undefined);
});

function rawTbs(basic: asn1.BasicOCSPResponse): ArrayBuffer {
  return AsnConvert.serialize(basic.tbsResponseData);
}

Deno.test("another implementation reads each status, time, nonce and responder as written", async () => {
  const reasons = Object.keys(revocationReasons) as RevocationReason[];
  // GeneralizedTime, to the second.
  const time = fc.integer({ min: 0, max: 8e9 }).map((seconds) => new Date(seconds * 1000));
  const status = fc.oneof(
    fc.constantFrom({ is: "good" as const }, { is: "unknown" as const }),
    fc.record({
      is: fc.constant("revoked" as const),
      at: time,
      reason: fc.constantFrom(...reasons),
    }),
  );
  const single = fc.record({
    serial: fc.bigInt({ min: 0n, max: (1n << 159n) - 1n }),
    status,
    thisUpdate: time,
    nextUpdate: time,
  });
  const nonce = fc.option(fc.uint8Array({ minLength: 1, maxLength: 128 }), { nil: undefined });
  const names = ["CN=OCSP,O=Example", undefined] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.array(single, { minLength: 1, maxLength: 4 }),
      nonce,
      time,
      fc.constantFrom(...names),
      async (singles, nonce, producedAt, name) => {
        const responses = singles.map(({ serial, ...rest }) => ({
          ...rest,
          certId: certIdDer({ serial }),
        }));
        const nameDer = name === undefined ? undefined : encodeDistinguishedName(name);
        const basic = await written({
          producedAt,
          responses,
          nonce,
          responderId: nameDer === undefined ? { by: "key", hash } : { by: "name", name: nameDer },
        }, [certificate, certificate]);
        const data = basic.tbsResponseData;
        assert.deepEqual(data.producedAt, producedAt);
        if (nameDer === undefined) {
          assert.deepEqual(new Uint8Array(data.responderID.byKey?.buffer ?? []), hash);
        } else {
          const { byName } = data.responderID;
          assert.deepEqual(byName && new Uint8Array(AsnConvert.serialize(byName)), nameDer);
        }
        const extension = data.responseExtensions?.[0];
        assert.equal(data.responseExtensions?.length ?? 0, nonce === undefined ? 0 : 1);
        if (nonce !== undefined && extension !== undefined) {
          assert.equal(extension.extnID, "1.3.6.1.5.5.7.48.1.2");
          assert.equal(extension.critical, false);
          const inner = AsnConvert.parse(extension.extnValue.buffer, asn1.Nonce);
          assert.deepEqual(new Uint8Array(inner.buffer), new Uint8Array(nonce));
        }
        assert.equal(data.responses.length, responses.length);
        for (const [index, { certId, status, thisUpdate, nextUpdate }] of responses.entries()) {
          const read = data.responses[index];
          assert.deepEqual(read && new Uint8Array(AsnConvert.serialize(read.certID)), certId);
          assert.deepEqual([read?.thisUpdate, read?.nextUpdate], [thisUpdate, nextUpdate]);
          const { good, revoked, unknown } = read?.certStatus ?? {};
          assert.equal(good !== undefined, status.is === "good");
          assert.equal(unknown !== undefined, status.is === "unknown");
          assert.equal(revoked !== undefined, status.is === "revoked");
          if (status.is !== "revoked") continue;
          assert.deepEqual(revoked?.revocationTime, status.at);
          const code = revocationReasons[status.reason];
          assert.equal(revoked?.revocationReason?.reason, code === 0 ? undefined : code);
        }
        const copied = basic.certs?.map((one) => new Uint8Array(AsnConvert.serialize(one)));
        assert.deepEqual(copied, [certificate, certificate]);
      },
    ),
    { numRuns: 60 },
  );
});
