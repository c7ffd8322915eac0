/** Every error has a message, and no message reveals secrets. */
import assert from "node:assert/strict";
import { describe, isDescribed } from "../../../lib/cli/messages/mod.ts";
import { FileSystemError } from "../../../lib/system/mod.ts";
import { SwapFailedError } from "../../../lib/device/errors.ts";
import {
  OutcomeUnknownError,
  RecoveryUndecidableError,
  TargetChangedError,
} from "../../../lib/transaction/mod.ts";

/** The `code` of every error, found in the sources, so that a new error cannot be forgotten. */
function codesIn(directory: URL): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return codesIn(new URL(`${name}/`, directory));
    if (!name.endsWith(".ts")) return [];
    const source = Deno.readTextFileSync(new URL(name, directory));
    return [...source.matchAll(/^\s+(?:override )?readonly code = "(.*)";$/gm)].map(([, code]) =>
      code ?? ""
    );
  });
}

Deno.test("describe() has a message for every error, and every code is unique", () => {
  const codes = codesIn(new URL("../../../lib/", import.meta.url));
  assert.ok(codes.length > 50, `only ${codes.length} errors found`);
  assert.deepEqual(codes.filter((code) => !isDescribed(code)), []);
  assert.deepEqual(codes.toSorted(), [...new Set(codes)].toSorted());
  for (const code of codes) assert.match(code, /^[a-z0-9]+(-[a-z0-9]+)*$/);
});

Deno.test("describe() names the file and the reason in the words of strerror(3)", () => {
  assert.deepEqual(describe(new FileSystemError("ENOSPC", "write", "/etc/tls/key.pem")), {
    code: "file-system",
    message: "cannot write /etc/tls/key.pem: no space left on device",
    hint: "Free some space (df) or inodes (df -i) on this file system, then run the command again.",
  });
});

Deno.test("describe() says to stage again after a failed swap removed the pending pair", () => {
  const cause = new TargetChangedError("/d/key.pem");
  const removed = describe(new SwapFailedError(true, { cause }));
  assert.deepEqual(removed.details, [
    "The old pair is still active.",
    "The pending pair was removed: stage it again before you repeat the command.",
  ]);
  assert.equal(
    removed.hint,
    "Find out which program writes this file, then run the command again.",
    "not that nothing was changed",
  );
  assert.deepEqual(describe(cause).details, ["Nothing was changed."]);
});

Deno.test("describe() offers the versions that --keep can restore, or another solution", () => {
  const hint = (...possible: [canBeOld: boolean, canBeNew: boolean][]): string => {
    const findings = possible.map(([canBeOld, canBeNew]) =>
      ({ target: "/d/x", found: "foreign", canBeOld, canBeNew }) as const
    );
    return describe(new RecoveryUndecidableError("/d/.certswap/j", findings)).hint ?? "";
  };
  assert.match(hint([true, true], [true, true]), /--keep old or --keep new\.$/);
  assert.match(hint([true, true], [true, false]), /the same paths and --keep old\.$/);
  assert.match(hint([false, true], [true, true]), /the same paths and --keep new\.$/);
  for (const neither of [hint([true, false], [false, true]), hint([false, false])]) {
    assert.doesNotMatch(neither, /--keep/);
    assert.match(neither, /repair them .* then move the journal away\.$/);
  }
});

Deno.test("describe() shows an unknown errno by its name", () => {
  assert.equal(
    describe(new FileSystemError("EWHATEVER", "rename", "/a")).message,
    "cannot rename /a: EWHATEVER",
  );
});

Deno.test("describe() reports both failures if the rollback also failed", () => {
  const cause = new AggregateError([
    new FileSystemError("EIO", "rename", "/a"),
    new FileSystemError("EROFS", "rename", "/b"),
  ]);
  assert.match(
    describe(new OutcomeUnknownError(["/a"], { cause })).message,
    /cannot rename \/a: input\/output error; then cannot rename \/b: read-only file system$/,
  );
});

Deno.test("describe() escapes control characters in untrusted text", () => {
  const { message } = describe(new FileSystemError("EIO", "open", "/tmp/\x1b[2Jx\u202e"));
  assert.equal(message, "cannot open /tmp/\\x1b[2Jx\\u202e: input/output error");
});

Deno.test("describe() reports an unexpected error as an internal error, without a stack", () => {
  const { code, message } = describe(new TypeError("x is undefined"));
  assert.equal(code, "defect");
  assert.match(message, /TypeError: x is undefined$/);
  assert.equal(describe("what?").code, "defect");
});
