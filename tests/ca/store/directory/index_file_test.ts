/** `index.json` is read strictly: problems are reported with their line, and nothing is changed. */
import assert from "node:assert/strict";
import fc from "../../../support/properties.ts";
import { BadIndexError, IndexFullError } from "../../../../lib/ca/errors.ts";
import {
  appendToIndex,
  encodeIndex,
  type IndexEntry,
  indexRoom,
  readIndex,
  requireReadBack,
} from "../../../../lib/ca/store/directory/index_file.ts";
import { encodeCounter, parseCounter } from "../../../../lib/ca/store/directory/counter.ts";
import { formatTime } from "../../../../lib/system/mod.ts";
import { formatSerial, largestSerial } from "../../../../lib/x509/serial.ts";
import { withCa } from "../../../support/ca.ts";

function entry(serial: string, changed: Partial<IndexEntry> = {}): IndexEntry {
  return {
    serial,
    subject: "CN=a",
    "not_before": "2026-01-01T00:00:00Z",
    "not_after": "2027-01-01T00:00:00Z",
    status: "active",
    "revoked_at": "",
    "revocation_reason": "",
    ...changed,
  };
}

const two = new TextDecoder().decode(encodeIndex([entry("02"), entry("03")]));
const read = (text: string): IndexEntry[] =>
  readIndex(new TextEncoder().encode(text), "index.json");

/** `two` with a text in it replaced; `nth` is the occurrence, from 0. */
function changed(from: string, to: string, nth = 0): string {
  const parts = two.split(from);
  assert.ok(parts.length > nth + 1, from);
  return parts.slice(0, nth + 1).join(from) + to + parts.slice(nth + 1).join(from);
}

// The second entry starts in line 11.
const faults: readonly [string, string, BadIndexError["problem"], number, string?][] = [
  ["an empty file", "", "not-json", 1],
  ["no JSON", "hello", "not-json", 1],
  ["a comma too many", changed("  }\n]", "  },\n]"), "not-json", 20],
  ["a missing comma", changed('"CN=a",', '"CN=a"', 1), "not-json", 14],
  ["a truncated file", two.slice(0, two.indexOf("CN=a", 200)), "not-json", 13],
  ["text after the array", `${two}x`, "not-json", 21],
  ["a line break in a string", changed("CN=a", "CN=\na", 1), "not-json", 13],
  ["an object", "{}", "not-an-array", 1],
  ["an entry that is a number", "[\n1\n]", "not-an-object", 2],
  ["an entry that is null", "[null]", "not-an-object", 1],
  ["an entry that is an array", "[[]]", "not-an-object", 1],
  ["an unknown field", changed('"status"', '"x": "", "status"', 1), "unknown-field", 16, "x"],
  [
    "a field named __proto__",
    changed('"status"', '"__proto__": "", "status"'),
    "unknown-field",
    7,
    "__proto__",
  ],
  ["a missing field", changed('    "subject": "CN=a",\n', "", 1), "missing-field", 11, "subject"],
  [
    "a duplicate field",
    changed('"status"', '"subject": "CN=b",\n    "status"', 1),
    "double-field",
    16,
    "subject",
  ],
  ["a number as subject", changed('"CN=a"', "1", 1), "bad-value", 13, "subject"],
  ["a serial in capitals", changed('"03"', '"0A"'), "bad-value", 12, "serial"],
  ["a serial with a leading zero", changed('"03"', '"003"'), "bad-value", 12, "serial"],
  ["serial 0", changed('"03"', '"00"'), "bad-value", 12, "serial"],
  ["a serial of 21 bytes", changed('"03"', `"1${"0".repeat(40)}"`), "bad-value", 12, "serial"],
  ["a duplicate serial", changed('"03"', '"02"'), "double-serial", 12, "serial"],
  [
    "a day that does not exist",
    changed("2027-01-01", "2027-02-30", 1),
    "bad-value",
    15,
    "not_after",
  ],
  ["a time with a zone", changed("00:00:00Z", "00:00:00+00:00", 2), "bad-value", 14, "not_before"],
  ["an unknown status", changed('"active"', '"expired"', 1), "bad-value", 16, "status"],
  ["a revocation without time", changed('"active"', '"revoked"', 1), "bad-value", 17, "revoked_at"],
  [
    "a time without revocation",
    changed('"revoked_at": ""', '"revoked_at": "2026-01-01T00:00:00Z"', 1),
    "bad-value",
    17,
    "revoked_at",
  ],
  [
    "an unknown reason",
    changed('_reason": ""', '_reason": "because"', 1),
    "bad-value",
    18,
    "revocation_reason",
  ],
];

for (const [what, text, problem, line, field] of faults) {
  Deno.test(`readIndex() refuses ${what}, with the line`, () => {
    assert.throws(() => read(text), (error) => {
      assert.ok(error instanceof BadIndexError);
      assert.deepEqual([error.problem, error.line, error.field], [problem, line, field]);
      return true;
    });
  });
}

Deno.test("readIndex() refuses bytes that are not UTF-8, with the line", () => {
  const bytes = new TextEncoder().encode(two);
  bytes[two.indexOf("CN=a", 200)] = 0xff;
  assert.throws(() => readIndex(bytes, "index.json"), { problem: "not-utf8", line: 13 });
  const cut = new TextEncoder().encode(two).subarray(0, two.indexOf("CN=a", 200) + 1);
  cut[cut.length - 1] = 0xc3;
  assert.throws(() => readIndex(cut, "index.json"), { problem: "not-utf8", line: 13 });
});

Deno.test("readIndex() accepts the replacement character if the file really contains it", () => {
  const text = two.replace("CN=a", "CN=\ufffd");
  assert.equal(read(text)[0]?.subject, "CN=\ufffd");
  const bytes = new TextEncoder().encode(text);
  bytes[bytes.length - 1] = 0xff;
  assert.throws(() => readIndex(bytes, "index.json"), { problem: "not-utf8", line: 20 });
});

Deno.test("readIndex() refuses an array nested a million deep without using up the stack", () => {
  assert.throws(() => read("[".repeat(1_000_000)), { problem: "not-json" });
});

Deno.test("readIndex() finds the line of a problem after a string of many megabytes", () => {
  const text = changed('"CN=a"', `"${"\\n".repeat(2_000_000)}"`).replace('"03"', '"3"');
  assert.throws(() => read(text), { problem: "bad-value", line: 12, field: "serial" });
});

Deno.test("readIndex() reads what encodeIndex() wrote, in any layout", () => {
  const serials = fc.uniqueArray(fc.integer({ min: 1, max: 70000 }), { maxLength: 5 });
  const text = fc.record({ serials, subject: fc.string({ unit: "binary" }) });
  fc.assert(
    fc.property(text, fc.constantFrom(undefined, 0, 2, "\t"), ({ serials, subject }, indent) => {
      const entries = serials.map((serial) =>
        entry(serial.toString(16).padStart(2, "0"), { subject: subject.toWellFormed() })
      );
      assert.deepEqual(readIndex(encodeIndex(entries), ""), entries);
      assert.deepEqual(read(JSON.stringify(entries, null, indent)), entries);
    }),
  );
});

Deno.test("appendToIndex() gives the same bytes as encodeIndex(), for any old layout", () => {
  const added = [entry("04"), entry("05")];
  for (const count of [0, 1, 2]) {
    const entries = [entry("02"), entry("03")].slice(0, count);
    const expected = encodeIndex([...entries, ...added]);
    const canonical = new TextDecoder().decode(encodeIndex(entries));
    for (const old of [canonical, canonical.trimEnd(), JSON.stringify(entries), `${canonical}\n`]) {
      const bytes = new TextEncoder().encode(old);
      const appended = appendToIndex(bytes, { entries, added, path: "index.json" });
      assert.deepEqual(appended, expected, JSON.stringify(old));
    }
  }
});

Deno.test("appendToIndex() refuses to use the space reserved for revocations", () => {
  const options = { entries: [entry("02")], added: [entry("03")], path: "index.json" };
  const canonical = encodeIndex(options.entries);
  const old = new Uint8Array(indexRoom);
  old.set(canonical, old.length - canonical.length);
  assert.throws(() => appendToIndex(old, options), IndexFullError);
});

Deno.test("every command reports file, line and field of a bad index, and changes nothing", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    await ca.done(["sign", request]);
    ca.write(
      "index.json",
      ca.read("index.json").replace('"status"', '"colour": "red",\n    "status"'),
    );
    const before = ca.tree();
    for (const words of [["sign", request], ["revoke", "02"], ["crl"], ["list"]]) {
      const { exit, stderr } = await ca.run(words);
      assert.equal(exit, 1);
      assert.match(
        stderr,
        /^Error: .*\/index\.json line 7: unknown field 'colour'\nHint: If a newer version of certswap/,
      );
    }
    assert.deepEqual(ca.tree(), before);
  });
});

/** All valid combinations of serial numbers, names, times and revocations. */
const possible = fc.record({
  serial: fc.bigInt({ min: 1n, max: largestSerial }).map(formatSerial),
  subject: fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\ud800", "__proto__", '"\n')),
  before: fc.date({
    min: new Date("0001-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59Z"),
    noInvalidDate: true,
  }),
  after: fc.date({
    min: new Date("0001-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59Z"),
    noInvalidDate: true,
  }),
  reason: fc.constantFrom("", "unspecified", "keyCompromise", "superseded"),
}).map(({ serial, subject, before, after, reason }) =>
  entry(serial, {
    subject,
    "not_before": formatTime(before),
    "not_after": formatTime(after),
    status: reason === "" ? "active" : "revoked",
    "revoked_at": reason === "" ? "" : formatTime(after),
    "revocation_reason": reason as IndexEntry["revocation_reason"],
  })
);

Deno.test("requireReadBack() accepts every valid entry", () => {
  const entries = fc.uniqueArray(possible, { selector: ({ serial }) => serial, maxLength: 5 });
  fc.assert(fc.property(entries, (entries) => {
    requireReadBack(entries);
    assert.deepEqual(read(new TextDecoder().decode(encodeIndex(entries))), entries);
  }));
});

for (
  const [what, entries] of [
    ["an invalid serial number", [entry("-02")]],
    ["a serial number longer than 20 bytes", [entry("1".repeat(41))]],
    ["a duplicate serial number", [entry("02"), entry("02")]],
    ["a year beyond 9999", [entry("02", { "not_after": "+010000-01-01T00:00:00Z" })]],
    ["a revocation without a time", [entry("02", { status: "revoked" })]],
    ["a field that no index has", [{ ...entry("02"), ...{ profile: "x" } }]],
  ] as const
) {
  Deno.test(`requireReadBack() refuses ${what}, which would make the index unreadable`, () => {
    assert.throws(() => requireReadBack(entries), { name: "TypeError", message: /read back/ });
  });
}

Deno.test("encodeCounter() refuses a number that cannot be read back", () => {
  for (const value of [1n, 2n, largestSerial]) {
    assert.equal(parseCounter(encodeCounter(value)), value);
  }
  for (const value of [-1n, 0n, largestSerial + 1n]) {
    assert.throws(() => encodeCounter(value), { name: "TypeError" });
  }
});
