/** The rules of the rooms, each broken once. */
import assert from "node:assert/strict";
import { filesInFolder, problemsOf } from "../../scripts/rooms/rules.ts";

const header = "/** A file. */\n";

/** The problems of a tree of files, each with a header. */
function problemsIn(files: Readonly<Record<string, string>>): string[] {
  return problemsOf(Object.entries(files).map(([path, text]) => ({ path, text: header + text })));
}

Deno.test("the rooms: a tree that keeps the rules has no problems", () => {
  const problems = problemsIn({
    "lib/x509/mod.ts": 'export { a } from "./read/mod.ts";\n',
    "lib/x509/errors.ts": 'import { b } from "../system/mod.ts";\n',
    "lib/x509/read/mod.ts": 'export { a } from "./a.ts";\n',
    "lib/x509/read/a.ts": 'import { c } from "../errors.ts";\nimport { d } from "./d.ts";\n',
    "lib/cli/a.ts":
      'import { a } from "../x509/read/mod.ts";\nawait import("../device/change/swap.ts");\n',
    "lib/cli/messages/ca.ts": 'import type * as errors from "../../ca/errors.ts";\n',
    "lib/device/issuer/local.ts": 'import { sign } from "../../ca/mod.ts";\n',
  });
  assert.deepEqual(problems, []);
});

Deno.test("the rooms: an import that goes up is refused, in either form", () => {
  for (const line of ['import { a } from "../ca/mod.ts";', 'await import("../ca/sign.ts");']) {
    const [problem = "", ...more] = problemsIn({ "lib/device/a.ts": line });
    assert.match(problem, /^lib\/device\/a\.ts: device must not import ca\. Move /);
    assert.deepEqual(more, []);
  }
});

Deno.test("the rooms: a folder is entered by its face", () => {
  const problems = problemsIn({ "lib/device/change/a.ts": 'import { b } from "../pair/b.ts";\n' });
  assert.deepEqual(problems, [
    "lib/device/change/a.ts: imports lib/device/pair/b.ts past its folder's face. " +
    "Import from lib/device/pair/mod.ts, and export it there.",
  ]);
});

Deno.test("the rooms: sibling folders do not import each other, directly or through others", () => {
  const problems = problemsIn({
    "lib/ca/a/mod.ts": 'import { b } from "../b/mod.ts";\n',
    "lib/ca/b/mod.ts": 'import { c } from "../c/mod.ts";\n',
    "lib/ca/c/mod.ts": 'import { a } from "../a/mod.ts";\n',
  });
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? "", /^lib\/ca\/a -> lib\/ca\/b -> lib\/ca\/c -> lib\/ca\/a: /);
});

Deno.test("the rooms: a folder with too many files is refused", () => {
  const files = Array.from(
    { length: filesInFolder + 1 },
    (_, index) => [`lib/ca/f${index}.ts`, ""],
  );
  assert.match(
    problemsIn(Object.fromEntries(files)).join("\n"),
    /^lib\/ca: 13 files, .* Move files/,
  );
  assert.deepEqual(problemsIn(Object.fromEntries(files.slice(1))), []);
});

Deno.test("the rooms: a file without a header is refused", () => {
  const problems = problemsOf([{ path: "lib/ca/a.ts", text: "export const a = 1;\n" }]);
  assert.match(problems.join("\n"), /^lib\/ca\/a\.ts:1: no header\. Begin the file/);
});

Deno.test("the rooms: only lib/system reaches the outside, and comments do not count", () => {
  for (const code of ["Deno.exit(1);", "Date.now();", 'import fs from "node:fs";']) {
    assert.match(problemsIn({ "lib/ca/a.ts": code }).join("\n"), /Add a door to lib\/system/);
    assert.deepEqual(problemsIn({ "lib/system/a.ts": code, "lib/ca/b.ts": `// ${code}` }), []);
  }
});

Deno.test("the rooms: a line of more columns than fit is refused, in tests and scripts as well", () => {
  const problems = problemsIn({ "tests/a_test.ts": `// ${"x".repeat(108)}\n` });
  assert.deepEqual(problems, [
    "tests/a_test.ts:2: 111 columns, at most 110 are allowed. Break the line.",
  ]);
});

Deno.test("the rooms: a property test takes its seed from tests/support", () => {
  const problems = problemsIn({ "tests/a_test.ts": 'import fc from "fast-check";\n' });
  assert.deepEqual(problems, [
    "tests/a_test.ts: fast-check draws different inputs in every run. " +
    "Import it from tests/support/properties.ts.",
  ]);
});
