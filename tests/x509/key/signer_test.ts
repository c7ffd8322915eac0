import assert from "node:assert/strict";
import { createRequest } from "../../../lib/x509/write/request.ts";
import { encodeDistinguishedName } from "../../../lib/x509/name/distinguished_name.ts";
import {
  BadPrivateKeyError,
  type PrivateKey,
  type PublicKey,
  readCertificateFile,
  readPrivateKeyFile,
  readSingleCertificateFile,
  UnsupportedKeyError,
} from "../../../lib/x509/mod.ts";
import { type KeyKind, keyKinds, kindOf } from "../../../lib/x509/key/kinds.ts";
import { readPkcs8 } from "../../../lib/x509/key/private_key.ts";
import { readPublicKeyInfo } from "../../../lib/x509/key/public_key.ts";
import { type Signer, webCryptoKeys } from "../../../lib/x509/key/signer.ts";
import { proveKeyBelongs } from "../../../lib/x509/verify/pair.ts";
import { readRequest } from "../../../lib/x509/read/request.ts";
import { judgeSignature } from "../../../lib/x509/verify/signature.ts";
import { makeAuthority } from "../../support/pairs.ts";
import { certificatePem, keyPem } from "../fixtures.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

async function request(signer: Signer): Promise<ReturnType<typeof readRequest>> {
  const subject = encodeDistinguishedName("CN=device.example");
  return readRequest(await createRequest({ subject, alternativeNames: undefined }, signer));
}

for (const kind of Object.keys(keyKinds) as KeyKind[]) {
  Deno.test(`webCryptoKeys.generate() makes a key of ${kind} that signs a request`, async () => {
    const key = await webCryptoKeys.generate(kind);
    const made = await request(key);
    assert.equal(kindOf(made.subjectPublicKeyInfo.algorithm), kind);
    assert.equal(kindOf(key.algorithm.key), kind);
    assert.deepEqual(made.signatureAlgorithm.der, key.algorithm.signature);
    const verdict = await judgeSignature(made, made.subjectPublicKeyInfo);
    assert.equal(verdict.is, "good");
    assert.ok(await proveKeyBelongs(readPkcs8(key.pkcs8), made));
  });
}

interface OldPair {
  readonly key: PrivateKey;
  readonly publicKey: PublicKey;
}

async function oldPair(kind: "ec-p256" | "ec-p384" | "rsa-2048" | "ed25519"): Promise<OldPair> {
  const pair = await (await makeAuthority()).issue({ key: kind });
  const { leaf } = readCertificateFile(encode(pair.certificatePem));
  return {
    key: readPrivateKeyFile(encode(pair.keyPem)),
    publicKey: leaf.subjectPublicKeyInfo,
  };
}

async function signsRequest({ key, publicKey }: OldPair): Promise<void> {
  const made = await request(await webCryptoKeys.load(key, publicKey));
  assert.equal((await judgeSignature(made, made.subjectPublicKeyInfo)).is, "good");
  assert.deepEqual(made.subjectPublicKeyInfo.der, publicKey.der);
}

for (const kind of ["ec-p256", "ec-p384", "rsa-2048", "ed25519"] as const) {
  Deno.test(`webCryptoKeys.load() signs a request with an old key of ${kind}`, async () => {
    await signsRequest(await oldPair(kind));
  });
}

Deno.test("webCryptoKeys.load() signs with a key of a kind that certswap does not generate", async () => {
  const leaf = readSingleCertificateFile(encode(certificatePem("leaf_p521")));
  const p521 = readPrivateKeyFile(encode(keyPem("p521_pkcs8")));
  await signsRequest({ key: p521, publicKey: leaf.subjectPublicKeyInfo });
  const parameters = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2176 };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    { ...parameters, publicExponent: Uint8Array.of(1, 0, 1) },
    true,
    ["sign", "verify"],
  );
  const key = readPkcs8(new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey)));
  assert.equal(kindOf(key.algorithm), undefined);
  const info = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  await signsRequest({ key, publicKey: readPublicKeyInfo(info) });
});

Deno.test("webCryptoKeys.load() refuses keys restricted to RSASSA-PSS", async () => {
  const { key, publicKey } = await oldPair("rsa-2048");
  const pss: PrivateKey = { ...key, algorithm: { kind: "rsa-pss", bits: 2048 } };
  await assert.rejects(webCryptoKeys.load(pss, publicKey), UnsupportedKeyError);
});

Deno.test("webCryptoKeys.load() refuses bytes that are not a key of their algorithm", async () => {
  const [{ key, publicKey }, other] = [await oldPair("ec-p256"), await oldPair("ec-p384")];
  await assert.rejects(
    webCryptoKeys.load({ ...key, pkcs8: other.key.pkcs8 }, publicKey),
    BadPrivateKeyError,
  );
});

Deno.test("a signer gives no access to its private key", async () => {
  const { key, publicKey } = await oldPair("ed25519");
  const signer = await webCryptoKeys.load(key, publicKey);
  assert.deepEqual(Object.keys(signer).sort(), ["algorithm", "publicKey", "sign"]);
});
