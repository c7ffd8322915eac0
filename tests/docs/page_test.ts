/** How the examples of a page are read, and how outputs are compared. */
import assert from "node:assert/strict";
import { isAsShown } from "./output.ts";
import { readPage } from "./page.ts";

Deno.test("readPage() finds commands with their users, outputs and exit codes", () => {
  const { steps, blocksRun } = readPage([
    "Text.",
    "",
    "```console",
    "# certswap status",
    "PAIR",
    "web",
    "$ certswap \\",
    "    --version",
    "$ true",
    "```",
    "",
    "<!-- exits with 1 -->",
    "",
    "```console",
    "# true",
    "# certswap status --dir /a",
    "```",
  ].join("\n"));
  const command = { kind: "command", user: "root", output: undefined, exit: 0, machine: undefined };
  assert.equal(blocksRun, 2);
  assert.deepEqual(steps, [
    { ...command, line: 4, text: "certswap status", output: ["PAIR", "web"] },
    { ...command, line: 7, user: "admin", text: "certswap \\\n    --version" },
    { ...command, line: 9, user: "admin", text: "true" },
    { ...command, line: 15, text: "true" },
    { ...command, line: 16, text: "certswap status --dir /a", exit: 1 },
  ]);
});

Deno.test("readPage() finds the files that a reader writes, and preparations, in order", () => {
  const { steps, blocksRun } = readPage([
    "1. Write:",
    "",
    "   <!-- file: /etc/a.toml -->",
    "",
    "   ```toml",
    "   a = 1",
    "",
    "     b",
    "   ```",
    "",
    "<!-- run: service nginx start -->",
    "",
    "<!-- append: /etc/b mode 755 -->",
    "```sh",
    "exit",
    "```",
  ].join("\n"));
  const file = { kind: "file", mode: "644", isAppended: false, machine: undefined };
  assert.equal(blocksRun, 0);
  assert.deepEqual(steps, [
    { ...file, line: 5, path: "/etc/a.toml", content: "a = 1\n\n  b\n" },
    { kind: "preparation", line: 11, machine: undefined, text: "service nginx start" },
    { ...file, line: 14, path: "/etc/b", mode: "755", isAppended: true, content: "exit\n" },
  ]);
});

Deno.test("readPage() leaves out a block with a reason, and blocks that are not for a console", () => {
  const block = "```console\n# reboot\n```\n";
  const { steps, blocksRun } = readPage(
    `<!-- not run: needs a machine -->\n${block}\n` +
      "<!-- not run: of another block -->\n\nText.\n\n```toml\na = 1\n```\n",
  );
  assert.equal(blocksRun, 0);
  assert.deepEqual(steps, [
    { kind: "omission", line: 2, machine: undefined, reason: "needs a machine" },
  ]);
});

Deno.test("readPage() says on which machine each step is taken, and which page comes first", () => {
  const { steps, continues } = readPage([
    "<!-- continues: first.md -->",
    "<!-- on: ca -->",
    "```console",
    "# true",
    "```",
    "<!-- on: meter -->",
    "Text.",
    "<!-- run: false -->",
    "<!-- file: /etc/a -->",
    "```",
    "```",
  ].join("\n"));
  assert.equal(continues, "first.md");
  assert.deepEqual(steps.map(({ kind, machine }) => [kind, machine]), [
    ["command", "ca"],
    ["preparation", "meter"],
    ["file", "meter"],
  ]);
});

Deno.test("readPage() refuses a console block without a prompt, and a block without an end", () => {
  assert.throws(() => readPage("```console\ncertswap status\n```\n"), /line 2: .*"\$ " or "# "/);
  assert.throws(() => readPage("\n```toml\na = 1\n"), /line 2: the block does not end/);
});

const alike: Readonly<Record<string, [printed: string, shown: string]>> = {
  "the same lines": ["a\n\nb\n", "a\n\nb"],
  "dates and times": [
    "until 2027-02-21T09:53:34Z or 2027-02-21\nnotAfter=Feb  1 00:00:00 2027 GMT\n",
    "until 2026-11-30T00:00:00Z or 2026-01-01\nnotAfter=Mar 12 10:20:30 2028 GMT",
  ],
  "hashes": [
    `sha256 ${"0a".repeat(32)}\n${"AB:".repeat(20)}CD`,
    `sha256 ${"1b".repeat(32)}\n${"EF:".repeat(20)}01`,
  ],
  "processes, durations and temporary files": [
    "process 4711 took 1.25 s, /tmp/tmp.aZ09/x",
    "process 1 took 30 ms, /tmp/a/x",
  ],
  "any lines": ["a\nb\nc\nd\n", "a\n...\nd"],
  "no lines": ["a\nd\n", "a\n  ...\nd"],
  "any lines at both ends": ["a\nb\nc\nd\n", "...\nb\n...\nc\n..."],
  "the rest of a line": ["a: one two\nb\n", "a: ...\nb"],
  "the last of several like lines": ["a\nb\na\nb\n", "...\nb"],
};

for (const [what, [printed, shown]] of Object.entries(alike)) {
  Deno.test(`isAsShown() takes an output as shown up to ${what}`, () => {
    assert(isAsShown(printed, shown.split("\n")));
  });
}

const different: Readonly<Record<string, [printed: string, shown: string]>> = {
  "another word": ["a b\n", "a c"],
  "a line more": ["a\nb\n", "a"],
  "a line less": ["a\n", "a\nb"],
  "a line more before": ["b\na\n", "a"],
  "an output, where nothing is shown": ["a\n", ""],
  "another end after any lines": ["a\nb\nc\n", "a\n...\nb"],
  "another order": ["a\nc\nb\nd\n", "a\n...\nb\n...\nc\n...\nd"],
  "one line for two parts": ["a\n", "a\n...\na"],
  "another number": ["1 of 3\n", "1 of 2"],
};

for (const [what, [printed, shown]] of Object.entries(different)) {
  Deno.test(`isAsShown() finds ${what}`, () => {
    assert(!isAsShown(printed, shown.split("\n")));
  });
}
