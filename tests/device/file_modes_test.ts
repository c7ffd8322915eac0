import assert from "node:assert/strict";
import { isSecretMode, readMode } from "../../lib/device/file_modes.ts";

Deno.test("readMode() reads three octal digits, or four of which the first is 0", () => {
  assert.equal(readMode("600"), 0o600);
  assert.equal(readMode("0600"), 0o600);
  assert.equal(readMode("0640"), 0o640);
  assert.equal(readMode("0444"), 0o444);
  assert.equal(readMode("755"), 0o755);
  for (
    const text of ["", "0", "40", "00640", "0680", "648", "0o640", "-640", " 640", "640\n", "u=r"]
  ) {
    assert.equal(readMode(text), undefined, JSON.stringify(text));
  }
});

Deno.test("readMode() refuses set-ID and sticky bits", () => {
  for (const text of ["1644", "2644", "4644", "7600"]) {
    assert.equal(readMode(text), undefined, text);
  }
});

Deno.test("readMode() refuses a mode with which the owner cannot read", () => {
  for (const text of ["000", "0200", "0044", "0300"]) assert.equal(readMode(text), undefined, text);
});

Deno.test("readMode() refuses a mode with which the group or others can write", () => {
  for (const text of ["0620", "0660", "0602", "0666", "0777"]) {
    assert.equal(readMode(text), undefined, text);
  }
});

Deno.test("isSecretMode() allows the group to read, and others nothing", () => {
  for (const mode of [0o600, 0o400, 0o640, 0o440, 0o750]) {
    assert(isSecretMode(mode), mode.toString(8));
  }
  for (const mode of [0o644, 0o604, 0o641, 0o642, 0o620, 0o660, 0o666]) {
    assert(!isSecretMode(mode), mode.toString(8));
  }
});
