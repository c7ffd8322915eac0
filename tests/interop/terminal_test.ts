/** Output on a real terminal, which script(1) provides. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { interopTest, tool } from "./tools.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));

/** What `certswap ARGUMENTS` prints on a terminal with this many columns. */
async function onTerminal(columns: number, words: string, directory: string): Promise<string> {
  const certswap = `'${Deno.execPath()}' run --quiet --cached-only --no-check ` +
    `--config '${project}deno.json' -P=certswap '${project}main.ts'`;
  const command = `stty cols ${columns}; NO_COLOR=1 ${certswap} ${words}`;
  const printed = await tool("script", "-q", "-c", command, `${directory}/typescript`);
  return printed.replaceAll("\r", "");
}

for (const columns of [60, 80]) {
  interopTest(`certswap --help fits a terminal of ${columns} columns`, {
    tools: ["script", "stty"],
    run: async () => {
      await withTemporaryDirectory(async (directory) => {
        const help = await onTerminal(columns, "swap --help", directory);
        const longest = Math.max(...help.split("\n").map(({ length }) => length));
        assert.match(help, /^Usage: certswap swap /);
        assert.ok(longest <= columns && longest > columns - 5, `${longest} columns`);
      });
    },
  });
}
