import assert from "node:assert/strict";
import { DerReader, readWhole, tag } from "../../../lib/x509/encoding/der_reader.ts";
import {
  objectIdentifier,
  sequence,
  setOf,
  utf8String,
} from "../../../lib/x509/encoding/der_writer.ts";
import { formatName, type Name, namesEqual, readName } from "../../../lib/x509/name/name.ts";
import { rawValue } from "../raw_certificate.ts";

const cn = "2.5.4.3";
const o = "2.5.4.10";

type Attribute = readonly [type: string, value: string | Uint8Array];

/** A Name with one relative name per attribute. Texts become UTF8Strings. */
function name(...attributes: Attribute[]): Name {
  return nameOfSets(...attributes.map((attribute) => [attribute]));
}

function nameOfSets(...sets: Attribute[][]): Name {
  const encoded = sets.map((attributes) =>
    setOf(
      ...attributes.map(([type, value]) =>
        sequence(objectIdentifier(type), typeof value === "string" ? utf8String(value) : value)
      ),
    )
  );
  return readName(new DerReader(sequence(...encoded)));
}

const printable = (text: string): Uint8Array => rawValue(tag.printableString, text);

Deno.test("formatName() writes the most specific part first, and known types by name", () => {
  const types = {
    "2.5.4.6": "C",
    "0.9.2342.19200300.100.1.25": "DC",
    "2.5.4.8": "ST",
    "2.5.4.7": "L",
    "2.5.4.9": "STREET",
    [o]: "O",
    "2.5.4.11": "OU",
    "2.5.4.5": "serialNumber",
    "0.9.2342.19200300.100.1.1": "UID",
    "1.2.840.113549.1.9.1": "emailAddress",
    [cn]: "CN",
  };
  const all = name(...Object.keys(types).map((type): Attribute => [type, "x"]));
  assert.equal(
    formatName(all),
    Object.values(types).toReversed().map((short) => `${short}=x`).join(","),
  );
});

Deno.test("formatName() joins the attributes of one relative name with +", () => {
  assert.equal(
    formatName(nameOfSets([[o, "b"]], [[cn, "a"], ["2.5.4.5", "1"]])),
    "CN=a+serialNumber=1,O=b",
  );
});

Deno.test("formatName() escapes as in RFC 4514 2.4", () => {
  const cases: [string, string][] = [
    ['James "Jim" Smith, III', 'James \\"Jim\\" Smith\\, III'],
    ["a+b;c<d>e\\f", "a\\+b\\;c\\<d\\>e\\\\f"],
    ["#1", "\\#1"],
    ["a#1", "a#1"],
    [" a ", "\\ a\\ "],
    ["  a  ", "\\  a \\ "],
    [" ", "\\ "],
    ["\n ", "\\0A\\ "],
    ["a=b", "a=b"],
    ["", ""],
    ["Lu\u010di\u0107 \u65e5\u672c", "Lu\u010di\u0107 \u65e5\u672c"],
  ];
  for (const [text, expected] of cases) {
    assert.equal(formatName(name([cn, text])), `CN=${expected}`);
  }
});

Deno.test("formatName() escapes everything that would control the terminal, or hide or reorder text", () => {
  const cases: [string, string][] = [
    ["before\rafter", "before\\0Dafter"],
    ["a\nb", "a\\0Ab"],
    ["a\0b", "a\\00b"],
    ["\x1b[2J", "\\1B[2J"],
    ["\u009b2J", "\\C2\\9B2J"],
    ["\u202eexe", "\\E2\\80\\AEexe"],
    ["a\u200bb", "a\\E2\\80\\8Bb"],
    ["a\u2028b", "a\\E2\\80\\A8b"],
    ["a\u00a0b", "a\\C2\\A0b"],
    ["\u{e0041}", "\\F3\\A0\\81\\81"],
  ];
  for (const [text, expected] of cases) {
    assert.equal(formatName(name([cn, text])), `CN=${expected}`);
  }
});

Deno.test("formatName() writes other values and unknown types as DER in hexadecimal", () => {
  assert.equal(formatName(name(["1.2.3", "x"])), "1.2.3=#0c0178");
  assert.equal(formatName(name([cn, Uint8Array.of(0x02, 1, 5)])), "CN=#020105");
});

Deno.test("namesEqual() ignores case, runs of white space, and the type of string (RFC 5280 7.1)", () => {
  const reference = name([o, "Example Org"], [cn, "Root"]);
  const same = [
    name([o, "EXAMPLE  org"], [cn, " root "]),
    name([o, printable("example org")], [cn, printable("ROOT")]),
  ];
  const different = [
    name([cn, "Root"], [o, "Example Org"]),
    name([o, "Example Org"]),
    name([o, "ExampleOrg"], [cn, "Root"]),
    name([o, "Example Org"], [cn, "Root"], [cn, "Root"]),
    name([o, "Example Org"], ["2.5.4.11", "Root"]),
    nameOfSets([[o, "Example Org"], [cn, "Root"]]),
    // One value that looks like two attributes.
    name([o, 'Example Org"],["2.5.4.3=root'], [cn, "Root"]),
  ];
  for (const other of same) assert.ok(namesEqual(reference, other), formatName(other));
  for (const other of different) assert.ok(!namesEqual(reference, other), formatName(other));
});

Deno.test("namesEqual() treats the composed and decomposed form of a letter as equal", () => {
  assert.ok(namesEqual(name([cn, "Ger\u00e4t"]), name([cn, "GERA\u0308T"])));
});

Deno.test("namesEqual() ignores the order within a relative name", () => {
  const a: Attribute = [cn, "a"];
  const b: Attribute = [o, "b"];
  const [first, second] = [a, b].map(([type, value]) =>
    sequence(objectIdentifier(type), utf8String(String(value)))
  );
  assert.ok(first && second);
  const unsorted = rawValue(tag.set, Uint8Array.of(...second, ...first));
  const other = readName(new DerReader(sequence(unsorted)));
  assert.ok(namesEqual(nameOfSets([a, b]), other));
});

Deno.test("namesEqual() compares strings of other types, and other values, byte by byte", () => {
  const teletex = (text: string): Uint8Array => rawValue(tag.teletexString, text);
  assert.ok(namesEqual(name([cn, teletex("a")]), name([cn, teletex("a")])));
  assert.ok(!namesEqual(name([cn, teletex("a")]), name([cn, teletex("A")])));
  assert.ok(!namesEqual(name([cn, teletex("a")]), name([cn, "a"])));
  assert.ok(!namesEqual(name([cn, Uint8Array.of(5, 0)]), name([cn, Uint8Array.of(2, 1, 0)])));
});

Deno.test("readName() keeps the original bytes", () => {
  const der = sequence(setOf(sequence(objectIdentifier(cn), printable("x"))));
  assert.deepEqual(readWhole(sequence(der), tag.sequence, readName).der, der);
});

Deno.test("namesEqual() never confuses a text with the bytes of another string type", () => {
  const bmp = rawValue(tag.bmpString, Uint8Array.of(0, 0x41));
  const { der } = name([cn, bmp]).relativeNames[0]?.[0] ?? { der: new Uint8Array() };
  // The bytes of a BMPString in hexadecimal, and the same bytes as UTF-8.
  for (const text of [`#${der.toHex()}`, `der:${der.toHex()}`, "\0A"]) {
    assert.ok(!namesEqual(name([cn, text]), name([cn, bmp])), text);
  }
});
