/** What is read from a state file, whichever version wrote it. */
import assert from "node:assert/strict";
import { encodeState, type PairState } from "../../../lib/device/pair/state.ts";
import { decodeState } from "../../../lib/device/pair/state_reader.ts";
import { formatSerial, largestSerial } from "../../../lib/x509/serial.ts";

function withSerial(replacedSerial: string): PairState {
  const since = new Date("2026-06-01T12:00:00Z");
  const fingerprint = "a".repeat(64);
  return { owed: { hook: true, probe: false, since, fingerprint, replacedSerial }, other: {} };
}

const readBack = (replacedSerial: string): string | undefined =>
  decodeState(encodeState(withSerial(replacedSerial)))?.owed?.replacedSerial;

Deno.test("decodeState() reads every serial number that a certificate can have as it was written", () => {
  for (
    const serial of [-(2n ** 159n), -1n, 0n, 1n, 0xffn, 0x1a9n, largestSerial, 2n ** 160n - 1n]
  ) {
    const written = formatSerial(serial);
    assert.equal(readBack(written), written);
  }
});

Deno.test("decodeState() reads the serial numbers of earlier versions, two digits a byte, in today's form", () => {
  assert.equal(readBack("01a9"), "1a9");
  assert.equal(readBack("-01a9"), "-1a9");
  for (const same of ["01", "00", "ff", "-02"]) assert.equal(readBack(same), same);
});

Deno.test("decodeState() takes nothing else for a serial number", () => {
  for (const written of ["", "1", "1A9", "--02", "0x02", "2\n", "1".repeat(41)]) {
    assert.equal(decodeState(encodeState(withSerial(written))), undefined, written);
  }
});
