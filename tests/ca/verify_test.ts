/** `ca verify`: what makes a certificate valid or invalid, and what is printed. */
import assert from "node:assert/strict";
import { join } from "../../lib/system/mod.ts";
import { readCrlFile } from "../../lib/x509/read/crl.ts";
import {
  bitString,
  contextConstructed,
  integer,
  sequence,
  time,
} from "../../lib/x509/encoding/der_writer.ts";
import { readPrivateKeyFile, readSingleCertificateFile, writePem } from "../../lib/x509/mod.ts";
import { webCryptoKeys } from "../../lib/x509/key/signer.ts";
import { testBeforeInit, type TestCa, testOnEachStore, withCa } from "../support/ca.ts";
import { extension } from "../support/requests.ts";

const signed = async (ca: TestCa): Promise<string> => {
  await ca.done(["sign", await ca.request()]);
  return await ca.certificateFile("02");
};

/** The printed lines of `ca verify`, by label. */
async function verified(
  ca: TestCa,
  file: string,
  now?: string,
): Promise<Record<string, string | number>> {
  const options = now === undefined ? {} : { now: new Date(now) };
  const { exit, stdout } = await ca.run(["verify", file], options);
  const [first = "", ...lines] = stdout.split("\n");
  const labelled = [...lines, `  ${first}`].map((line) => /^ {2}([^:]+): *(.*)$/.exec(line));
  return Object.fromEntries([
    ...labelled.flatMap((match) => match ? [[match[1], match[2]]] : []),
    ["exit", exit],
  ]);
}

testOnEachStore(
  "ca verify is VALID and exits 0 for a certificate that the last CRL does not list",
  async (ca) => {
    const file = await signed(ca);
    await ca.done(["crl"]);
    const lines = await verified(ca, file);
    assert.equal(lines["Certificate verification"], "VALID");
    assert.equal(lines["Revocation"], "OK (not revoked)");
    assert.equal(lines["exit"], 0);
  },
);

testOnEachStore(
  "ca verify is INVALID and exits 1 for a revoked certificate, with reason and date",
  async (ca) => {
    const file = await signed(ca);
    await ca.done(["revoke", "02", "--reason", "keyCompromise"]);
    await ca.done(["crl"]);
    const lines = await verified(ca, file);
    assert.equal(lines["Certificate verification"], "INVALID");
    assert.equal(
      lines["Revocation"],
      "REVOKED (reason: keyCompromise, date: 2026-06-01T12:00:00Z)",
    );
    assert.equal(lines["exit"], 1);
  },
);

testOnEachStore(
  "ca verify is INVALID for a certificate that no CRL lists yet as revoked",
  async (ca) => {
    const file = await signed(ca);
    const revoked = "REVOKED (reason: keyCompromise, date: 2026-06-01T12:00:00Z)";
    const isRevoked = async (text: string): Promise<void> => {
      const lines = await verified(ca, file);
      assert.equal(lines["Certificate verification"], "INVALID");
      assert.equal(lines["Revocation"], text);
      assert.equal(lines["exit"], 1);
    };
    await ca.done(["crl"]);
    await ca.done(["revoke", "02", "--reason", "keyCompromise"]);
    await isRevoked(`${revoked}, not on the current CRL`);
    const { stdout } = await ca.run(["verify", file, "--json"]);
    assert.equal(JSON.parse(stdout).revocation.onCrl, false);
    Deno.removeSync(ca.path("ca.crl"));
    await isRevoked(`${revoked}, not on the current CRL`);
    ca.write("ca.crl", "junk\n");
    await isRevoked(`${revoked}, not on the current CRL`);
    Deno.removeSync(ca.path("ca.crl"));
    await ca.done(["crl"]);
    await isRevoked(revoked);
  },
);

Deno.test("ca verify is INVALID for a certificate that only the CRL lists as revoked", async () => {
  await withCa(async (ca) => {
    const file = await signed(ca);
    const before = ca.read("index.json");
    await ca.done(["revoke", "02"]);
    await ca.done(["crl"]);
    ca.write("index.json", before);
    const lines = await verified(ca, file);
    assert.match(String(lines["Revocation"]), /^REVOKED \(reason: unspecified, date: [^)]*\)$/);
    assert.equal(lines["exit"], 1);
  });
});

Deno.test("ca verify refuses to verify if the index cannot be read", async () => {
  await withCa(async (ca) => {
    const file = await signed(ca);
    ca.write("index.json", "junk\n");
    const { exit, stdout, stderr } = await ca.run(["verify", file]);
    assert.deepEqual([exit, stdout], [1, ""]);
    assert.match(stderr, /index\.json line 1: not JSON/);
  });
});

Deno.test("ca verify uses no record of another certificate with the same number", async () => {
  await withCa(async (ca) => {
    await signed(ca);
    await ca.done(["revoke", "02"]);
    await withCa(async (other) => {
      const { stdout } = await ca.run(["verify", await signed(other), "--json"]);
      const { valid, signature, revocation } = JSON.parse(stdout);
      assert.deepEqual([valid, signature, revocation.status], [false, "failed", "not-checked"]);
    });
  });
});

testOnEachStore("ca verify prints unspecified for a revocation without reason", async (ca) => {
  const file = await signed(ca);
  await ca.done(["revoke", "02"]);
  await ca.done(["crl"]);
  assert.match(String((await verified(ca, file))["Revocation"]), /reason: unspecified/);
});

testOnEachStore("ca verify is INVALID before notBefore and after notAfter", async (ca) => {
  const file = await signed(ca);
  const early = await verified(ca, file, "2026-06-01T11:58:59Z");
  assert.deepEqual([early["Expiry"], early["exit"]], ["NOT YET VALID", 1]);
  const last = await verified(ca, file, "2027-06-01T12:00:00Z");
  assert.deepEqual([last["Expiry"], last["exit"]], ["OK", 0]);
  const late = await verified(ca, file, "2027-06-01T12:00:01Z");
  assert.deepEqual([late["Expiry"], late["exit"]], ["EXPIRED", 1]);
});

testOnEachStore(
  "ca verify prints FAILED for a certificate of another CA, even with the same name",
  async (ca) => {
    await withCa(async (other) => {
      const lines = await verified(ca, await signed(other));
      assert.equal(lines["Certificate verification"], "INVALID");
      assert.equal(lines["Signature"], "FAILED");
      assert.equal(lines["Expiry"], undefined);
      assert.equal(lines["exit"], 1);
    });
  },
);

testOnEachStore("ca verify prints FAILED for a certificate that was modified", async (ca) => {
  const file = await signed(ca);
  const pem = Deno.readTextFileSync(file);
  // Inside the subject, after the start of the certificate.
  const at = pem.indexOf("\n", 300) - 20;
  const changed = pem.slice(0, at) + (pem[at] === "A" ? "B" : "A") + pem.slice(at + 1);
  const copy = join(ca.root, "changed.pem");
  Deno.writeTextFileSync(copy, changed);
  const { exit, stdout, stderr } = await ca.run(["verify", copy]);
  assert.equal(exit, 1);
  assert.match(stdout + stderr, /Signature: {2}FAILED|failed to parse certificate/);
});

Deno.test("ca verify is INVALID if the CRL is not signed by this CA", async () => {
  await withCa(async (ca) => {
    const file = await signed(ca);
    await withCa(async (other) => {
      await other.done(["crl"]);
      ca.write("ca.crl", other.read("ca.crl"));
    });
    const lines = await verified(ca, file);
    assert.equal(lines["Certificate verification"], "INVALID");
    assert.match(String(lines["Revocation"]), /^FAILED \(the CRL is not signed by this CA\)$/);
    assert.equal(lines["exit"], 1);
    ca.write("ca.crl", "junk\n");
    assert.equal((await verified(ca, file))["exit"], 1);
  });
});

Deno.test("ca verify is INVALID if the CRL has an unknown critical extension", async () => {
  await withCa(async (ca) => {
    const file = await signed(ca);
    await ca.done(["crl"]);
    const { number = 1n, ...crl } = readCrlFile(Deno.readFileSync(ca.path("ca.crl")));
    const root = readSingleCertificateFile(Deno.readFileSync(ca.path("ca.crt")));
    const signer = await webCryptoKeys.load(
      readPrivateKeyFile(Deno.readFileSync(ca.path("ca.key"))),
      root.subjectPublicKeyInfo,
    );
    // issuingDistributionPoint (RFC 5280 5.2.5): a CRL that covers only some certificates.
    const tbs = sequence(
      integer(1n),
      signer.algorithm.signature,
      crl.issuer.der,
      time(crl.thisUpdate),
      contextConstructed(
        0,
        sequence(
          extension("2.5.29.20", integer(number)),
          extension("2.5.29.28", sequence(), true),
        ),
      ),
    );
    const signature = bitString(await signer.sign(tbs));
    const der = sequence(tbs, signer.algorithm.signature, signature);
    ca.write("ca.crl", writePem("X509 CRL", der));
    const lines = await verified(ca, file);
    assert.match(
      String(lines["Revocation"]),
      /^FAILED \(the CRL has an unknown critical extension/,
    );
    assert.equal(lines["exit"], 1);
    assert.equal((await ca.run(["crl"])).exit, 1);
  });
});

testOnEachStore(
  "ca verify is INVALID if the CRL is past its next update, and not before",
  async (ca) => {
    const file = await signed(ca);
    await ca.done(["crl"]);
    assert.equal((await verified(ca, file, "2026-06-08T12:00:00Z"))["exit"], 0);
    const lines = await verified(ca, file, "2026-06-08T12:00:01Z");
    assert.equal(lines["Certificate verification"], "INVALID");
    assert.equal(lines["Revocation"], "UNKNOWN (CRL expired 2026-06-08T12:00:00Z)");
    assert.equal(lines["exit"], 1);
    await ca.done(["revoke", "02"]);
    await ca.done(["crl"]);
    const revoked = await verified(ca, file, "2026-06-09T12:00:00Z");
    assert.match(String(revoked["Revocation"]), /^REVOKED \(/, "revocation is permanent");
  },
);

testOnEachStore("ca verify accepts the root itself", async (ca) => {
  assert.equal((await verified(ca, ca.path("ca.crt")))["exit"], 0);
});

testOnEachStore("ca verify refuses and names files without exactly one certificate", async (ca) => {
  const file = await signed(ca);
  const bad = join(ca.root, "bad.pem");
  const pem = Deno.readTextFileSync(file);
  for (const text of ["", "junk", pem + pem, ca.read("ca.key"), pem.slice(0, 200)]) {
    Deno.writeTextFileSync(bad, text);
    const { exit, stderr, stdout } = await ca.run(["verify", bad]);
    assert.deepEqual([exit, stdout], [1, ""]);
    assert.ok(stderr.startsWith(`Error: failed to parse certificate from ${bad}\n`), stderr);
  }
});

testOnEachStore(
  "ca verify, list and check take no lock: they work on a read-only directory",
  async (ca) => {
    const file = await signed(ca);
    await ca.done(["crl"]);
    const lock = Deno.openSync(ca.path(".certswap/ca.lock"), { read: true });
    try {
      assert.ok(lock.tryLockSync(true));
      const before = ca.tree();
      for (const words of [["verify", file], ["list"], ["check"]]) await ca.done(words);
      assert.deepEqual(ca.tree(), before);
    } finally {
      lock.close();
    }
  },
);

testBeforeInit("ca verify without a CA file names the missing file", async (ca) => {
  const { exit } = await ca.run(["verify", "x.pem"]);
  assert.equal(exit, 1);
});
