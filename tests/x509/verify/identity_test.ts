import assert from "node:assert/strict";
import { type Certificate, readCertificate } from "../../../lib/x509/read/certificate.ts";
import { contextPrimitive, sequence } from "../../../lib/x509/encoding/der_writer.ts";
import { formatGeneralName } from "../../../lib/x509/name/general_name.ts";
import { compareIdentities } from "../../../lib/x509/verify/identity.ts";
import { rawCertificate, rawExtension, rawName } from "../raw_certificate.ts";

const tags = { DNS: 2, email: 1, URI: 6 } as const;

function certificate(commonName: string, ...names: string[]): Certificate {
  const encoded = names.map((name) => {
    const [kind = "", ...text] = name.split(":");
    if (kind === "IP") return contextPrimitive(7, Uint8Array.from(text.join().split("."), Number));
    return contextPrimitive(
      tags[kind as keyof typeof tags],
      new TextEncoder().encode(text.join(":")),
    );
  });
  return readCertificate(rawCertificate({
    subject: rawName(commonName),
    extensions: names.length > 0 ? [rawExtension("2.5.29.17", sequence(...encoded))] : [],
  }));
}

Deno.test("compareIdentities() finds equal identities, regardless of order and case", () => {
  const current = certificate("a", "DNS:a.example", "IP:192.0.2.1", "email:X@b.example");
  const next = certificate("A", "email:X@B.EXAMPLE", "DNS:A.Example", "IP:192.0.2.1");
  assert.equal(compareIdentities(current, next).verdict, "equal");
  assert.equal(compareIdentities(certificate("a"), certificate("a")).verdict, "equal");
});

Deno.test("compareIdentities() finds a superset, and the added names", () => {
  const { verdict, added, missing } = compareIdentities(
    certificate("a", "DNS:a.example"),
    certificate("a", "DNS:b.example", "DNS:a.example"),
  );
  assert.equal(verdict, "superset");
  assert.deepEqual(added.map(formatGeneralName), ["DNS:b.example"]);
  assert.deepEqual(missing, []);
});

Deno.test("compareIdentities() finds a missing name, even if others were added", () => {
  const { verdict, subjectsEqual, missing } = compareIdentities(
    certificate("a", "DNS:a.example", "IP:192.0.2.1"),
    certificate("a", "DNS:a.example", "DNS:192.0.2.1"),
  );
  assert.equal(verdict, "different");
  assert.ok(subjectsEqual);
  assert.deepEqual(missing.map(formatGeneralName), ["IP:192.0.2.1"]);
});

Deno.test("compareIdentities() finds a different subject with the same names", () => {
  const comparison = compareIdentities(
    certificate("a", "DNS:a.example"),
    certificate("b", "DNS:a.example"),
  );
  assert.equal(comparison.verdict, "different");
  assert.equal(comparison.subjectsEqual, false);
});

Deno.test("compareIdentities() never splits a URI into two names, and compares its case", () => {
  const two = certificate("a", "URI:http://a/", "DNS:evil.example");
  const one = certificate("a", "URI:http://a/, DNS:evil.example");
  assert.equal(compareIdentities(two, one).verdict, "different");
  assert.equal(
    compareIdentities(certificate("a", "URI:urn:a:B"), certificate("a", "URI:urn:a:b")).verdict,
    "different",
  );
});
