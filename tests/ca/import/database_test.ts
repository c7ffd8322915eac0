/** `index.txt`, as `openssl ca` writes it. */
import assert from "node:assert/strict";
import { readDatabase } from "../../../lib/ca/import/database.ts";
import fc from "../../support/properties.ts";

const read = (text: string): ReturnType<typeof readDatabase> =>
  readDatabase(new TextEncoder().encode(text), "index.txt");

const valid = "V\t290301033037Z\t\t0A\tunknown\t/CN=a";

Deno.test("a database gives serial numbers, expiries and revocations", () => {
  const text = [
    valid,
    "R\t20510301033037Z\t261127033038Z,keyCompromise\t0B\tunknown\t/CN=b",
    "R\t290301033037Z\t261127033038Z\t0C\tunknown\t/CN=c",
    "E\t490301033037Z\t\t0D\tunknown\t/CN=d",
    "R\t500301033037Z\t261127033038Z,keyTime,20261101000000Z\t0E\tfile.pem\t/CN=tab\\\tin it",
    "",
  ].join("\n");
  assert.deepEqual(
    read(text).map(({ serial, notAfter, revocation }) => [
      serial,
      notAfter.getUTCFullYear(),
      revocation?.reason,
    ]),
    [
      ["0a", 2029, undefined],
      ["0b", 2051, "keyCompromise"],
      ["0c", 2029, "unspecified"],
      ["0d", 2049, undefined],
      ["0e", 1950, "keyCompromise"],
    ],
  );
});

Deno.test("the subject of a database is converted to RFC 4514", () => {
  const subjects = {
    "/C=US/O=My Org/CN=a": "CN=a,O=My Org,C=US",
    "/CN=a, b/emailAddress=a@example.com": "emailAddress=a@example.com,CN=a\\, b",
    "/O=A/B/CN=\\xC3\\xA9": "CN=\u00e9,O=A/B",
    "/CN=tab\\\there": "CN=tab\\09here",
    "/1.2.3.4=x/CN=a": "CN=a",
    "": "",
  };
  for (const [oneline, subject] of Object.entries(subjects)) {
    const [entry] = read(`V\t290301033037Z\t\t0A\tunknown\t${oneline}`);
    assert.equal(entry?.subject, subject);
  }
});

Deno.test("a reason that certswap does not have becomes the closest one", () => {
  const reasons = {
    "certificateHold": "unspecified",
    "holdInstruction,1.2.840.10040.2.2": "unspecified",
    "CACompromise": "keyCompromise",
    "CAkeyTime,20261101000000Z": "keyCompromise",
  };
  for (const [reason, kept] of Object.entries(reasons)) {
    const [entry] = read(`R\t290301033037Z\t261127033038Z,${reason}\t0A\tunknown\t/CN=a`);
    assert.equal(entry?.revocation?.reason, kept, reason);
  }
});

for (
  const [problem, line] of [
    ["not-six-fields", "V\t290301033037Z\t\t0A\tunknown"],
    ["not-six-fields", "<html>"],
    ["unknown-status", "X\t290301033037Z\t\t0A\tunknown\t/CN=a"],
    ["bad-serial", "V\t290301033037Z\t\t\tunknown\t/CN=a"],
    ["bad-serial", "V\t290301033037Z\t\t-1\tunknown\t/CN=a"],
    ["bad-expiry", "V\t290230033037Z\t\t0A\tunknown\t/CN=a"],
    ["bad-expiry", "V\tsoon\t\t0A\tunknown\t/CN=a"],
    ["bad-revocation", "R\t290301033037Z\t\t0A\tunknown\t/CN=a"],
  ] as const
) {
  Deno.test(`a line of a database with ${problem} is refused with its number: ${line}`, () => {
    assert.throws(() => read(`${valid}\n\n${line}\n`), { code: "bad-database", line: 3, problem });
  });
}

Deno.test("a database with any content is read or refused, in linear time", () => {
  fc.assert(fc.property(fc.string({ maxLength: 2000, unit: "binary" }), (text) => {
    try {
      read(text);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "bad-database");
    }
  }));
  assert.throws(() => read("\\\t".repeat(500_000)), { code: "bad-database" });
});
