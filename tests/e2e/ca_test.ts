/** A complete session with the CA: every command, and exactly what each prints. */
import assert from "node:assert/strict";
import { run, withPlace } from "./support/executable.ts";
import { succeed } from "./support/pairs.ts";

const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;

/** Compares lines. `<time>` matches a time. */
function assertLines(found: string, expected: readonly string[]): void {
  const lines = found.replaceAll(new RegExp(time, "g"), "<time>").trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => line.replaceAll(/ +/g, " ")), expected);
}

Deno.test("certswap ca: from nothing to a revoked certificate", async () => {
  await withPlace(async (place) => {
    const { directory } = place;
    const ca = `${directory}/ca`;
    const at = ["--data-dir", ca];

    const before = await place.certswap(["ca", "list", ...at]);
    assert.equal(before.code, 1);
    assert.match(before.stderr, /^Error: CA not initialized\. Run 'ca init' first\.\n/);
    await assert.rejects(Deno.stat(ca), Deno.errors.NotFound);

    assertLines(
      await succeed(place, ["ca", "init", "--subject", "CN=My Root CA,O=My Org,C=US", ...at]),
      [
        "CA initialized successfully.",
        " Subject: CN=My Root CA,O=My Org,C=US",
        " Algorithm: ECDSA P-256",
        " Serial: 01",
        " Not After: <time>",
        ` Certificate: ${ca}/ca.crt`,
        ` Key: ${ca}/ca.key`,
        `Warning: CA private key is stored unencrypted at ${ca}/ca.key. Protect this file.`,
      ],
    );
    const again = await place.certswap(["ca", "init", "--subject", "CN=Another", ...at]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /^Error: CA already initialized at /);

    const [key, csr] = [`${directory}/device.key`, `${directory}/device.csr`];
    assertLines(
      await succeed(place, [
        ...["ca", "request", "--subject", "CN=example.com,O=Example Inc,C=US"],
        ...["--san", "DNS:example.com,IP:192.0.2.1", "--out-key", key, "--out-csr", csr],
      ]),
      [
        "CSR generated successfully.",
        " Subject: CN=example.com,O=Example Inc,C=US",
        " Algorithm: ECDSA P-256",
        ` Key: ${key}`,
        ` CSR: ${csr}`,
      ],
    );
    assert.equal(((await Deno.stat(key)).mode ?? 0) & 0o777, 0o600);

    assertLines(await succeed(place, ["ca", "list", ...at]), ["No certificates issued."]);
    assertLines(await succeed(place, ["ca", "sign", csr, ...at]), [
      "Certificate issued successfully.",
      " Serial: 02",
      " Subject: CN=example.com,O=Example Inc,C=US",
      " Not After: <time>",
      ` Certificate: ${ca}/certs/02.pem`,
    ]);
    const issued = `${ca}/certs/02.pem`;
    const openssl = await run("/usr/bin/openssl", ["verify", "-CAfile", `${ca}/ca.crt`, issued])
      .catch(() => undefined);
    if (openssl !== undefined) assert.equal(openssl.stdout, `${issued}: OK\n`);

    const valid = await succeed(place, ["ca", "verify", issued, ...at]);
    assert.match(valid, /^Certificate verification: VALID\n/);
    assert.match(valid, /Revocation: NOT CHECKED \(no CRL available\)/);

    assertLines(await succeed(place, ["ca", "revoke", "2", "--reason", "keyCompromise", ...at]), [
      "Certificate revoked successfully.",
      " Serial: 02",
      " Reason: keyCompromise",
    ]);
    assertLines(await succeed(place, ["ca", "crl", ...at]), [
      "CRL generated successfully.",
      " This Update: <time>",
      " Next Update: <time>",
      " CRL Number: 1",
      " Revoked certificates: 1",
      ` CRL: ${ca}/ca.crl`,
    ]);
    const revoked = await place.certswap(["ca", "verify", issued, ...at]);
    assert.equal(revoked.code, 1);
    assert.match(revoked.stdout, /^Certificate verification: INVALID\n/);
    assert.match(revoked.stdout, /Revocation: REVOKED \(reason: keyCompromise, date: /);
    assertLines(await succeed(place, ["ca", "list", ...at]), [
      "SERIAL STATUS NOT AFTER SUBJECT",
      "02 revoked <time> CN=example.com,O=Example Inc,C=US",
    ]);
    await succeed(place, ["ca", "check", ...at]);
  });
});
