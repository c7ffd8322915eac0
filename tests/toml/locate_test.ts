import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { parse, type TomlTable } from "smol-toml";
import { type KeyPath, locateKeys } from "../../lib/toml/read/locate.ts";

const document = `# a comment with [pair.none] and "quotes"
first = 1 # another

[pair.web]
dir = "/a # no comment"
names = [
  "DNS:a", # ] not yet
  'DNS:b',
]
hook.command = ["systemctl", "reload"]
issuer = { kind = "command", command = ["a",
  "b"] }
text = """
[pair.none]
x = "y\\""" """
raw = '''
one'''''
when = 1979-05-27 07:32:00
"quoted key" = 1
"\\u0061b" = 2

[[list]]
a = 1
[ "pair" . two ]
last = true
[[list]]
b = [{ c = 1 },
  { c = 2 }]
[list.table]
d = 1
[[list.inner]]
e = 1
[[list.inner]]
[list.inner.table]
f = 1`;

const places: readonly (readonly [path: KeyPath, line: number])[] = [
  [["first"], 2],
  [["pair"], 4],
  [["pair", "web"], 4],
  [["pair", "web", "dir"], 5],
  [["pair", "web", "names"], 6],
  [["pair", "web", "names", 0], 7],
  [["pair", "web", "names", 1], 8],
  [["pair", "web", "hook"], 10],
  [["pair", "web", "hook", "command"], 10],
  [["pair", "web", "hook", "command", 1], 10],
  [["pair", "web", "issuer"], 11],
  [["pair", "web", "issuer", "kind"], 11],
  [["pair", "web", "issuer", "command", 1], 12],
  [["pair", "web", "text"], 13],
  [["pair", "web", "raw"], 16],
  [["pair", "web", "when"], 18],
  [["pair", "web", "quoted key"], 19],
  [["pair", "web", "ab"], 20],
  [["list"], 22],
  [["list", 0], 22],
  [["list", 0, "a"], 23],
  [["list", 1], 26],
  [["list", 1, "b", 0, "c"], 27],
  [["list", 1, "b", 1, "c"], 28],
  [["list", 1, "table", "d"], 30],
  [["list", 1, "inner", 0, "e"], 32],
  [["list", 1, "inner", 1], 33],
  [["list", 1, "inner", 1, "table", "f"], 35],
  [["pair", "two"], 24],
  [["pair", "two", "last"], 25],
];

for (const [path, line] of places) {
  Deno.test(`locateKeys() finds ${path.join(".")} in line ${line}`, () => {
    assert.equal(locateKeys(document)(path), line);
  });
}

Deno.test("locateKeys() falls back to the nearest key above", () => {
  const lineOf = locateKeys(document);
  assert.equal(lineOf(["pair", "web", "key"]), 4);
  assert.equal(lineOf(["pair", "web", "names", 7]), 6);
  assert.equal(lineOf(["pair", "none"]), 4);
  assert.equal(lineOf(["missing"]), 1);
});

Deno.test("locateKeys() counts lines that end with CR LF", () => {
  assert.equal(locateKeys('a = 1\r\n\r\n[b]\r\nc = """\r\nx"""\r\nd = 2')(["b", "d"]), 6);
});

/** Values that contain characters of keys, tables, comments or closing quotes. */
const value = fc.constantFrom(
  ...['"x"', "'\\'", '"\\"# [a]"', '"""a\n[b]\nc = 1\n\\""""""', "'''\n[d]\n''''", "-1.5e3"],
  ...["[ ]", "[ # ]\n \"=\", '[',\n]", "{ }", '{ a = "}", b.c = [1, {d = "#"}] }', "true"],
  ...["1979-05-27T07:32:00Z", "1979-05-27 07:32:00", "[[1, 2], [\n[3]]]"],
);

const between = fc.constantFrom("", "\n", '# [a] = "\n', "  \t\n\n", "# '''\n");

const key = fc.constantFrom("a", '"b.c"', "'d e'", "f.g", '"h\\"]"');

Deno.test("locateKeys() finds every key of any document in the line where it is written", () => {
  const entry = fc.record({ between, key, value });
  const table = fc.record({ between, entries: fc.uniqueArray(entry, { selector: (e) => e.key }) });
  fc.assert(
    fc.property(fc.array(table), (tables) => {
      let text = "";
      const expected: [KeyPath, number][] = [];
      const write = (path: KeyPath, line: string): void => {
        expected.push([path, text.split("\n").length]);
        text += `${line}\n`;
      };
      for (const [index, { between, entries }] of tables.entries()) {
        text += between;
        write([`t${index}`], `[ t${index} ]`);
        for (const { between, key, value } of entries) {
          text += between;
          write([`t${index}`, ...keysOf(key)], `${key} = ${value} # "`);
        }
      }
      parse(text);
      const lineOf = locateKeys(text);
      for (const [path, line] of expected) assert.equal(lineOf(path), line, `${path}\n${text}`);
    }),
    { numRuns: 500 },
  );
});

/** The parts of a key, as the TOML parser reads it. */
function keysOf(written: string): string[] {
  const below = (table: unknown): string[] =>
    Object.entries(table as TomlTable).flatMap(([key, value]) => [
      key,
      ...(typeof value === "object" ? below(value) : []),
    ]);
  return below(parse(`${written} = 0`));
}
