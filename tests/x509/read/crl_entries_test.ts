/** Entries of CRLs: what the quick look accepts, and how they are found. */
import assert from "node:assert/strict";
import { DerReader } from "../../../lib/x509/encoding/der_reader.ts";
import { encodeHeader, integer, sequence, time } from "../../../lib/x509/encoding/der_writer.ts";
import { readEntries } from "../../../lib/x509/read/crl_entries.ts";
import { revocationReasons } from "../../../lib/x509/read/revocation_reason.ts";
import { formatSerial } from "../../../lib/x509/serial.ts";
import { EncodedEntries } from "../../../lib/x509/write/crl_entries.ts";

const at = new Date("2026-06-01T23:59:59Z");
const entriesIn = (content: Uint8Array<ArrayBuffer>) =>
  readEntries(new DerReader(sequence(content)).next());

Deno.test("an entry that is accepted quickly is accepted by the full reader too", () => {
  const entries = EncodedEntries.of([{ serial: 0x80n, revokedAt: at, reason: "superseded" }]);
  const good = new Uint8Array(entries.size);
  entries.moveTo(good);
  let accepted = 0;
  for (let index = 0; index < good.length; index++) {
    for (let byte = 0; byte < 256; byte++) {
      const changed = Uint8Array.from(good);
      changed[index] = byte;
      let read: ReturnType<typeof entriesIn>;
      try {
        read = entriesIn(changed);
      } catch {
        continue;
      }
      // Iterating reads each entry completely, whichever way it was checked.
      assert.equal([...read.entries].length, read.entries.length, changed.toHex());
      accepted++;
    }
  }
  // At least each digit of the time, and each byte of the serial number and of the reason.
  assert.ok(accepted > 300 && accepted < 2000, String(accepted));
});

Deno.test("every serial number is found, by a search and by the index, and no other", () => {
  const serials = [1n, 0x7fn, 0x80n, 0xffn, 0x100n, 2n ** 127n, 2n ** 159n - 1n, 0xabcdefn];
  for (let count = 0; count < 500; count++) serials.push(BigInt(count) * 7919n + 1000n);
  const reasons = Object.keys(revocationReasons) as (keyof typeof revocationReasons)[];
  const list = serials.map((serial, index) => ({
    serial,
    revokedAt: new Date(at.getTime() + index * 1000),
    reason: reasons[index % reasons.length] ?? "unspecified",
  }));
  const encoded = EncodedEntries.of(list);
  const content = new Uint8Array(encoded.size);
  encoded.moveTo(content);
  assert.equal(encoded.length, 0, "they are used up");
  const { entries } = entriesIn(content);
  assert.deepEqual([...entries], list);
  const index = entries.index();
  for (const wanted of list) {
    assert.deepEqual(entries.find(wanted.serial), wanted);
    assert.deepEqual(index.get(formatSerial(wanted.serial)), wanted);
  }
  for (const missing of [2n, 0x81n, 2n ** 126n, 999n]) {
    assert.equal(entries.find(missing), undefined);
    assert.equal(index.has(formatSerial(missing)), false);
  }
});

Deno.test("an entry of an unusual form, or with a negative serial number, is read all the same", () => {
  const negative = sequence(Uint8Array.of(2, 1, 0xfe), time(new Date("2060-01-01T00:00:00Z")));
  const usual = sequence(integer(3n), time(at));
  const content = new Uint8Array([...negative, ...usual]);
  const { entries } = entriesIn(content);
  assert.deepEqual(Array.from(entries, ({ serial }) => serial), [-2n, 3n]);
  assert.equal(entries.find(-2n)?.revokedAt.getUTCFullYear(), 2060);
  assert.equal(entries.index().has("03"), true);
});

Deno.test("an entry that ends behind its list is refused", () => {
  const usual = sequence(integer(3n), time(at));
  const cut = usual.subarray(0, usual.length - 1);
  const list = new Uint8Array([...encodeHeader(0x30, cut.length), ...cut]);
  assert.throws(() => readEntries(new DerReader(list).next()), { code: "bad-der" });
});
