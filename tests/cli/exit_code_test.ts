/** Exit codes: which error leads to which, and their documentation. */
import assert from "node:assert/strict";
import { exitCode, exitCodeFor, exitCodeTable } from "../../lib/cli/exit_code.ts";
import { runCli } from "../support/test_world.ts";
import { ConfiguredPairError } from "../../lib/device/configuration/mod.ts";
import { FileSystemError } from "../../lib/system/mod.ts";

class Foreign extends Error {
  readonly code: unknown;
  constructor(code: unknown) {
    super();
    this.code = code;
  }
}

Deno.test("exitCodeFor() recognizes errors by their code, for every copy of their class", () => {
  assert.equal(exitCodeFor(new FileSystemError("EIO", "read", "/file")), 1);
  assert.equal(exitCodeFor(new Foreign("file-system")), 1);
  assert.equal(exitCodeFor(new Foreign("locked")), 3);
  assert.equal(exitCodeFor(new Foreign("outcome-unknown")), 4);
  assert.equal(exitCodeFor(new ConfiguredPairError("web", { cause: new Foreign("locked") })), 3);
});

Deno.test("exitCodeFor() is 4 for errors that certswap did not throw on purpose", () => {
  for (const code of ["ENOSPC", "ERR_INVALID_ARG_TYPE", 11, undefined]) {
    assert.equal(exitCodeFor(new Foreign(code)), 4, String(code));
  }
  assert.equal(exitCodeFor(new TypeError("undefined is not a function")), 4);
  assert.equal(exitCodeFor("locked"), 4);
});

Deno.test("every exit code has one meaning, and other codes have none", () => {
  const codes = exitCodeTable().map(({ code }) => code);
  assert.deepEqual(codes, Object.values(exitCode).toSorted());
});

const readPage = (path: string): string =>
  Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));

Deno.test("help, the reference and the manual page have the same exit codes as the table", async () => {
  const unwrapped = async (...words: string[]): Promise<string> =>
    (await runCli(words)).stdout.replaceAll(/\s+/g, " ");
  const [short, long] = [await unwrapped("--help"), await unwrapped("help", "exit-codes")];
  const reference = readPage("docs/reference/commands.md").replaceAll("`", "");
  const manual = readPage("docs/man/certswap.1").replaceAll("\\-", "-");
  for (const { code, meaning, more } of exitCodeTable()) {
    assert.ok(short.includes(` ${code} ${meaning}`), meaning);
    assert.ok(long.includes(` ${code} ${meaning}`), meaning);
    assert.match(reference, new RegExp(`^\\| ${code} +\\| ${meaning}[ .:,(]`, "m"));
    assert.ok(manual.includes(`\n.B ${code}\n${meaning}`), meaning);
    for (const text of [long, manual]) assert.ok(text.includes(more ?? meaning), more);
  }
});
