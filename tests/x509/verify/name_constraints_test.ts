import assert from "node:assert/strict";
import {
  type Bytes,
  contextConstructed,
  contextPrimitive,
  sequence,
  utf8String,
} from "../../../lib/x509/encoding/der_writer.ts";
import { type Certificate, readCertificate } from "../../../lib/x509/read/certificate.ts";
import {
  BadNameConstraintsError,
  ChainError,
  NameConstraintError,
  TooManyNamesError,
} from "../../../lib/x509/verify/chain_errors.ts";
import * as nameConstraintChecks from "../../../lib/x509/verify/name_constraints.ts";
import { SeededRandom } from "../../support/random.ts";
import { rawCertificate, rawExtension, rawName, rawRelativeName } from "../raw_certificate.ts";
import {
  describeCase,
  encodeAlternatives,
  encodeConstraints,
  encodeSubject,
  nameConstraintCases,
} from "./name_constraint_cases.ts";

const nameConstraints = "2.5.29.30";

const checkNameConstraints = (path: readonly Certificate[], count = { comparisons: 0 }): void =>
  nameConstraintChecks.checkNameConstraints(path, count);

/** A CA with these NameConstraints. */
function authority(
  constraints: Bytes,
  names: { subject?: Bytes; issuer?: Bytes } = {},
): Certificate {
  return readCertificate(rawCertificate({
    subject: rawName("CA"),
    issuer: rawName("Root"),
    ...names,
    extensions: [rawExtension(nameConstraints, constraints, { critical: true })],
  }));
}

/** A certificate with these names, in the notation of the rows. */
function named(names: string, fields: { subject?: Bytes; issuer?: Bytes } = {}): Certificate {
  const row = { names, expected: "accepted" } as const;
  const extensions = encodeAlternatives(row);
  return readCertificate(rawCertificate({ subject: encodeSubject(row), ...fields, extensions }));
}

const only = (permitted: string) =>
  authority(encodeConstraints({ permitted, names: "", expected: "accepted" }));

for (const row of nameConstraintCases) {
  Deno.test(`name constraints: ${describeCase(row)}`, () => {
    const path = [named(row.names), authority(encodeConstraints(row))];
    if (row.expected === "accepted") return checkNameConstraints(path);
    assert.throws(() => checkNameConstraints(path), (error) => {
      assert.ok(error instanceof NameConstraintError, String(error));
      assert.equal(error.problem, row.expected);
      assert.equal(error.certificate, path[0]);
      assert.equal(error.authority, path[1]);
      return true;
    });
  });
}

Deno.test("checkNameConstraints() reports the name that is not permitted", () => {
  const found = (names: string, ca: Certificate): string | undefined => {
    try {
      checkNameConstraints([named(names), ca]);
      return undefined;
    } catch (error) {
      return error instanceof NameConstraintError ? error.constrained : String(error);
    }
  };
  assert.equal(found("DNS:a.example DNS:b.test", only("DNS:example")), "DNS:b.test");
  assert.equal(found("IP:192.0.2.1", only("IP:10.0.0.0/255.0.0.0")), "IP:192.0.2.1");
  assert.equal(found("subject:O=a,CN=b", only("dirName:O=b")), "directoryName:CN=b,O=a");
  assert.equal(
    found("subject:emailAddress=a@b.test", only("email:example")),
    "emailAddress in emailAddress=a@b.test",
  );
});

Deno.test("checkNameConstraints() checks a certificate against every CA above it, including the root", () => {
  const leaf = named("DNS:a.example");
  const free = readCertificate(rawCertificate({ subject: rawName("Free") }));
  const [good, bad] = [only("DNS:example"), only("DNS:test")];
  checkNameConstraints([leaf, free, good]);
  checkNameConstraints([leaf, good, good]);
  for (const path of [[leaf, bad, free], [leaf, free, bad], [leaf, good, bad], [leaf, bad, good]]) {
    assert.throws(() => checkNameConstraints(path), NameConstraintError);
  }
});

Deno.test("checkNameConstraints() constrains the names of CAs, unless they are self-issued", () => {
  const leaf = named("subject:O=Example,CN=a");
  const root = only("dirName:O=Example");
  const middle = (subject: string, issuer: string): Certificate =>
    named(`subject:${subject}`, {
      issuer: encodeSubject({ names: `subject:${issuer}`, expected: "accepted" }),
    });
  checkNameConstraints([leaf, middle("O=Example,CN=CA", "CN=Root"), root]);
  assert.throws(
    () => checkNameConstraints([leaf, middle("O=Other,CN=CA", "CN=Root"), root]),
    (error) => error instanceof NameConstraintError && error.problem === "not-permitted",
  );
  // RFC 5280 6.1.3: a self-issued certificate is not checked, unless it is the leaf.
  const rollover = middle("O=Other,CN=CA", "O=Other,CN=CA");
  checkNameConstraints([leaf, rollover, root]);
  assert.throws(() => checkNameConstraints([rollover, root]), NameConstraintError);
});

Deno.test("checkNameConstraints() checks the common name of a leaf, but not of a CA, as a DNS name", () => {
  const root = only("DNS:example");
  const middle = named("subject:CN=ca.test", { issuer: rawName("Root") });
  checkNameConstraints([named("DNS:a.example"), middle, root]);
  assert.throws(() => checkNameConstraints([middle, root]), NameConstraintError);
});

Deno.test("checkNameConstraints() refuses an email address in the subject that is not an IA5String", () => {
  const subject = sequence(rawRelativeName("1.2.840.113549.1.9.1", utf8String("a@example")));
  const leaf = readCertificate(rawCertificate({ subject }));
  assert.throws(
    () => checkNameConstraints([leaf, only("email:example")]),
    (error) => error instanceof NameConstraintError && error.problem === "unsupported",
  );
  checkNameConstraints([leaf, only("DNS:example")]);
});

Deno.test("checkNameConstraints() refuses malformed constraints", () => {
  const dns = contextPrimitive(2, new TextEncoder().encode("example"));
  const malformed: [string, Bytes][] = [
    ["no SEQUENCE", contextConstructed(0, sequence(dns))],
    ["an empty one (Go and Chrome refuse it)", sequence()],
    ["no subtrees", sequence(contextConstructed(0))],
    ["trailing bytes", new Uint8Array([...sequence(contextConstructed(0, sequence(dns))), 5, 0])],
    [
      "excluded before permitted",
      sequence(
        contextConstructed(1, sequence(dns)),
        contextConstructed(0, sequence(dns)),
      ),
    ],
    [
      "a base that is not a GeneralName",
      sequence(contextConstructed(0, sequence(utf8String("a")))),
    ],
    [
      "a base that is not ASCII",
      sequence(
        contextConstructed(0, sequence(contextPrimitive(2, Uint8Array.of(0xff)))),
      ),
    ],
    [
      "a negative maximum",
      sequence(
        contextConstructed(0, sequence(dns, contextPrimitive(1, Uint8Array.of(0xff)))),
      ),
    ],
    [
      "a malformed directory name",
      sequence(
        contextConstructed(0, sequence(contextConstructed(4, utf8String("a")))),
      ),
    ],
  ];
  for (const [what, constraints] of malformed) {
    const ca = authority(constraints);
    assert.throws(
      () => checkNameConstraints([named("IP:192.0.2.1"), ca]),
      (error) => error instanceof BadNameConstraintsError && error.certificate === ca,
      what,
    );
  }
});

Deno.test("checkNameConstraints() accepts an explicit minimum of 0", () => {
  const dns = contextPrimitive(2, new TextEncoder().encode("example"));
  const spelled = sequence(dns, contextPrimitive(0, Uint8Array.of(0)));
  const ca = authority(sequence(contextConstructed(0, spelled)));
  checkNameConstraints([named("DNS:a.example"), ca]);
  assert.throws(() => checkNameConstraints([named("DNS:a.test"), ca]), NameConstraintError);
});

Deno.test("checkNameConstraints() makes at most 2^20 comparisons, as OpenSSL does", () => {
  const repeated = (word: string, count: number): string => Array(count).fill(word).join(" ");
  const leaf = named(repeated("DNS:a.b", 1024));
  // The last one permits the name, so all are compared with it.
  const many = (count: number): Certificate => only(`${repeated("DNS:c", count - 1)} DNS:b`);
  checkNameConstraints([leaf, many(1024)]);
  assert.throws(() => checkNameConstraints([leaf, many(1025)]), TooManyNamesError);
  // Counted over all CAs of a path, and over all paths.
  assert.throws(() => checkNameConstraints([leaf, many(600), many(600)]), TooManyNamesError);
  const count = { comparisons: 0 };
  checkNameConstraints([leaf, many(600)], count);
  assert.throws(() => checkNameConstraints([leaf, many(600)], count), TooManyNamesError);
});

Deno.test("checkNameConstraints() accepts a path without constraints", () => {
  checkNameConstraints([named("DNS:a.example"), readCertificate(rawCertificate())]);
  // There is no certificate below the leaf that its own constraints could affect.
  checkNameConstraints([only("DNS:example")]);
});

Deno.test("checkNameConstraints() throws only chain errors for any damaged input", () => {
  let refused = 0;
  for (let seed = 0; seed < 5000; seed++) {
    const random = new SeededRandom(seed);
    const row = nameConstraintCases[random.below(nameConstraintCases.length)];
    assert.ok(row);
    const constraints = encodeConstraints(row);
    for (let count = 1 + random.below(3); count > 0; count--) {
      constraints[random.below(constraints.length)] = random.below(256);
    }
    try {
      checkNameConstraints([named(row.names), authority(constraints)]);
    } catch (error) {
      assert.ok(error instanceof ChainError, `seed ${seed}: ${error}`);
      refused++;
    }
  }
  assert.ok(refused > 2500, `${refused} refused`);
});
