/** The entries of a CRL are encoded in their own way, because there may be a million of them. */
import assert from "node:assert/strict";
import { integer, sequence, time } from "../../../lib/x509/encoding/der_writer.ts";
import { formatSerial } from "../../../lib/x509/serial.ts";
import { EncodedEntries } from "../../../lib/x509/write/crl_entries.ts";

const entry = {
  serial: "012c",
  revokedAt: "2026-11-27T18:10:59Z",
  reason: "unspecified",
} as const;

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
  const entries = EncodedEntries.of(
    dates.map((revokedAt) => ({ serial: 300n, revokedAt, reason: "unspecified" })),
  );
  const expected = dates.flatMap((date) => [...sequence(integer(300n), time(date))]);
  assert.deepEqual(contentOf(entries), expected);
});

Deno.test("an entry has the serial number that the DER writer makes, for every size", () => {
  const serials = [0n, 1n, 2n ** 159n - 1n];
  for (let bits = 1n; bits < 159n; bits++) {
    serials.push(2n ** bits - 1n, 2n ** bits, 3n << bits - 1n);
  }
  const entries = new EncodedEntries();
  for (const serial of serials) entries.add({ ...entry, serial: formatSerial(serial) });
  const at = new Date(entry.revokedAt);
  const expected = serials.flatMap((serial) => [...sequence(integer(serial), time(at))]);
  assert.deepEqual(contentOf(entries), expected);
});

Deno.test("an entry with a time that no certificate can have is refused", () => {
  for (const written of ["1949-12-31T23:59:59Z", "+010000-01-01T00:00:00Z", "yesterday", ""]) {
    const add = () => new EncodedEntries().add({ ...entry, revokedAt: written });
    assert.throws(add, RangeError, written);
  }
});

Deno.test("an entry with a serial number that no certificate can have is refused", () => {
  for (const serial of ["", "-1", "0x1", "AB", "1g", "/0", ":0", "`0", "f".repeat(41)]) {
    const add = () => new EncodedEntries().add({ ...entry, serial });
    assert.throws(add, RangeError, serial);
  }
});

function contentOf(entries: EncodedEntries): readonly number[] {
  const encoded = new Uint8Array(entries.size);
  entries.moveTo(encoded);
  return [...encoded];
}
