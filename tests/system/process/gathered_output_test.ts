import assert from "node:assert/strict";
import { GatheredOutput } from "../../../lib/system/mod.ts";
import { runDeno } from "../../support/run_deno.ts";

/** An output whose time passes when the test says so. */
function gathered(): { output: GatheredOutput; written: string[]; pass: () => Promise<void> } {
  const written: string[] = [];
  let passed = Promise.withResolvers<void>();
  const clock = { now: () => new Date(), sleep: () => passed.promise };
  const output = new GatheredOutput({ write: (text) => written.push(text) }, clock);
  return {
    output,
    written,
    async pass() {
      passed.resolve();
      passed = Promise.withResolvers<void>();
      await Promise.resolve();
    },
  };
}

Deno.test("texts that come together are written in one call, in order", async () => {
  const { output, written, pass } = gathered();
  for (const text of ["a\n", "b\n"]) output.add(text);
  assert.deepEqual(written, []);
  await pass();
  assert.deepEqual(written, ["a\nb\n"]);
  output.add("c\n");
  await pass();
  assert.deepEqual(written, ["a\nb\n", "c\n"]);
  output.end();
});

Deno.test("what was gathered is written when it becomes too much, when asked, and at the end", () => {
  const { output, written } = gathered();
  const long = "x".repeat(64 * 1024);
  output.add(long);
  assert.deepEqual(written, [long]);
  output.add("a\n");
  output.flush();
  output.flush();
  output.add("b\n");
  output.end();
  output.add("late\n");
  assert.deepEqual(written, [long, "a\n", "b\n", "late\n"]);
});

for (
  const [how, code] of [
    ["an error", "setTimeout(() => { throw new Error('fault'); })"],
    ["a rejected promise", "Promise.reject(new Error('fault'))"],
    ["an exit", "Deno.exit(1)"],
  ] as const
) {
  Deno.test(`no text is lost when ${how} ends the process`, async () => {
    const path = new URL("../../../lib/system/mod.ts", import.meta.url).href;
    const program = `import { denoStderr, GatheredOutput } from ${JSON.stringify(path)};
      const clock = { now: () => new Date(), sleep: () => new Promise(() => {}) };
      new GatheredOutput(denoStderr, clock).add("the last line\\n");
      ${code};`;
    const { exit, stderr } = await runDeno([
      `data:application/typescript,${encodeURIComponent(program)}`,
    ]);
    assert.equal(exit, 1);
    assert.match(stderr, /^the last line$/m);
  });
}
