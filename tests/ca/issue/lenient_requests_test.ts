/** Requests that OpenSSL accepts although they do not follow the RFCs: the CA signs them. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { readSingleCertificateFile } from "../../../lib/x509/read/certificate_file.ts";
import {
  bitString,
  nullValue,
  objectIdentifier,
  sequence,
} from "../../../lib/x509/encoding/der_writer.ts";
import { withCa } from "../../support/ca.ts";
import { algorithm, requestKey } from "../../support/requests.ts";

const ecdsaWithSha256 = "1.2.840.10045.4.3.2";

Deno.test("ca sign accepts an ECDSA algorithm with NULL parameters, as Mbed TLS wrote it", async () => {
  await withCa(async (ca) => {
    const signatureAlgorithm = algorithm(ecdsaWithSha256, nullValue());
    await ca.done(["sign", await ca.request("null.csr", { signatureAlgorithm })]);
  });
});

Deno.test("ca sign accepts a compressed point, and writes it uncompressed", async () => {
  const { publicKey } = await requestKey();
  const point = publicKey.subarray(publicKey.length - 65);
  const compressed = Uint8Array.of(2 + ((point[64] ?? 0) & 1), ...point.subarray(1, 33));
  const curve = objectIdentifier("1.2.840.10045.3.1.7");
  const publicKeyInfo = sequence(algorithm("1.2.840.10045.2.1", curve), bitString(compressed));
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request("compressed.csr", { publicKeyInfo })]);
    const issued = readSingleCertificateFile(Deno.readFileSync(ca.path("certs/02.pem")));
    assert.deepEqual(issued.subjectPublicKeyInfo.der, publicKey);
  });
});

Deno.test("ca sign --json escapes control characters without changing the value", async () => {
  await withCa(async (ca) => {
    const name = "a\u202eb\u009bc\u007fd\u2028e.csr";
    const stdout = await ca.done(["sign", "--json", await ca.request(name)]);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]/);
    assert.equal(JSON.parse(stdout).issued[0].request, join(ca.root, name));
  });
});
