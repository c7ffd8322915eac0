import assert from "node:assert/strict";
import { everyCommand } from "../../../lib/cli/tree/walk.ts";
import { runCli } from "../../support/test_world.ts";

async function script(shell: string): Promise<string> {
  const { exit, stdout, stderr } = await runCli(["completion", shell]);
  assert.equal(exit, 0, stderr);
  return stdout;
}

for (const shell of ["bash", "zsh", "fish"]) {
  Deno.test(`certswap completion ${shell} knows every command and every flag`, async () => {
    const text = await script(shell);
    for (const { words, target } of everyCommand()) {
      assert.ok(text.includes(words.at(-1) ?? ""), words.join(" "));
      for (const flag of Object.keys(target.build().parameters.flags ?? {})) {
        const typed = flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
        assert.ok(text.includes(shell === "fish" ? `-l ${typed}` : `--${typed}`), flag);
      }
    }
  });
}

Deno.test("certswap completion of another shell is a usage error", async () => {
  const { exit, stderr } = await runCli(["completion", "tcsh"]);
  assert.equal(exit, 2);
  assert.match(stderr, /no completion for 'tcsh'\nHint: Choose bash, zsh or fish/);
});
