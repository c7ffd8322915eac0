import assert from "node:assert/strict";
import { CertswapError } from "../../lib/system/errors.ts";
import { readCertificate } from "../../lib/x509/read/certificate.ts";
import { readAnchorFile, readCertificateFile } from "../../lib/x509/read/certificate_file.ts";
import { verifyChain } from "../../lib/x509/verify/chain.ts";
import { formatGeneralName } from "../../lib/x509/name/general_name.ts";
import { compareIdentities } from "../../lib/x509/verify/identity.ts";
import { formatName, namesEqual } from "../../lib/x509/name/name.ts";
import { proveKeyBelongs } from "../../lib/x509/verify/pair.ts";
import { writePem } from "../../lib/x509/encoding/pem.ts";
import { readPrivateKeyFile } from "../../lib/x509/key/private_key_file.ts";
import { SeededRandom } from "../support/random.ts";
import { allCertificates, allKeyPems, certificatePem, keyPem } from "./fixtures.ts";
import { mutate, randomCertificate } from "./random_certificate.ts";

/**
 * Reading any file ends in a value or in one of certswap's own errors, never in an error of the runtime,
 * which an operator would see as a stack trace.
 */

/** Runs `work`, and fails on errors that are not certswap's. @returns whether `work` succeeded. */
async function succeeds(work: () => unknown, seed: number): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    assert.ok(error instanceof CertswapError, `seed ${seed}: ${error}`);
    return false;
  }
}

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const keyPems = allKeyPems();
const certificatePems = allCertificates().map(([, { pem }]) => pem);
const labels = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "EC PARAMETERS"] as const;

Deno.test("reading random bytes throws nothing but a CertswapError", async () => {
  for (let seed = 0; seed < 5000; seed++) {
    const random = new SeededRandom(seed);
    const bytes = random.bytes(random.below(200));
    // Make some look like DER, and put some into well-formed PEM.
    if (random.oneIn(2) && bytes.length > 1) bytes.set([0x30, bytes.length - 2]);
    await succeeds(() => readCertificate(bytes), seed);
    await succeeds(() => readCertificateFile(bytes), seed);
    await succeeds(() => readPrivateKeyFile(bytes), seed);
    await succeeds(() => readPrivateKeyFile(encode(writePem(random.pick(labels), bytes))), seed);
  }
});

Deno.test("reading damaged PEM throws nothing but a CertswapError", async () => {
  let read = 0;
  for (let seed = 0; seed < 5000; seed++) {
    const random = new SeededRandom(seed);
    const pems = random.oneIn(2) ? keyPems : certificatePems;
    const [first = "", second = ""] = [0, 1].map(() => pems[random.below(pems.length)]);
    const file = mutate(encode(random.oneIn(3) ? first + second : first), random);
    if (await succeeds(() => readPrivateKeyFile(file), seed)) read++;
    if (await succeeds(() => readCertificateFile(file), seed)) read++;
    await succeeds(() => readAnchorFile(file), seed);
  }
  assert.ok(read > 50, `${read}`);
});

Deno.test("using a damaged private key throws nothing but a CertswapError, and proves nothing", async () => {
  const files = keyPems.filter((pem) => !pem.includes("ENCRYPTED"));
  const ders = files.map((pem) =>
    Uint8Array.fromBase64((pem.split("-----\n").at(-2) ?? "").replace(/-----[^]*/, ""))
  );
  const leaf = readCertificateFile(encode(certificatePem("leaf_p256"))).leaf;
  let read = 0;
  let proved = 0;
  for (let seed = 0; seed < 3000; seed++) {
    const random = new SeededRandom(seed);
    const index = random.below(files.length);
    const label = /BEGIN (.*PRIVATE KEY)/.exec(files[index] ?? "")?.[1] ?? "";
    const damaged = mutate(ders[index] ?? new Uint8Array(1), random);
    await succeeds(async () => {
      const key = readPrivateKeyFile(encode(writePem(label, damaged)));
      read++;
      if (await proveKeyBelongs(key, leaf)) proved++;
    }, seed);
  }
  assert.ok(read > 100, `${read} read`);
  // The public key may be missing or damaged without affecting the private key.
  assert.ok(proved < read / 2, `${proved} of ${read} proved`);
});

Deno.test("using a damaged certificate throws nothing but a CertswapError, and none verifies", async () => {
  const key = readPrivateKeyFile(encode(keyPem("p256_pkcs8")));
  const { anchors } = readAnchorFile(
    encode(certificatePem("root") + certificatePem("intermediate")),
  );
  const ders = certificatePems.map((pem) => readCertificateFile(encode(pem)).leaf.der);
  let read = 0;
  let verified = 0;
  for (let seed = 0; seed < 5000; seed++) {
    const random = new SeededRandom(seed);
    const original = random.oneIn(3)
      ? randomCertificate(random)
      : ders[random.below(ders.length)] ?? new Uint8Array(1);
    const at = new Date("2026-06-01T00:00:00Z");
    await succeeds(async () => {
      const certificate = readCertificate(mutate(original, random));
      read++;
      assert.doesNotMatch(formatName(certificate.subject), /[\p{Cc}\p{Cf}]/u);
      assert.match(certificate.subjectAltName.map(formatGeneralName).join(""), /^[!-~]*$/);
      assert.ok(namesEqual(certificate.issuer, certificate.issuer));
      assert.equal(compareIdentities(certificate, certificate).verdict, "equal");
      await succeeds(() => proveKeyBelongs(key, certificate), seed);
      const material = { leaf: certificate, intermediates: [certificate], anchors, at };
      const isVerified = await succeeds(() => verifyChain(material), seed);
      // Some mutations change nothing.
      if (isVerified && certificate.der.toHex() !== original.toHex()) verified++;
    }, seed);
  }
  assert.ok(read > 500, `${read} read`);
  assert.equal(verified, 0);
});
