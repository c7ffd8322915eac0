import assert from "node:assert/strict";
import { exitCodeFor } from "../../lib/cli/exit_code.ts";
import { ConfiguredPairError } from "../../lib/device/configuration/mod.ts";
import { FileSystemError } from "../../lib/system/mod.ts";

class Foreign extends Error {
  readonly code: unknown;
  constructor(code: unknown) {
    super();
    this.code = code;
  }
}

Deno.test("exitCodeFor() knows certswap's errors by their code, also those of a second copy of their class", () => {
  assert.equal(exitCodeFor(new FileSystemError("EIO", "read", "/file")), 1);
  assert.equal(exitCodeFor(new Foreign("file-system")), 1);
  assert.equal(exitCodeFor(new Foreign("locked")), 3);
  assert.equal(exitCodeFor(new Foreign("outcome-unknown")), 4);
  assert.equal(exitCodeFor(new ConfiguredPairError("web", { cause: new Foreign("locked") })), 3);
});

Deno.test("exitCodeFor() calls for a person where certswap has thrown nothing on purpose", () => {
  for (const code of ["ENOSPC", "ERR_INVALID_ARG_TYPE", 11, undefined]) {
    assert.equal(exitCodeFor(new Foreign(code)), 4, String(code));
  }
  assert.equal(exitCodeFor(new TypeError("undefined is not a function")), 4);
  assert.equal(exitCodeFor("locked"), 4);
});
