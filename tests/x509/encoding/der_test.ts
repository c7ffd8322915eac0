import assert from "node:assert/strict";
import { DerReader, readWhole, tag } from "../../../lib/x509/encoding/der_reader.ts";
import { checkNested } from "../../../lib/x509/encoding/der_nested.ts";
import { textOf } from "../../../lib/x509/encoding/der_strings.ts";
import {
  readBitString,
  readBoolean,
  readObjectIdentifier,
  readSmallInteger,
  readTime,
  readUnsigned,
} from "../../../lib/x509/encoding/der_values.ts";
import { BadDerError, TruncatedDerError } from "../../../lib/x509/errors.ts";

const reader = (hex: string): DerReader =>
  new DerReader(Uint8Array.fromHex(hex.replaceAll(" ", "")));

/** The results of `read` in hexadecimal; for an error "bad" or "truncated" and the offset. */
function results<T>(read: (reader: DerReader) => T, ...inputs: string[]): (T | string)[] {
  return inputs.map((input) => {
    try {
      const values = reader(input);
      const result = read(values);
      values.end();
      return result;
    } catch (error) {
      if (error instanceof BadDerError) return `bad ${error.offset}`;
      if (error instanceof TruncatedDerError) return `truncated ${error.offset}`;
      throw error;
    }
  });
}

Deno.test("DerReader.next() reads short and long lengths", () => {
  assert.equal(reader("0403010203").next().content.toHex(), "010203");
  assert.equal(reader("0400").next().content.length, 0);
  assert.equal(reader("048180" + "00".repeat(128)).next().content.length, 128);
  assert.equal(reader("04820100" + "00".repeat(256)).next().content.length, 256);
});

Deno.test("DerReader.next() refuses lengths that are indefinite, not minimal, or beyond the end", () => {
  const length = (values: DerReader): number => values.next().content.length;
  assert.deepEqual(
    results(
      length,
      "3080 0000",
      "04817f" + "00".repeat(127),
      "04820080" + "00".repeat(128),
      "0485 0000000001 00",
      "0485 0100000000 00",
      "04ff",
      "0402 00",
      "0484ffffffff 00",
      "0482 01",
      "04",
      "",
    ),
    [
      "bad 0",
      "bad 0",
      "bad 0",
      "bad 0",
      "bad 0",
      "bad 0",
      "truncated 0",
      "truncated 0",
      "truncated 0",
      "truncated 0",
      "truncated 0",
    ],
  );
});

Deno.test("DerReader.next() refuses identifiers that certificates never contain", () => {
  const identifier = (values: DerReader): number => values.next().identifier;
  // Multi-byte tags, end-of-contents, constructed strings, a SEQUENCE that is primitive.
  for (const hex of ["1f8101 00", "0000", "2400", "3000".replace("30", "10"), "2c00", "0f00"]) {
    assert.deepEqual(results(identifier, hex), ["bad 0"], hex);
  }
});

Deno.test("readWhole() refuses trailing bytes, and values that are not read", () => {
  const inner = (values: DerReader): string => values.next(tag.integer).content.toHex();
  const whole = (hex: string): string => readWhole(Uint8Array.fromHex(hex), tag.sequence, inner);
  assert.equal(whole("3003020105"), "05");
  for (const [hex, offset] of [["300302010500", 5], ["3006020105020106", 5]] as const) {
    assert.throws(() => whole(hex), (error: BadDerError) => error.offset === offset);
  }
});

Deno.test("readBoolean() accepts only 00 and ff", () => {
  assert.deepEqual(
    results(readBoolean, "010100", "0101ff", "010101", "0100", "0102ffff"),
    [false, true, "bad 0", "bad 0", "bad 0"],
  );
});

Deno.test("readUnsigned() accepts only the shortest encoding, and no negative numbers", () => {
  const content = (values: DerReader): string => readUnsigned(values).toHex();
  assert.deepEqual(
    results(content, "020100", "02017f", "02020080", "0200", "020180", "02020001", "0202ff80"),
    ["00", "7f", "0080", "bad 0", "bad 0", "bad 0", "bad 0"],
  );
});

Deno.test("readSmallInteger() accepts at most two bytes", () => {
  assert.deepEqual(
    results(readSmallInteger, "020100", "02020080", "02027fff", "0203008000"),
    [0, 128, 32767, "bad 0"],
  );
});

Deno.test("readObjectIdentifier() reads arcs of any size, in the shortest encoding", () => {
  assert.deepEqual(
    results(
      readObjectIdentifier,
      "0603 550403",
      "0601 27",
      "0601 50",
      "0602 8837",
      "060a 81ffffffffffffffff7f",
      "0600",
      "0602 5580",
      "0603 558001",
      "0641" + "01".repeat(65),
    ),
    [
      "2.5.4.3",
      "0.39",
      "2.0",
      "2.999",
      "2.18446744073709551535",
      "bad 0",
      "bad 0",
      "bad 0",
      "bad 0",
    ],
  );
});

Deno.test("readBitString() refuses unused bits that are set, and too many of them", () => {
  const bits = (values: DerReader): string => {
    const { bytes, unusedBits } = readBitString(values);
    return `${bytes.toHex()}/${unusedBits}`;
  };
  assert.deepEqual(
    results(bits, "030100", "03020780", "03020100", "030207c0", "03020880", "030101", "0300"),
    ["/0", "80/7", "00/1", "bad 0", "bad 0", "bad 0", "bad 0"],
  );
});

Deno.test("readTime() reads both kinds of time in the form of RFC 5280", () => {
  const time = (text: string): string | undefined => {
    const identifier = text.length === 13 ? "17" : "18";
    const content = new TextEncoder().encode(text);
    const hex = identifier + content.length.toString(16).padStart(2, "0") + content.toHex();
    const [result] = results(readTime, hex);
    return result instanceof Date ? result.toISOString() : result;
  };
  assert.equal(time("260102030405Z"), "2026-01-02T03:04:05.000Z");
  assert.equal(time("491231235959Z"), "2049-12-31T23:59:59.000Z");
  assert.equal(time("500101000000Z"), "1950-01-01T00:00:00.000Z");
  assert.equal(time("20500101000000Z"), "2050-01-01T00:00:00.000Z");
  assert.equal(time("99991231235959Z"), "9999-12-31T23:59:59.000Z");
  assert.equal(time("20240229000000Z"), "2024-02-29T00:00:00.000Z");
  for (
    const wrong of [
      "20230229000000Z",
      "20261301000000Z",
      "20260001000000Z",
      "20260100000000Z",
      "20260101240000Z",
      "20260101006000Z",
      "20260101000060Z",
      "20260101000000.5Z",
      "20260101000000+0000",
      "202601010000Z",
      "20260101000000",
      "2026010100000 Z",
      "19491231235959Z",
      "00000101000000Z",
    ]
  ) assert.equal(time(wrong), "bad 0", wrong);
});

Deno.test("textOf() decodes every string type, and only bytes that the type allows", () => {
  const text = (values: DerReader): string | undefined => textOf(values.next());
  assert.deepEqual(
    results(text, "0c02c3bc", "1302 4142", "1602 4140", "1402 41fc", "1e04 00fc 65e5", "1201 31"),
    ["\u00fc", "AB", "A@", "A\u00fc", "\u00fc\u65e5", "1"],
  );
  assert.deepEqual(results(text, "1e04 d83dde00", "1c04 0001f600"), ["\u{1f600}", "\u{1f600}"]);
  const wrong = {
    "UTF8String, overlong": "0c02c080",
    "UTF8String, surrogate": "0c03eda080",
    "UTF8String, truncated": "0c01c3",
    "PrintableString with @": "130140",
    "PrintableString with _": "13015f",
    "IA5String with 0x80": "160180",
    "VisibleString with LF": "1a010a",
    "NumericString with a letter": "120141",
    "BMPString of an odd length": "1e0100",
    "BMPString, half a pair": "1e02d83d",
    "UniversalString of 3 bytes": "1c03000000",
    "UniversalString beyond Unicode": "1c0400110000",
    "UniversalString, surrogate": "1c040000d800",
  };
  for (const [what, hex] of Object.entries(wrong)) {
    assert.deepEqual(results(text, hex), ["bad 0"], what);
  }
  assert.deepEqual(results(text, "020101"), [undefined]);
});

Deno.test("checkNested() checks values of any kind, to a depth of 16", () => {
  const nested = (depth: number): string => {
    let hex = "0500";
    for (let count = 1; count < depth; count++) {
      hex = `30${(hex.length / 2).toString(16).padStart(2, "0")}${hex}`;
    }
    return hex;
  };
  const check = (values: DerReader): string => {
    checkNested(values.next());
    return "good";
  };
  assert.deepEqual(results(check, nested(16), nested(17)), ["good", "bad 0"]);
  assert.deepEqual(
    results(check, "3003 0201ff", "3004 02020001", "3003 010101", "3002 0301", "3002 0501"),
    ["good", "bad 2", "bad 2", "bad 2", "bad 2"],
  );
  assert.deepEqual(results(check, "a003 0c0180", "3004 0602 8001", "3003 0a0101"), [
    "bad 2",
    "bad 2",
    "good",
  ]);
});
