/** The entries of a CRL are encoded in their own way, because there may be a million of them. */
import assert from "node:assert/strict";
import { integer, sequence, time } from "../../../lib/x509/encoding/der_writer.ts";
import { EncodedEntries } from "../../../lib/x509/write/crl_entries.ts";

const times = [
  "1950-01-01T00:00:00Z",
  "1969-12-31T23:59:59Z",
  "1970-01-01T00:00:00Z",
  "2000-02-29T09:08:07Z",
  "2026-11-27T18:10:59.999Z",
  "2049-12-31T23:59:59Z",
  "2050-01-01T00:00:00Z",
  "9999-12-31T23:59:59Z",
];

Deno.test("an entry has the time that the DER writer makes, also after entries with other times", () => {
  const dates = [...times, ...times.toReversed()].map((written) => new Date(written));
  const entries = new EncodedEntries();
  for (const revokedAt of dates) entries.add({ serial: 300n, revokedAt, reason: "unspecified" });
  const encoded = new Uint8Array(entries.size);
  entries.moveTo(encoded);
  const expected = dates.flatMap((date) => [...sequence(integer(300n), time(date))]);
  assert.deepEqual([...encoded], expected);
});

Deno.test("an entry with a time that no certificate can have is refused", () => {
  for (const written of ["1949-12-31T23:59:59Z", "+010000-01-01T00:00:00Z"]) {
    const entries = new EncodedEntries();
    const revokedAt = new Date(written);
    assert.throws(() => entries.add({ serial: 1n, revokedAt, reason: "unspecified" }), RangeError);
  }
});
