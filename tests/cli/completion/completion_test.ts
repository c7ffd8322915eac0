/** Completion scripts, and the words that they offer. */
import assert from "node:assert/strict";
import { completionModel, type Value } from "../../../lib/cli/completion/model.ts";
import { shellNames, topicNames } from "../../../lib/cli/choices.ts";
import { purposeNames } from "../../../lib/x509/mod.ts";
import { kindsFor } from "../../../lib/x509/key/kinds.ts";
import { everyCommand } from "../../../lib/cli/tree/walk.ts";
import { runCli } from "../../support/test_world.ts";

async function script(shell: string): Promise<string> {
  const { exit, stdout, stderr } = await runCli(["completion", shell]);
  assert.equal(exit, 0, stderr);
  return stdout;
}

for (const shell of shellNames) {
  Deno.test(`certswap completion ${shell} knows every command and every flag`, async () => {
    const text = await script(shell);
    for (const { words, target } of everyCommand()) {
      assert.ok(text.includes(words.at(-1) ?? ""), words.join(" "));
      for (const flag of Object.keys(target.parameters.flags ?? {})) {
        const typed = flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
        assert.ok(text.includes(shell === "fish" ? `-l ${typed}` : `--${typed}`), flag);
      }
    }
  });
}

Deno.test("certswap completion of another shell is a usage error", async () => {
  const { exit, stderr } = await runCli(["completion", "tcsh"]);
  assert.equal(exit, 2);
  assert.match(stderr, /unknown shell 'tcsh'\nHint: Choose bash, zsh or fish/);
});

/** What completion offers for the argument of a command, or for a flag. */
function offered(words: string, flag?: string): Value | undefined {
  const found = completionModel().find((completed) => completed.words.join(" ") === words);
  if (flag === undefined) return found?.argument;
  return found?.flags.find((completed) => completed.flag === flag)?.value;
}

Deno.test("completion offers the words, files and directories that are declared", () => {
  assert.deepEqual(offered("help"), { kind: "words", words: topicNames });
  assert.deepEqual(offered("completion"), { kind: "words", words: shellNames });
  assert.deepEqual(offered("ca init", "--key-algorithm"), { kind: "words", words: kindsFor("ca") });
  assert.deepEqual(offered("recover", "--keep"), { kind: "words", words: ["old", "new"] });
  assert.deepEqual(offered("ca sign"), { kind: "file" });
  assert.deepEqual(offered("ca sign", "--from"), { kind: "directory" });
  assert.deepEqual(offered("install cron", "--program"), { kind: "file" });
  assert.deepEqual(offered("rotate", "--name"), { kind: "listed", list: "pairs" });
  assert.deepEqual(offered("ca revoke"), { kind: "listed", list: "serials" });
  assert.deepEqual(offered("ca show"), { kind: "listed", list: "serials" });
  assert.deepEqual(offered("ca sign", "--renew"), { kind: "listed", list: "serials" });
  assert.deepEqual(offered("ca check", "--since"), { kind: "file" });
  assert.deepEqual(offered("swap", "--purpose"), { kind: "words", words: purposeNames });
  assert.deepEqual(offered("swap", "--dry-run"), { kind: "none" });
});

for (
  const word of [
    ...topicNames.map((name) => `help ${name}`),
    ...shellNames.map((name) => `completion ${name}`),
  ]
) {
  Deno.test(`certswap ${word} is offered by completion, and works`, async () => {
    assert.equal((await runCli(word.split(" "))).exit, 0);
  });
}

Deno.test("every flag and argument with the placeholder FILE or DIR completes files or directories", () => {
  const kinds: Record<string, string> = { FILE: "file", DIR: "directory" };
  for (const { words, target } of everyCommand()) {
    const { flags = {}, positional } = target.parameters;
    const arguments_ = positional?.kind === "array"
      ? [positional.parameter]
      : positional?.parameters ?? [];
    for (const declared of [...Object.values(flags), ...arguments_]) {
      const { placeholder = "", completes } = declared as {
        readonly placeholder?: string;
        readonly completes?: unknown;
      };
      const kind = kinds[/(FILE|DIR)$/.exec(placeholder)?.[1] ?? ""];
      if (kind !== undefined) assert.equal(completes, kind, `${words.join(" ")}: ${placeholder}`);
    }
  }
});
