import assert from "node:assert/strict";
import { LastParsed } from "../../../../lib/ca/store/directory/last_parsed.ts";
import { sha256Hex } from "../../../../lib/system/mod.ts";

/** A file, and how often it was parsed. */
class ParsedFile {
  content = "first";
  parsed = 0;
  readonly #last = new LastParsed<string>();

  async read(): Promise<string> {
    return await this.#last.read(sha256Hex(bytes(this.content)), () => {
      this.parsed++;
      return this.content;
    });
  }

  /** @param isCommitted whether the file has the new content afterwards. */
  async change(content: string, isCommitted = true): Promise<void> {
    await this.#last.write(bytes(content), content);
    if (isCommitted) this.content = content;
  }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("what this process has written is not parsed again", async () => {
  const file = new ParsedFile();
  for (const content of ["a", "b", "c", "d"]) {
    await file.read();
    await file.change(content);
    assert.equal(await file.read(), content);
  }
  assert.equal(file.parsed, 3, "the first change of a process keeps nothing");
});

Deno.test("what another process has written, and what was not committed, is parsed", async () => {
  const file = new ParsedFile();
  for (const content of ["a", "b"]) {
    await file.read();
    await file.change(content);
  }
  const before = file.parsed;
  file.content = "of another process";
  assert.equal(await file.read(), "of another process");
  await file.change("not committed", false);
  assert.equal(await file.read(), "of another process");
  assert.equal(file.parsed, before + 2);
});
