/** What the executable says to every kind of bad and unusual input: `deno task say` prints it. */
import assert from "node:assert/strict";
import type { Said } from "../../scripts/say/case.ts";
import { sayEverything } from "../../scripts/say/collection.ts";
import { builtExecutable } from "./support/executable.ts";

/** Negative results, which are printed on standard output and are not errors. */
const verdicts = [
  /^Active pair: (?:MISSING|BROKEN|EXPIRED|NOT YET VALID)$/m,
  /^CERTSWAP (?:WARNING|CRITICAL|UNKNOWN) - /,
  /^Certificate verification: INVALID$/m,
  /^CA check: FAILED /m,
];

/** Errors without a hint: what to do follows from them, or their whole text is fixed. */
const plainErrors: readonly (readonly [RegExp, reason: string])[] = [
  [/: no such file or directory$/, "the path is to be corrected"],
  [/: the file is empty$/, "another file is to be given"],
  [/, expected a (?:regular file|directory)$/, "another file is to be given"],
  [/^no requests \(\*\.csr\) in /, "another directory is to be given"],
  [/^CA not initialized\. Run 'ca init' first\.$/, "fixed by the CA's contract"],
  [/^failed to parse /, "fixed by the CA's contract"],
  [/^certificate with serial \S+ (?:not found|is already revoked)$/, "fixed by the CA's contract"],
];

/** What is wrong with an output; `undefined` if nothing is. */
function problemOf({ exit, stdout, stderr }: Said): string | undefined {
  const output = stdout + stderr;
  if (/^\s+at .*:\d+:\d+\)?$/m.test(output)) return "a stack trace";
  if (/internal error|not made for|undefined|\[object /.test(output)) return "a defect";
  // deno-lint-ignore no-control-regex -- they are what is looked for
  if (/[\x00-\x09\x0b-\x1f\x7f]/.test(output)) return "a control character";
  if (exit === 0) return /^Error: /m.test(stderr) ? "an error that exits with 0" : undefined;
  if (exit > 5) return `exit code ${exit}`;
  if (verdicts.some((verdict) => verdict.test(stdout))) return undefined;
  const error = /^Error: (.*)$/m.exec(stderr)?.[1];
  if (error === undefined) return "no error";
  if (/^Hint: \S.*\S$/m.test(stderr)) return undefined;
  const text = error.replace(/^pair web: /, "");
  return plainErrors.some(([plain]) => plain.test(text)) ? undefined : "no hint";
}

Deno.test("certswap says of more than 200 bad inputs what failed and what to do", async () => {
  const problems: string[] = [];
  const asked = new Set<string>();
  for await (const said of sayEverything(builtExecutable)) {
    asked.add(`${said.given} ${said.command}`);
    const problem = problemOf(said);
    if (problem === undefined) continue;
    const { what, command, exit, stdout, stderr } = said;
    problems.push(`${problem}: ${what}\n$ ${command}\n${stdout}${stderr}[exit ${exit}]\n`);
  }
  assert.equal(problems.join("\n"), "");
  assert(asked.size > 200, `${asked.size}`);
});
