/** The rules of the language, each broken once, and what of a file is prose. */
import assert from "node:assert/strict";
import { patterns } from "../../scripts/language/patterns.ts";
import { problemsOf } from "../../scripts/language/rules.ts";
import { superlinear } from "../../scripts/lint/superlinear.ts";

/** The words that are found in a text. */
function wordsIn(path: string, text: string): string[] {
  return problemsOf({ path, text }).map((problem) => /"(.*?)"/.exec(problem)?.[1] ?? problem);
}

const broken: readonly [words: string, sentence: string][] = [
  ["nobody", "It is read by nobody."],
  ["Whoever", "Whoever calls it waits."],
  ["whatever", "It is kept, whatever happens."],
  ["somebody else's", "This is somebody else's file."],
  ["what became of", "It prints what became of the pair."],
  ["be it", "It fails, be it early or late."],
  ["for whom", "It says for whom."],
  ["whom it", "It names whom it is made for."],
  ["at once", "It ends at once."],
  ["in the place of", "A link in the place of the file."],
  ["is no file that", "This is no file that can be read."],
  ["looks whether", "It looks whether there is one."],
  ["up to what", "It is done, up to what is left."],
  ["of which much", "A life of which much is gone."],
  ["of which it", "The set of which it is one."],
  ["stands for", "The dot stands for the directory."],
  ["what is owed", "It does what is owed."],
  ["what was owed", "It did what was owed."],
  ["comes of it", "Nothing comes of it."],
  ["goes by", "It goes by the date."],
  ["all the while", "It is served all the while."],
  ["leads round", "A link that leads round."],
  ["has leapt", "The clock has leapt."],
  ["tells of every", "It tells of every failure."],
  ["tell about what", "Alerts tell about what failed."],
];

for (const [words, sentence] of broken) {
  Deno.test(`check_language finds "${words}"`, () => {
    assert.deepEqual(wordsIn("lib/a.ts", `/** ${sentence} */\n`), [words]);
  });
}

Deno.test("check_language has a pattern that finds each of these, and no other pattern", () => {
  const unbroken = patterns.filter(({ words }) =>
    !broken.some(([, sentence]) => sentence.search(words) !== -1)
  );
  assert.deepEqual(unbroken, []);
});

Deno.test("check_language searches in linear time", () => {
  for (const { words } of patterns) assert.equal(superlinear(words.source, words.flags), undefined);
});

Deno.test("check_language prints file, line, words and what to write instead", () => {
  assert.deepEqual(problemsOf({ path: "lib/a.ts", text: "\n\n// It ends at once.\n" }), [
    `lib/a.ts:3: "at once": write 'immediately', or 'at the same time', 'in one call'`,
  ]);
});

Deno.test("check_language finds words between which a line ends", () => {
  const texts = {
    "block.ts": "/**\n * It is put in the\n * place of it.\n */\n",
    "line.ts": "  // It is put in the\n  // place of it.\n",
    "joined.ts": 'const a = "It is put in the " +\n  "place of it.";\n',
    "template.ts": "const a = `It is put in the\nplace of it ${b}.`;\n",
    "page.md": "> It is put in the\n> place of it.\n",
    "script.sh": "# It is put in the\n# place of it.\n",
  };
  for (const [path, text] of Object.entries(texts)) {
    assert.deepEqual(wordsIn(path, text), ["in the place of"], path);
  }
});

Deno.test("check_language does not join what belongs to two paragraphs or two strings", () => {
  const texts = {
    "block.ts": "/**\n * It ends at\n *\n * once more.\n */\n",
    "strings.ts": 'const a = ["It ends at", "once more"];\n',
    "comments.ts": "a(); // It ends at\n\n// once more.\n",
    "page.md": "It ends at\n\nonce more.\n",
  };
  for (const [path, text] of Object.entries(texts)) assert.deepEqual(wordsIn(path, text), [], path);
});

Deno.test("check_language reads prose, and not code", () => {
  const typeScript = [
    "const nobody = whoever / whatever; // a name",
    'const user = "nobody";',
    "const found = /nobody listens [/] at once/.test(a) && a / b;",
    "/**",
    " * The user `nobody` is one.",
    " *",
    " * ```ts",
    ' * assert.equal(whoever, "is nobody here");',
    " * ```",
    " */",
    "const text = `${nobody} is ${a[`x ${whatever}`]} here`;",
  ].join("\n");
  assert.deepEqual(wordsIn("lib/a.ts", typeScript), []);
  const markdown = "See [it](nobody.md) of `nobody`.\n\n```console\n$ su nobody\n```\n" +
    "<!-- file: /home/nobody -->\n";
  assert.deepEqual(wordsIn("guide/a.md", markdown), []);
  assert.deepEqual(wordsIn("lib/a.wasm", "It is read by nobody."), []);
});

Deno.test("check_language reads on after quotes, slashes and braces of code", () => {
  const before = [
    'const a = b ? \'"\' : "\\"\'"; // one',
    "const c = /[\"'`/]/.exec(`${d ? `{${e}` : '}'} \\` f`);",
    "const g = h / 2 / i;",
    'if (k) return /"/;',
  ];
  const text = [...before, 'throw new Error("It is read by nobody.");'].join("\n");
  assert.deepEqual(problemsOf({ path: "lib/a.ts", text }).map((problem) => problem.slice(0, 10)), [
    "lib/a.ts:5",
  ]);
});

Deno.test("check_language finds words on both sides of the code in a template", () => {
  assert.deepEqual(wordsIn("lib/a.ts", "const a = `${b} is no ${c} that nobody reads`;"), [
    "is no x___ that",
    "nobody",
  ]);
});

Deno.test("a backtick without its pair hides nothing in later paragraphs", () => {
  const text = "It is a ` alone.\n\nIt is read by nobody.\n\nAnother `.\n";
  assert.deepEqual(wordsIn("guide/a.md", text), ["nobody"]);
});
