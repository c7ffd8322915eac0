import "reflect-metadata";
import assert from "node:assert/strict";
import * as peculiar from "@peculiar/x509";
import { type Certificate, readCertificate } from "../../../lib/x509/read/certificate.ts";
import {
  readCertificateFile,
  readSingleCertificateFile,
} from "../../../lib/x509/read/certificate_file.ts";
import {
  type ChainMaterial,
  verifyChain,
  verifyServedChain,
} from "../../../lib/x509/verify/chain.ts";
import {
  BadNameConstraintsError,
  BadSignatureError,
  type ChainError,
  ChainTooLongError,
  ExpiredError,
  IssuerNotFoundError,
  MayNotSignError,
  NameConstraintError,
  NotAnAuthorityError,
  NotYetValidError,
  PathLengthError,
  PurposeNotAllowedError,
  RefusedSignatureAlgorithmError,
  UnknownCriticalExtensionError,
  UnusableIssuerKeyError,
} from "../../../lib/x509/verify/chain_errors.ts";
import { formatName } from "../../../lib/x509/name/name.ts";
import { verifySignature } from "../../../lib/x509/verify/signature.ts";
import {
  type Authority,
  type AuthorityOptions,
  makeAuthority,
  type TestPair,
} from "../../support/pairs.ts";
import { importPrivateKey } from "../../../lib/x509/key/web_crypto.ts";
import {
  bitString,
  contextConstructed,
  contextPrimitive,
  integer,
  nullValue,
  objectIdentifier,
  sequence,
} from "../../../lib/x509/encoding/der_writer.ts";
import { readPrivateKeyFile } from "../../../lib/x509/key/private_key_file.ts";
import { rawCertificate } from "../raw_certificate.ts";
import { type CertificateName, certificatePem, keyPem } from "../fixtures.ts";

const at = new Date("2026-06-01T00:00:00Z");
const read = (of: Authority | TestPair): Certificate => readCertificate(of.certificateDer);
const fixture = (name: CertificateName): Certificate =>
  readSingleCertificateFile(new TextEncoder().encode(certificatePem(name)));
const chainOf = (pair: TestPair): Pick<ChainMaterial, "leaf" | "intermediates"> => {
  const { leaf, chain } = readCertificateFile(new TextEncoder().encode(pair.chainPem));
  return { leaf, intermediates: chain };
};

type ErrorClass = abstract new (...parameters: never[]) => ChainError;

/** Expects verification to fail with this error for the certificate with this subject. */
async function refused(
  material: Omit<ChainMaterial, "at"> & { at?: Date },
  error: ErrorClass,
  subject: string,
): Promise<void> {
  await assert.rejects(
    verifyChain({ at, ...material }),
    (found) => {
      assert.ok(found instanceof error, String(found));
      assert.equal(formatName(found.certificate.subject), subject);
      return true;
    },
  );
}

const leafName = "CN=device.example";
const middleName = "CN=Test Intermediate,O=Example";
const rootName = "CN=Test Root,O=Example";

Deno.test("verifyChain() returns the path from leaf to anchor, through any number of CAs", async () => {
  let authority = await makeAuthority();
  const anchors = [read(authority)];
  for (let depth = 0; depth < 8; depth++) {
    const pair = await authority.issue({ key: "ed25519" });
    const path = await verifyChain({ ...chainOf(pair), anchors, at });
    assert.equal(path.length, depth + 2);
    assert.equal(formatName(path[0].subject), leafName);
    assert.deepEqual(path.at(-1)?.der, anchors[0]?.der);
    authority = await authority.subordinate({ subject: `CN=CA ${depth}` });
  }
});

Deno.test("verifyChain() verifies every kind of signature", async () => {
  for (const key of ["ec-p256", "ec-p384", "ed25519", "rsa-2048"] as const) {
    const root = await makeAuthority({ key });
    const pair = await root.issue();
    await verifyChain({ ...chainOf(pair), anchors: [read(root)], at });
  }
});

Deno.test("verifyChain() verifies the chain that OpenSSL made", async () => {
  const path = await verifyChain({
    leaf: fixture("leaf_p521"),
    intermediates: [fixture("constrained"), fixture("intermediate")],
    anchors: [fixture("root_expired"), fixture("root_rsa1024"), fixture("root")],
    at,
  });
  assert.deepEqual(path.map(({ subject }) => formatName(subject)), [
    leafName,
    "CN=Fixture Intermediate,O=Example,C=DE",
    "CN=Fixture Root,O=Example,C=DE",
  ]);
});

Deno.test("verifySignature() verifies each algorithm that is not broken", async () => {
  for (
    const name of [
      "self_p256_sha256",
      "self_p256_sha512",
      "self_p384_sha384",
      "self_p521_sha256",
      "self_p521_sha512",
      "self_ed25519",
      "self_rsa_sha256",
      "self_rsa_sha384",
      "self_rsa_sha512",
      "self_rsa_signing_pss",
      "self_rsa_signing_pss_other_salt",
      "self_rsa_pss",
      "self_rsa_pss_bound",
    ] as const
  ) {
    const certificate = fixture(name);
    await verifySignature(certificate, certificate);
    const forged = new Uint8Array(certificate.der);
    // Changes a byte of the subject, which is signed.
    const position = certificate.der.toHex().lastIndexOf("53656c66") / 2;
    forged[position] = 0x54;
    const changed = readCertificate(forged);
    await assert.rejects(verifySignature(changed, certificate), BadSignatureError, name);
    const damaged = new Uint8Array(certificate.der);
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    const other = readCertificate(damaged);
    await assert.rejects(verifySignature(other, certificate), BadSignatureError, name);
  }
});

Deno.test("verifySignature() refuses broken and unknown algorithms, by name", async () => {
  const algorithms: [CertificateName, string][] = [
    ["self_ecdsa_sha1", "ecdsa-with-SHA1"],
    ["self_ecdsa_sha224", "ecdsa-with-SHA224"],
    ["self_rsa_sha1", "sha1WithRSAEncryption"],
    ["self_rsa_md5", "md5WithRSAEncryption"],
    ["self_rsa_signing_pss_sha1", "RSASSA-PSS"],
    ["self_rsa_signing_pss_other_mask", "RSASSA-PSS"],
    ["self_dsa", "dsa-with-SHA256"],
    ["self_ed448", "Ed448"],
  ];
  for (const [name, algorithm] of algorithms) {
    await assert.rejects(
      verifySignature(fixture(name), fixture(name)),
      (error) => error instanceof RefusedSignatureAlgorithmError && error.algorithm === algorithm,
      name,
    );
  }
});

Deno.test("verifySignature() refuses keys that are too short, or of an unknown curve", async () => {
  for (const name of ["root_rsa1024", "self_secp256k1"] as const) {
    await assert.rejects(
      verifySignature(fixture(name), fixture(name)),
      UnusableIssuerKeyError,
      name,
    );
  }
});

Deno.test("verifySignature() refuses a signature of another kind than the key's", async () => {
  for (
    const [name, issuer] of [
      ["self_ed25519", "self_p256_sha256"],
      ["self_p256_sha256", "self_rsa_sha256"],
      ["self_rsa_sha256", "self_rsa_pss"],
      ["self_rsa_pss", "self_rsa_pss_bound"],
    ] as const
  ) {
    await assert.rejects(verifySignature(fixture(name), fixture(issuer)), BadSignatureError, name);
  }
});

Deno.test("verifySignature() refuses keys that are too long to verify", async () => {
  const algorithm = sequence(objectIdentifier("1.2.840.113549.1.1.1"), nullValue());
  const signing = sequence(objectIdentifier("1.2.840.113549.1.1.11"), nullValue());
  const modulus = integer(2n ** 4096n + 1n);
  const certificate = readCertificate(rawCertificate({
    publicKey: sequence(algorithm, bitString(sequence(modulus, integer(65537n)))),
    innerAlgorithm: signing,
    outerAlgorithm: signing,
  }));
  await assert.rejects(verifySignature(certificate, certificate), UnusableIssuerKeyError);
});

Deno.test("verifySignature() enforces the parameters of an RSASSA-PSS key (RFC 4055 3.3)", async () => {
  const issuer = fixture("self_rsa_pss_bound");
  const key = readPrivateKeyFile(new TextEncoder().encode(keyPem("rsa_pss_bound_pkcs8")));
  const sign = async (
    like: Certificate,
    hash: string,
    saltLength: number,
  ): Promise<Certificate> => {
    const outerAlgorithm = like.signatureAlgorithm.der;
    const fields = { innerAlgorithm: outerAlgorithm, outerAlgorithm };
    const { tbs } = readCertificate(rawCertificate(fields));
    const signer = await importPrivateKey(key, { name: "RSA-PSS", hash } as RsaHashedImportParams);
    const signature = await crypto.subtle.sign({ name: "RSA-PSS", saltLength }, signer, tbs);
    return readCertificate(
      rawCertificate({ ...fields, signature: bitString(new Uint8Array(signature)) }),
    );
  };
  await verifySignature(await sign(issuer, "SHA-384", 48), issuer);
  const other = await sign(fixture("self_rsa_pss"), "SHA-256", 222);
  await assert.rejects(verifySignature(other, issuer), BadSignatureError);
});

Deno.test("verifyChain() trusts an anchor that is not a root, and a leaf that is an anchor", async () => {
  const middle = await (await makeAuthority()).subordinate();
  const pair = await middle.issue();
  const { leaf } = chainOf(pair);
  const alone = { leaf, intermediates: [], at };
  assert.equal((await verifyChain({ ...alone, anchors: [read(middle)] })).length, 2);
  assert.equal((await verifyChain({ ...alone, anchors: [leaf] })).length, 1);
});

Deno.test("verifyChain() trusts an anchor of version 1, and no other certificate of version 1", async () => {
  const v1 = fixture("v1");
  const now = new Date("2026-12-01T00:00:00Z");
  const alone = { leaf: v1, intermediates: [], anchors: [v1], at: now };
  assert.equal((await verifyChain(alone)).length, 1);
  const leaf = await issueWith(await fixtureKey(), formatName(v1.subject));
  assert.equal((await verifyChain({ ...alone, leaf })).length, 2);
  const anchors = [read(await makeAuthority())];
  await refused({ leaf, intermediates: [v1], anchors, at: now }, NotAnAuthorityError, "CN=Bare");
});

/** The key of the version 1 certificate. */
async function fixtureKey(): Promise<CryptoKey> {
  const der = Uint8Array.fromBase64(keyPem("ed25519_pkcs8").replaceAll(/-----.*-----|\s/g, ""));
  return await crypto.subtle.importKey("pkcs8", der, { name: "Ed25519" }, false, ["sign"]);
}

async function issueWith(signingKey: CryptoKey, issuer: string): Promise<Certificate> {
  const keys = await crypto.subtle.generateKey({ name: "Ed25519" }, true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  const certificate = await peculiar.X509CertificateGenerator.create({
    serialNumber: "02",
    issuer,
    subject: leafName,
    notBefore: new Date("2026-01-01T00:00:00Z"),
    notAfter: new Date("2027-01-01T00:00:00Z"),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: { name: "Ed25519" },
    extensions: [new peculiar.BasicConstraintsExtension(false)],
  });
  return readCertificate(new Uint8Array(certificate.rawData));
}

Deno.test("verifyChain() names the certificate whose issuer is missing", async () => {
  const root = await makeAuthority();
  const middle = await root.subordinate();
  const { leaf, intermediates } = chainOf(await middle.issue());
  await refused({ leaf, intermediates: [], anchors: [read(root)] }, IssuerNotFoundError, leafName);
  const stranger = read(await makeAuthority({ subject: "CN=Stranger" }));
  await refused({ leaf, intermediates, anchors: [stranger] }, IssuerNotFoundError, middleName);
  await refused({ leaf, intermediates, anchors: [] }, IssuerNotFoundError, middleName);
});

Deno.test("verifyChain() does not trust a certificate for being self-signed", async () => {
  const root = await makeAuthority();
  const { leaf } = chainOf(await root.issue());
  const material = { leaf, intermediates: [read(root)], anchors: [] };
  await refused(material, IssuerNotFoundError, rootName);
  await refused(
    { leaf: fixture("self_ed25519"), intermediates: [], anchors: [read(root)] },
    IssuerNotFoundError,
    "CN=Self",
  );
});

Deno.test("verifyChain() refuses a CA with the right name but the wrong key", async () => {
  const [root, impostor] = [await makeAuthority(), await makeAuthority()];
  const { leaf } = chainOf(await root.issue());
  await refused(
    { leaf, intermediates: [], anchors: [read(impostor)] },
    BadSignatureError,
    leafName,
  );
  // With both available, the right one is found in any order.
  for (const anchors of [[read(root), read(impostor)], [read(impostor), read(root)]]) {
    assert.deepEqual(
      (await verifyChain({ leaf, intermediates: [], anchors, at })).at(-1)?.der,
      read(root).der,
    );
  }
});

Deno.test("verifyChain() finds the issuer among many with its name by the key identifier", async () => {
  const [root, impostor] = [await makeAuthority(), await makeAuthority()];
  const anchors = [...Array.from({ length: 100 }, () => read(impostor)), read(root)];
  const path = await verifyChain({ ...chainOf(await root.issue()), anchors, at });
  assert.equal(path.length, 2);
});

Deno.test("verifyChain() refuses a certificate that was changed after it was signed", async () => {
  const root = await makeAuthority();
  const pair = await root.issue({ subject: "CN=device.example" });
  const forged = new Uint8Array(pair.certificateDer);
  const position = forged.toHex().indexOf("6465766963652e6578616d706c65") / 2;
  forged[position] = 0x44;
  await refused(
    { leaf: readCertificate(forged), intermediates: [], anchors: [read(root)] },
    BadSignatureError,
    "CN=Device.example",
  );
});

Deno.test("verifyChain() checks the validity of every certificate, including the anchor", async () => {
  const past = {
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date("2025-01-01T00:00:00Z"),
  };
  const future = {
    notBefore: new Date("2030-01-01T00:00:00Z"),
    notAfter: new Date("2040-01-01T00:00:00Z"),
  };
  for (const [dates, error] of [[past, ExpiredError], [future, NotYetValidError]] as const) {
    const root = await makeAuthority();
    const middle = await root.subordinate();
    const anchors = [read(root)];
    await refused({ ...chainOf(await middle.issue(dates)), anchors }, error, leafName);
    const badMiddle = await root.subordinate(dates);
    await refused({ ...chainOf(await badMiddle.issue()), anchors }, error, middleName);
    const badRoot = await makeAuthority(dates);
    await refused({ ...chainOf(await badRoot.issue()), anchors: [read(badRoot)] }, error, rootName);
  }
});

Deno.test("verifyChain() takes another path if one has an expired certificate", async () => {
  const { leaf, intermediates } = {
    leaf: fixture("leaf_p256"),
    intermediates: [fixture("intermediate")],
  };
  const anchors = [fixture("root_expired"), fixture("root")];
  assert.equal((await verifyChain({ leaf, intermediates, anchors, at })).length, 3);
  await refused(
    { leaf, intermediates, anchors: [fixture("root_expired")] },
    ExpiredError,
    "CN=Fixture Root,O=Example,C=DE",
  );
});

/** A root, and below it a CA with these extensions instead of the usual ones. */
async function below(extensions: peculiar.Extension[]): Promise<ChainMaterial> {
  const root = await makeAuthority();
  const middle = await root.subordinate({ extensions });
  return { ...chainOf(await middle.issue()), anchors: [read(root)], at };
}

const { keyCertSign, cRLSign, digitalSignature } = peculiar.KeyUsageFlags;
const isAuthority = new peculiar.BasicConstraintsExtension(true, undefined, true);

Deno.test("verifyChain() refuses an issuer that is not a CA", async () => {
  const usage = new peculiar.KeyUsagesExtension(keyCertSign, true);
  const leafLike = new peculiar.BasicConstraintsExtension(false, undefined, true);
  await refused(await below([leafLike, usage]), NotAnAuthorityError, middleName);
  await refused(await below([usage]), NotAnAuthorityError, middleName);
  const root = await makeAuthority({ extensions: [usage] });
  const material = { ...chainOf(await root.issue()), anchors: [read(root)] };
  await refused(material, NotAnAuthorityError, rootName);
});

Deno.test("verifyChain() refuses an issuer whose key may not sign certificates", async () => {
  const usage = new peculiar.KeyUsagesExtension(cRLSign | digitalSignature, true);
  await refused(await below([isAuthority, usage]), MayNotSignError, middleName);
  assert.equal((await verifyChain(await below([isAuthority]))).length, 3);
});

Deno.test("verifyChain() refuses unknown critical extensions, and ignores others", async () => {
  const odd = (critical: boolean) =>
    new peculiar.Extension("1.2.3.4", critical, Uint8Array.of(5, 0));
  await refused(await below([isAuthority, odd(true)]), UnknownCriticalExtensionError, middleName);
  assert.equal((await verifyChain(await below([isAuthority, odd(false)]))).length, 3);
  const root = await makeAuthority();
  const anchors = [read(root)];
  const leaf = chainOf(await root.issue({ extensions: [odd(true)] }));
  await refused({ ...leaf, anchors }, UnknownCriticalExtensionError, leafName);
  const oddRoot = await makeAuthority({ extensions: [isAuthority, odd(true)] });
  const material = { ...chainOf(await oddRoot.issue()), anchors: [read(oddRoot)] };
  await refused(material, UnknownCriticalExtensionError, rootName);
});

Deno.test("verifyChain() accepts critical certificatePolicies, but not policy constraints", async () => {
  const policies = (oid: string) =>
    new peculiar.Extension(oid, true, sequence(sequence(objectIdentifier("1.2.3"))));
  assert.equal((await verifyChain(await below([isAuthority, policies("2.5.29.32")]))).length, 3);
  for (const oid of ["2.5.29.33", "2.5.29.36", "2.5.29.54"]) {
    const material = await below([isAuthority, policies(oid)]);
    await refused(material, UnknownCriticalExtensionError, middleName);
  }
});

/** NameConstraints that permit DNS names below this one. */
const permitting = (name: string): peculiar.Extension => {
  const base = sequence(contextPrimitive(2, new TextEncoder().encode(name)));
  return new peculiar.Extension("2.5.29.30", true, sequence(contextConstructed(0, base)));
};

Deno.test("verifyChain() processes name constraints", async () => {
  assert.equal((await verifyChain(await below([isAuthority, permitting("example")]))).length, 3);
  await refused(await below([isAuthority, permitting("test")]), NameConstraintError, leafName);
  const empty = new peculiar.Extension("2.5.29.30", false, Uint8Array.of(0x30, 0));
  await refused(await below([isAuthority, empty]), BadNameConstraintsError, middleName);
  const fixtures = { intermediates: [fixture("constrained")], anchors: [fixture("root")], at };
  assert.equal(
    (await verifyChain({ leaf: fixture("leaf_of_constrained"), ...fixtures })).length,
    3,
  );
});

Deno.test("verifyChain() lets a CA restrict the purposes of a leaf", async () => {
  const forPurposes = (...purposes: string[]) =>
    below([isAuthority, new peculiar.ExtendedKeyUsageExtension(purposes)]);
  const { serverAuth, clientAuth, codeSigning } = peculiar.ExtendedKeyUsage;
  assert.equal((await verifyChain(await forPurposes(clientAuth, serverAuth))).length, 3);
  // The leaf is for TLS servers only.
  await refused(await forPurposes(clientAuth), PurposeNotAllowedError, middleName);
  const material = { ...await forPurposes(serverAuth), purposes: [codeSigning] };
  await refused(material, PurposeNotAllowedError, leafName);
});

Deno.test("verifyChain() takes another path if one excludes the names or the purpose", async () => {
  const root = await makeAuthority({ key: "ed25519" });
  const middle = await root.subordinate({ key: "ed25519" });
  const { leaf, intermediates: [good] } = chainOf(await middle.issue());
  assert.ok(good);
  // The same CA key with two certificates.
  const certified = async (extension: peculiar.Extension): Promise<Certificate> =>
    readCertificate(
      new Uint8Array(
        (await peculiar.X509CertificateGenerator.create({
          serialNumber: "03",
          issuer: new peculiar.X509Certificate(root.certificateDer).subjectName,
          subject: new peculiar.X509Certificate(good.der).subjectName,
          notBefore: new Date("2026-01-01T00:00:00Z"),
          notAfter: new Date("2027-01-01T00:00:00Z"),
          publicKey: await new peculiar.X509Certificate(good.der).publicKey.export(),
          signingKey: root.privateKey,
          signingAlgorithm: { name: "Ed25519" },
          extensions: [isAuthority, extension],
        })).rawData,
      ),
    );
  const noClient = new peculiar.ExtendedKeyUsageExtension([peculiar.ExtendedKeyUsage.clientAuth]);
  for (const bad of [await certified(permitting("test")), await certified(noClient)]) {
    const material = { leaf, anchors: [read(root)], at };
    const path = await verifyChain({ ...material, intermediates: [bad, good] });
    assert.deepEqual(path[1]?.der, good.der);
    await assert.rejects(verifyChain({ ...material, intermediates: [bad] }));
  }
});

/** A leaf, its CA and the root. */
async function threeCertificates(
  { middle = {}, root = {} }: { middle?: AuthorityOptions; root?: AuthorityOptions } = {},
): Promise<[Certificate, Certificate, Certificate]> {
  const top = await makeAuthority({ key: "ed25519", ...root });
  const authority = await top.subordinate({ key: "ed25519", ...middle });
  const pair = await authority.issue({ key: "ed25519" });
  return [read(pair), read(authority), read(top)];
}

/** Expects a served chain to be refused with this error for the certificate with this subject. */
async function servedRefused(
  chain: [Certificate, ...Certificate[]],
  error: ErrorClass,
  subject: string,
): Promise<void> {
  await assert.rejects(verifyServedChain(chain, { at }), (found) => {
    assert.ok(found instanceof error, String(found));
    assert.equal(formatName(found.certificate.subject), subject);
    return true;
  });
}

Deno.test("verifyServedChain() accepts a leaf and its CAs in order, with or without the root", async () => {
  const [leaf, middle, root] = await threeCertificates();
  await verifyServedChain([leaf], { at });
  await verifyServedChain([leaf, middle], { at });
  await verifyServedChain([leaf, middle, root], { at });
  await servedRefused([leaf, root, middle], IssuerNotFoundError, leafName);
  await servedRefused([leaf, root], IssuerNotFoundError, leafName);
  await servedRefused([leaf, middle, middle], IssuerNotFoundError, middleName);
});

Deno.test("verifyServedChain() refuses a CA with the right name but the wrong key", async () => {
  const [leaf, middle, root] = await threeCertificates();
  const [, otherMiddle, otherRoot] = await threeCertificates();
  await servedRefused([leaf, otherMiddle], BadSignatureError, leafName);
  await servedRefused([leaf, otherMiddle, otherRoot], BadSignatureError, leafName);
  await servedRefused([leaf, middle, otherRoot], BadSignatureError, middleName);
  await verifyServedChain([leaf, middle, root], { at });
});

Deno.test("verifyServedChain() refuses a CA that is not valid now, except a root at the end", async () => {
  const past = { notAfter: new Date("2025-01-01T00:00:00Z") };
  await servedRefused(await threeCertificates({ middle: past }), ExpiredError, middleName);
  const future = { notBefore: new Date("2030-01-01T00:00:00Z") };
  await servedRefused(await threeCertificates({ middle: future }), NotYetValidError, middleName);
  await verifyServedChain(await threeCertificates({ root: past }), { at });
});

Deno.test("verifyServedChain() has the same requirements for CAs as verifyChain()", async () => {
  const { codeSigning } = peculiar.ExtendedKeyUsage;
  const usage = new peculiar.KeyUsagesExtension(cRLSign, true);
  const odd = new peculiar.Extension("1.2.3.4", true, Uint8Array.of(5, 0));
  const noLeaf = new peculiar.ExtendedKeyUsageExtension([codeSigning]);
  const served = (...extensions: peculiar.Extension[]) =>
    threeCertificates({ middle: { extensions } });
  await servedRefused(await served(usage), NotAnAuthorityError, middleName);
  await servedRefused(await served(isAuthority, usage), MayNotSignError, middleName);
  await servedRefused(await served(isAuthority, odd), UnknownCriticalExtensionError, middleName);
  await servedRefused(await served(isAuthority, noLeaf), PurposeNotAllowedError, middleName);
  await servedRefused(await served(isAuthority, permitting("test")), NameConstraintError, leafName);
  const none = new peculiar.BasicConstraintsExtension(true, 0, true);
  const limited = await threeCertificates({ root: { extensions: [none] } });
  await servedRefused(limited, PathLengthError, rootName);
});

Deno.test("verifyChain() counts CAs, but not the leaf, against the path length limit", async () => {
  const limited = (limit: number): AuthorityOptions => ({
    extensions: [new peculiar.BasicConstraintsExtension(true, limit, true)],
  });
  const root = await makeAuthority(limited(1));
  const first = await root.subordinate();
  const second = await first.subordinate({ subject: "CN=Second" });
  const anchors = [read(root)];
  assert.equal((await verifyChain({ ...chainOf(await first.issue()), anchors, at })).length, 3);
  await refused({ ...chainOf(await second.issue()), anchors }, PathLengthError, rootName);
  const none = await makeAuthority(limited(0));
  const leaf = chainOf(await none.issue());
  assert.equal((await verifyChain({ ...leaf, anchors: [read(none)], at })).length, 2);
});

Deno.test("verifyChain() does not count a self-issued CA certificate (RFC 5280 4.2.1.9)", async () => {
  const root = await makeAuthority({
    extensions: [new peculiar.BasicConstraintsExtension(true, 0, true)],
  });
  const renewed = await root.subordinate({ subject: rootName });
  const material = { ...chainOf(await renewed.issue()), anchors: [read(root)], at };
  assert.equal((await verifyChain(material)).length, 3);
});

Deno.test("verifyChain() refuses a chain of more than ten certificates", async () => {
  let authority = await makeAuthority();
  const anchors = [read(authority)];
  for (let depth = 0; depth < 9; depth++) {
    authority = await authority.subordinate({ subject: `CN=CA ${depth}` });
  }
  await refused({ ...chainOf(await authority.issue()), anchors }, ChainTooLongError, "CN=CA 0");
});

Deno.test("verifyChain() terminates for loops and crafted mazes of CAs", async () => {
  // Eight keys with one name, each certified by every other: there are endless paths.
  const mesh = await Promise.all(
    Array.from(
      { length: 8 },
      () =>
        crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]) as Promise<
          CryptoKeyPair
        >,
    ),
  );
  const intermediates: Certificate[] = [];
  for (const { publicKey } of mesh) {
    for (const { privateKey } of mesh) {
      const certificate = await peculiar.X509CertificateGenerator.create({
        serialNumber: "02",
        issuer: "CN=Maze",
        subject: "CN=Maze",
        notBefore: new Date("2026-01-01T00:00:00Z"),
        notAfter: new Date("2027-01-01T00:00:00Z"),
        publicKey,
        signingKey: privateKey,
        signingAlgorithm: { name: "Ed25519" },
        extensions: [isAuthority],
      });
      intermediates.push(readCertificate(new Uint8Array(certificate.rawData)));
    }
  }
  const [first] = mesh;
  assert.ok(first);
  const leaf = await issueWith(first.privateKey, "CN=Maze");
  const anchors = [read(await makeAuthority())];
  // Walking every path would take years.
  await assert.rejects(
    verifyChain({ leaf, intermediates, anchors, at }),
    (error: ChainError) =>
      error instanceof ChainTooLongError || error instanceof IssuerNotFoundError,
  );
});

Deno.test("verifyChain() matches names by RFC 5280 7.1, not by their bytes", async () => {
  const root = await makeAuthority({ subject: "CN=Test Root", key: "ed25519" });
  const leaf = await issueWith(root.privateKey, "CN=TEST  root");
  const path = await verifyChain({ leaf, intermediates: [], anchors: [read(root)], at });
  assert.equal(path.length, 2);
});

/** Counts the signatures that WebCrypto verifies during `work`. */
async function verifications(work: () => Promise<unknown>): Promise<number> {
  const { subtle } = crypto;
  const verify = subtle.verify;
  let count = 0;
  subtle.verify = (...terms) => {
    count++;
    return verify.apply(subtle, terms);
  };
  try {
    await work();
  } finally {
    subtle.verify = verify;
  }
  return count;
}

Deno.test("verifyChain() verifies no signature twice that was verified in the served chain", async () => {
  const [leaf, middle, root] = await threeCertificates();
  // A different object for the same root: the anchor comes from a file of its own.
  const material = { leaf, intermediates: [middle], anchors: [readCertificate(root.der)], at };
  const count = await verifications(async () => {
    const links = await verifyServedChain([leaf, middle, root], { at });
    await verifyChain({ ...material, links });
  });
  assert.equal(count, 2);
  const withoutRoot = await verifications(async () => {
    const links = await verifyServedChain([leaf, middle], { at });
    await verifyChain({ ...material, links });
  });
  assert.equal(withoutRoot, 2);
  assert.equal(await verifications(() => verifyChain(material)), 2, "counting works");
});

Deno.test("verifyChain() does not reuse the verification of a signature by another key", async () => {
  const [leaf, middle, root] = await threeCertificates();
  const [, otherMiddle, otherRoot] = await threeCertificates();
  const links = await verifyServedChain([leaf, middle, root], { at });
  const other = { leaf, intermediates: [otherMiddle], anchors: [otherRoot], at, links };
  await assert.rejects(verifyChain(other), BadSignatureError);
  const foreign = { leaf, intermediates: [middle], anchors: [otherRoot], at, links };
  await assert.rejects(verifyChain(foreign), BadSignatureError);
});
