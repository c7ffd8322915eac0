import assert from "node:assert/strict";
import {
  readCertificateFile,
  readSingleCertificateFile,
} from "../../../lib/x509/read/certificate_file.ts";
import { bitString, objectIdentifier, sequence } from "../../../lib/x509/encoding/der_writer.ts";
import { readCertificate } from "../../../lib/x509/read/certificate.ts";
import { BadCertificateError, BadPrivateKeyError } from "../../../lib/x509/errors.ts";
import { proveKeyBelongs, writeCombined } from "../../../lib/x509/verify/pair.ts";
import { writePem } from "../../../lib/x509/encoding/pem.ts";
import { readPrivateKeyFile } from "../../../lib/x509/key/private_key_file.ts";
import { type CertificateName, certificatePem, keyPem } from "../fixtures.ts";
import { rawCertificate } from "../raw_certificate.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const certificate = (name: CertificateName) =>
  readSingleCertificateFile(encode(certificatePem(name)));
const key = (name: string) => readPrivateKeyFile(encode(keyPem(name)));

const pairs = [
  ["p256_pkcs8", "leaf_p256"],
  ["p256_pkcs8_without_public_key", "leaf_p256"],
  ["p256_sec1", "leaf_p256"],
  ["p256_sec1_with_parameters", "leaf_p256"],
  ["p256_sec1_without_public_key", "leaf_p256"],
  ["p256_sec1_compressed", "leaf_p256"],
  ["p256_sec1_compressed", "leaf_compressed"],
  ["p384_sec1", "leaf_p384"],
  ["p384_pkcs8", "leaf_p384"],
  ["p521_sec1_with_parameters", "leaf_p521"],
  ["p521_pkcs8", "leaf_p521"],
  ["rsa2048_pkcs1", "leaf_rsa2048"],
  ["rsa2048_pkcs8", "leaf_rsa2048"],
  ["rsa_pss_pkcs8", "leaf_rsa_pss"],
  ["rsa_pss_bound_pkcs8", "self_rsa_pss_bound"],
  ["ed25519_pkcs8", "leaf_ed25519"],
] as const;

Deno.test("proveKeyBelongs() is true for every form of key and its own certificate", async () => {
  for (const [keyName, name] of pairs) {
    assert.equal(await proveKeyBelongs(key(keyName), certificate(name)), true, keyName);
  }
});

Deno.test("proveKeyBelongs() is false for every certificate of another key", async () => {
  const algorithm = (name: string): string => name.split("_").slice(0, 2).join("_");
  for (const [keyName] of pairs) {
    for (const [otherKey, name] of pairs) {
      if (algorithm(otherKey).split("_")[0] === algorithm(keyName).split("_")[0]) continue;
      assert.equal(
        await proveKeyBelongs(key(keyName), certificate(name)),
        false,
        `${keyName}, ${name}`,
      );
    }
  }
});

Deno.test("proveKeyBelongs() is false for another key of the same algorithm", async () => {
  const other = async (algorithm: EcKeyGenParams | Algorithm): Promise<string> => {
    const { privateKey } = await crypto.subtle.generateKey(algorithm, true, [
      "sign",
      "verify",
    ]) as CryptoKeyPair;
    const pkcs8 = await crypto.subtle.exportKey("pkcs8", privateKey);
    return writePem("PRIVATE KEY", new Uint8Array(pkcs8));
  };
  const p256 = await other({ name: "ECDSA", namedCurve: "P-256" });
  const ed25519 = await other({ name: "Ed25519" });
  assert.equal(
    await proveKeyBelongs(readPrivateKeyFile(encode(p256)), certificate("leaf_p256")),
    false,
  );
  assert.equal(
    await proveKeyBelongs(readPrivateKeyFile(encode(ed25519)), certificate("leaf_ed25519")),
    false,
  );
  assert.equal(
    await proveKeyBelongs(key("rsa_pss_pkcs8"), certificate("self_rsa_pss_bound")),
    false,
  );
});

Deno.test("proveKeyBelongs() refuses another key that contains the certificate's public key", async () => {
  // Another private key, with the public key of the certificate.
  const mine = key("p256_pkcs8");
  const { privateKey } = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  );
  const forged = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  forged.set(mine.pkcs8.subarray(-64), forged.length - 64);
  await assert.rejects(
    proveKeyBelongs({ ...mine, pkcs8: forged }, certificate("leaf_p256")),
    BadPrivateKeyError,
  );
});

Deno.test("proveKeyBelongs() refuses a certificate whose public key is not on its curve", async () => {
  const der = rawCertificate({
    publicKey: sequence(
      sequence(objectIdentifier("1.2.840.10045.2.1"), objectIdentifier("1.2.840.10045.3.1.7")),
      bitString(Uint8Array.of(4, ...new Uint8Array(64).fill(7))),
    ),
  });
  await assert.rejects(
    proveKeyBelongs(key("p256_pkcs8"), readCertificate(der)),
    BadCertificateError,
  );
});

Deno.test("writeCombined() writes key, leaf and chain, all of which can be read back", () => {
  const certificates = certificatePem("leaf_p256") + certificatePem("intermediate");
  const chain = readCertificateFile(encode(certificates));
  const text = new TextDecoder().decode(writeCombined(key("p256_sec1"), chain));
  const labels = text.split("\n").filter((line) => line.startsWith("-----BEGIN"));
  assert.deepEqual(labels, [
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN CERTIFICATE-----",
    "-----BEGIN CERTIFICATE-----",
  ]);
  assert.ok(text.endsWith(certificates));
  const keyPart = text.slice(0, text.indexOf("-----BEGIN CERTIFICATE-----"));
  assert.deepEqual(readPrivateKeyFile(encode(keyPart)).pkcs8, key("p256_sec1").pkcs8);
});
