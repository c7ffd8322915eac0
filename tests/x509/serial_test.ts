/** The text form of serial numbers. */
import assert from "node:assert/strict";
import { formatSerial, parseSerial } from "../../lib/x509/serial.ts";

Deno.test("formatSerial() writes at least two digits and no other leading zero", () => {
  const written: [bigint, string][] = [[1n, "01"], [0xffn, "ff"], [0x100n, "100"], [0x1a9n, "1a9"]];
  for (const [serial, text] of written) {
    assert.equal(formatSerial(serial), text);
    assert.equal(parseSerial(text), serial);
  }
});

Deno.test("formatSerial() writes 0 and negative numbers, which only certificates of other CAs have", () => {
  assert.equal(formatSerial(0n), "00");
  assert.equal(formatSerial(-1n), "-01");
  assert.equal(formatSerial(-0x1a9n), "-1a9");
  assert.equal(parseSerial("00"), undefined);
  assert.equal(parseSerial("-01"), undefined);
});
