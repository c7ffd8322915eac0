import assert from "node:assert/strict";
import { createRequest } from "../../../lib/x509/write/request.ts";
import { encodeDistinguishedName } from "../../../lib/x509/name/distinguished_name.ts";
import {
  readCertificateFile,
  readPrivateKeyFile,
  UnsupportedKeyError,
} from "../../../lib/x509/mod.ts";
import { type PrivateKey, readPkcs8 } from "../../../lib/x509/key/private_key.ts";
import { proveKeyBelongs } from "../../../lib/x509/verify/pair.ts";
import { readRequest } from "../../../lib/x509/read/request.ts";
import {
  generateRequestKey,
  type RequestKey,
  type RequestKeyType,
  toRequestKey,
} from "../../../lib/x509/key/request_key.ts";
import { judgeSignature } from "../../../lib/x509/verify/signature.ts";
import { makeAuthority } from "../../support/pairs.ts";

const kinds: Readonly<Record<RequestKeyType, PrivateKey["algorithm"]>> = {
  "ecdsa-p256": { kind: "ec", curve: "P-256" },
  "ecdsa-p384": { kind: "ec", curve: "P-384" },
  "rsa-2048": { kind: "rsa", bits: 2048 },
  "rsa-3072": { kind: "rsa", bits: 3072 },
  "rsa-4096": { kind: "rsa", bits: 4096 },
  "ed25519": { kind: "ed25519" },
};

async function request(key: RequestKey): Promise<ReturnType<typeof readRequest>> {
  const subject = encodeDistinguishedName("CN=device.example");
  return readRequest(await createRequest({ subject, alternativeNames: undefined }, key));
}

for (const [type, algorithm] of Object.entries(kinds)) {
  Deno.test(`generateRequestKey() makes a key of the kind ${type} that a request can be signed with`, async () => {
    const key = await generateRequestKey(type as RequestKeyType);
    const made = await request(key);
    assert.deepEqual(made.subjectPublicKeyInfo.algorithm, algorithm);
    const verdict = await judgeSignature(made, made.subjectPublicKeyInfo);
    assert.equal(verdict.is, "good");
    assert.ok(await proveKeyBelongs(readPkcs8(key.pkcs8), made));
  });
}

for (const kind of ["ec-p256", "ec-p384", "rsa-2048", "ed25519"] as const) {
  Deno.test(`toRequestKey() signs a request with a key of the kind ${kind} that is there already`, async () => {
    const pair = await (await makeAuthority()).issue({ key: kind });
    const encoder = new TextEncoder();
    const { leaf } = readCertificateFile(encoder.encode(pair.certificatePem));
    const key = readPrivateKeyFile(encoder.encode(pair.keyPem));
    const made = await request(await toRequestKey(key, leaf.subjectPublicKeyInfo));
    assert.equal((await judgeSignature(made, made.subjectPublicKeyInfo)).is, "good");
    assert.deepEqual(made.subjectPublicKeyInfo.der, leaf.subjectPublicKeyInfo.der);
  });
}

Deno.test("toRequestKey() refuses a key for RSASSA-PSS alone, which few issuers take", async () => {
  const pair = await (await makeAuthority()).issue({ key: "rsa-2048" });
  const encoder = new TextEncoder();
  const { leaf } = readCertificateFile(encoder.encode(pair.certificatePem));
  const key = readPrivateKeyFile(encoder.encode(pair.keyPem));
  const pss: PrivateKey = { ...key, algorithm: { kind: "rsa-pss", bits: 2048 } };
  await assert.rejects(toRequestKey(pss, leaf.subjectPublicKeyInfo), UnsupportedKeyError);
});
