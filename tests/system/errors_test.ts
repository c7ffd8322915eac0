/** Errors of certswap, and their copies: every file of the bundle has its own classes. */
import assert from "node:assert/strict";
import { attempt, CertswapError, FileSystemError } from "../../lib/system/errors.ts";

/** The module as another file of the bundle has it. The query makes it another module. */
const copy: typeof import("../../lib/system/errors.ts") = await import(
  `../../lib/system/errors.ts?${"copy"}`
);

Deno.test("an error of another copy of the classes is a CertswapError, of none of their subclasses", () => {
  const error = new copy.FileSystemError("ENOSPC", "write", "/tls/key.pem");
  assert.notEqual(copy.FileSystemError, FileSystemError);
  assert.ok(error instanceof CertswapError);
  assert.ok(!(error instanceof FileSystemError));
  assert.equal(
    attempt(() => {
      throw error;
    }),
    undefined,
  );
});

Deno.test("an error of the runtime, and a value that is none, is no CertswapError", () => {
  for (const value of [new TypeError("defect"), new Deno.errors.NotFound(), undefined, {}]) {
    assert.ok(!((value as unknown) instanceof CertswapError));
  }
  assert.ok(new FileSystemError("EIO", "read", "/") instanceof CertswapError);
});
