/** What the executable says to every kind of bad and unusual input: `deno task say` prints it. */
import assert from "node:assert/strict";
import type { Said } from "../../scripts/say/case.ts";
import { sayEverything } from "../../scripts/say/collection.ts";
import { everyCommand } from "../../lib/cli/tree/mod.ts";
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

/** Commands that take a flag, except those for which it names something new. */
function takers(flag: string): readonly string[] {
  return everyCommand()
    .filter(({ target }) => Object.hasOwn(target.parameters.flags ?? {}, flag))
    .map(({ words }) => words.join(" "))
    .filter((command) => !/^certswap (?:ca init|ca import|enroll)$/.test(command));
}

/** The flags that say what a command is about, the commands that take them, and what replaces them. */
const repeated = [
  { flag: "--data-dir", commands: takers("dataDir"), unless: / --(?:help|data-dir)\b/ },
  {
    flag: "--config",
    // These take a pair as well, which may be selected without a configuration.
    commands: takers("config").filter((command) =>
      !/ (?:swap|stage|rollback|export)$/.test(command)
    ),
    unless: / --(?:help|config|dir|cert|combined|ca)\b/,
  },
];

/** A command in an output that lacks a flag of the command line: pasted, it would be about something else. */
function commandWithoutFlag({ command, stdout, stderr }: Said): string | undefined {
  // With a second CA, a message may be about either.
  if (/ --(?:next|signed-by) /.test(command)) return undefined;
  const text = (stdout + stderr).replaceAll(/\b(?:next|every) 'certswap [a-z ]+'/gi, "");
  for (const { flag, commands, unless } of repeated) {
    if (!command.includes(` ${flag} `)) continue;
    for (const suggested of commands) {
      for (const part of text.split(suggested).slice(1)) {
        const rest = /^[^',\n]*/.exec(part)?.[0] ?? "";
        if (/^[\w-]/.test(rest) || unless.test(rest)) continue;
        return `'${suggested}' without ${flag}`;
      }
    }
  }
  return undefined;
}

/** What is wrong with an output; `undefined` if nothing is. */
function problemOf(said: Said): string | undefined {
  const { exit, stdout, stderr } = said;
  const output = stdout + stderr;
  if (/^\s+at .*:\d+:\d+\)?$/m.test(output)) return "a stack trace";
  if (/internal error|not made for|undefined|\[object /.test(output)) return "a defect";
  // deno-lint-ignore no-control-regex -- they are what is looked for
  if (/[\x00-\x09\x0b-\x1f\x7f]/.test(output)) return "a control character";
  const lacking = commandWithoutFlag(said);
  if (lacking !== undefined) return lacking;
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
