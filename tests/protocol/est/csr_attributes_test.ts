import assert from "node:assert/strict";
import {
  anyRequest,
  decodeCsrAttributes,
  encodeCsrAttributes,
  readTemplate,
  type RequestTemplate,
} from "../../../lib/protocol/est/mod.ts";
import {
  type Bytes,
  contextConstructed,
  contextPrimitive,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  utf8String,
} from "../../../lib/x509/mod.ts";
import fc from "../../support/properties.ts";

const read = (der: Bytes): RequestTemplate => readTemplate(decodeCsrAttributes(der));
const attribute = (type: string, ...values: readonly Uint8Array[]): Bytes =>
  sequence(objectIdentifier(type), setOf(...values));

const san = "2.5.29.17";
const requestInfo = "1.2.840.113549.1.9.16.2.61";
const extensionTemplates = "1.2.840.113549.1.9.16.2.62";
const extensionRequest = "1.2.840.113549.1.9.14";
const names = sequence(contextPrimitive(2, new TextEncoder().encode("a.example")));

/** A template with these attributes. */
const templateOf = (...attributes: readonly Uint8Array[]): Bytes =>
  attribute(requestInfo, sequence(integer(0n), contextConstructed(1, ...attributes)));

Deno.test("readTemplate() reads the example of RFC 7030 4.5.2", () => {
  const example = Uint8Array.fromBase64(
    "MEEGCSqGSIb3DQEJBzASBgcqhkjOPQIBMQcGBSuBBAAiMBYGCSqGSIb3DQEJDjEJBgcrBgEBAQEWBggqhkjOPQQDAw==",
  );
  const attributes = decodeCsrAttributes(example);
  assert.deepEqual(attributes.map(({ type }) => type), [
    "1.2.840.113549.1.9.7",
    "1.2.840.10045.2.1",
    extensionRequest,
    "1.2.840.10045.4.3.3",
  ]);
  // Its macAddress is a bare OBJECT IDENTIFIER where RFC 9908 wants Extensions: it asks for nothing known.
  assert.deepEqual(readTemplate(attributes), {
    ...anyRequest,
    keys: [{ kind: "ec", curve: "P-384" }],
    challengePassword: true,
    ignored: ["1.3.6.1.1.1.1.22", "1.2.840.10045.4.3.3"],
  });
});

Deno.test("readTemplate() ignores unknown attributes (RFC 7030 4.5.2)", () => {
  const template = read(sequence(
    objectIdentifier("1.2.3"),
    attribute("1.2.3.4", integer(1n), integer(2n)),
    attribute("1.2.3.4.5"),
  ));
  assert.deepEqual(template, { ...anyRequest, ignored: ["1.2.3", "1.2.3.4", "1.2.3.4.5"] });
});

Deno.test("readTemplate() lets the template alone count if there is one (RFC 9908 4)", () => {
  const template = read(sequence(
    attribute("1.2.840.113549.1.1.1", integer(2048n)),
    templateOf(
      attribute(
        extensionTemplates,
        sequence(sequence(objectIdentifier(san)), sequence(objectIdentifier("2.5.29.37"))),
      ),
    ),
  ));
  assert.deepEqual(template, {
    ...anyRequest,
    extensions: [
      { oid: san, critical: false, value: undefined },
      { oid: "2.5.29.37", critical: false, value: undefined },
    ],
  });
});

Deno.test("readTemplate() reads a template whose attributes are left out", () => {
  const template = read(sequence(attribute(requestInfo, sequence(integer(0n)))));
  assert.deepEqual(template, anyRequest);
});

Deno.test("readTemplate() reads several kinds of keys of a list", () => {
  const template = read(sequence(
    attribute("1.2.840.10045.2.1"),
    attribute("1.2.840.113549.1.1.1", integer(2048n), integer(3072n)),
    objectIdentifier("1.3.101.112"),
    attribute("1.2.840.10045.2.1", objectIdentifier("1.3.132.0.10")),
  ));
  assert.deepEqual(template.keys, [
    { kind: "ec" },
    { kind: "rsa", bits: 2048 },
    { kind: "rsa", bits: 3072 },
    { kind: "ed25519" },
    { kind: "other", oid: "1.3.132.0.10" },
  ]);
});

for (
  const [what, der, error] of [
    [
      "a template of another version",
      sequence(attribute(requestInfo, sequence(integer(1n)))),
      { problem: "template-version" },
    ],
    ["two templates", sequence(templateOf(), templateOf()), { problem: "repeated" }],
    ["a template without a value", sequence(attribute(requestInfo)), { problem: "repeated" }],
    ["a bare template", sequence(objectIdentifier(requestInfo)), { problem: "repeated" }],
    [
      "both lists of extensions (RFC 9908 3.4)",
      sequence(templateOf(
        attribute(extensionRequest, sequence(sequence(objectIdentifier(san), octetString(names)))),
        attribute(extensionTemplates, sequence(sequence(objectIdentifier("2.5.29.37")))),
      )),
      { problem: "repeated" },
    ],
    [
      "an extension twice",
      sequence(objectIdentifier(san), objectIdentifier(san)),
      { problem: "repeated-extension" },
    ],
    [
      "more attributes than any server has",
      sequence(...Array.from({ length: 300 }, () => objectIdentifier("1.2.3"))),
      { problem: "too-many" },
    ],
    ["an INTEGER among the attributes", sequence(integer(1n)), { code: "bad-der" }],
    ["no SEQUENCE", integer(1n), { code: "bad-der" }],
    ["bytes behind it", Uint8Array.of(...sequence(), 0), { problem: "trailing-bytes" }],
  ] as const
) {
  Deno.test(`readTemplate() refuses ${what}`, () => assert.throws(() => read(der), error));
}

const templates: fc.Arbitrary<Omit<RequestTemplate, "ignored">> = fc.record({
  subject: fc.option(
    fc.array(
      fc.array(
        fc.record({
          type: fc.constantFrom("2.5.4.3", "2.5.4.5", "2.5.4.10"),
          value: fc.option(fc.string({ maxLength: 9 }).map((text) => utf8String(text)), {
            nil: undefined,
          }),
        }, { noNullPrototype: true }),
        { minLength: 1, maxLength: 1 },
      ),
      { maxLength: 3 },
    ),
    { nil: undefined },
  ),
  keys: fc.constantFrom(
    [],
    [{ kind: "ec" as const, curve: "P-256" as const }],
    [{ kind: "ec" as const }],
    [{ kind: "rsa" as const, bits: 3072 }],
    [{ kind: "rsa" as const }],
    [{ kind: "ed25519" as const }],
  ),
  extensions: fc.uniqueArray(
    fc.record({
      oid: fc.constantFrom(san, "2.5.29.15", "2.5.29.37", "1.2.3.4"),
      critical: fc.boolean(),
      value: fc.option(fc.constant(names), { nil: undefined }),
    }, { noNullPrototype: true }),
    { selector: ({ oid }) => oid, maxLength: 4 },
  ),
  challengePassword: fc.boolean(),
}, { noNullPrototype: true });

Deno.test("readTemplate() reads what encodeCsrAttributes() writes", () => {
  fc.assert(fc.property(templates, (template) => {
    assert.deepEqual(read(encodeCsrAttributes(template)), { ...template, ignored: [] });
  }));
});

Deno.test("a client without RFC 9908 reads key and extensions of what encodeCsrAttributes() writes", () => {
  const extensions = [{ oid: san, critical: false, value: names }];
  const keys = [{ kind: "ec", curve: "P-384" }] as const;
  const attributes = decodeCsrAttributes(encodeCsrAttributes({ ...anyRequest, keys, extensions }));
  const older = readTemplate(attributes.filter(({ type }) => type !== requestInfo));
  assert.deepEqual(older, { ...anyRequest, keys, extensions });
});
