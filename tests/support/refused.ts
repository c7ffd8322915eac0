import assert from "node:assert/strict";
import type { TestCa } from "./ca.ts";

/** Runs a command that must be refused: checks exit code, first line of stderr, and that nothing changed. */
export async function refused(
  ca: TestCa,
  words: readonly string[],
  { error, exit = 1, now }: { error: string | RegExp; exit?: number; now?: Date },
): Promise<string> {
  const before = ca.tree();
  const run = await ca.run(words, now === undefined ? {} : { now });
  assert.deepEqual(ca.tree(), before, "something changed");
  const [line = ""] = run.stderr.split("\n");
  if (typeof error === "string") assert.equal(line, `Error: ${error}`);
  else assert.match(line, error);
  assert.equal(run.exit, exit, run.stderr);
  assert.equal(run.stdout, "");
  assert.doesNotMatch(run.stderr, /\n\s+at /, "a stack trace was printed");
  return run.stderr;
}
