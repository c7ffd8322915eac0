/** The command line of `deno task bench`. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ArgumentsError, readProcessesArguments } from "../../scripts/bench/arguments.ts";
import { runDeno } from "../support/run_deno.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";

Deno.test("bench processes --against takes an executable, and by default 30 pairs", async () => {
  await withTemporaryDirectory(async (directory) => {
    const path = `${directory}/certswap`;
    Deno.writeTextFileSync(path, "#!/bin/sh\n", { mode: 0o755 });
    const against = Deno.realPathSync(path);
    assert.deepEqual(await readProcessesArguments(["--against", path]), { against, pairs: 30 });
    const few = await readProcessesArguments([`--against=${path}`, "--pairs", "3"]);
    assert.deepEqual(few, { against, pairs: 3 });
    assert.deepEqual(await readProcessesArguments([]), { against: undefined, pairs: 30 });
  });
});

Deno.test("bench processes --against says what is wrong with a file that it cannot run", async () => {
  await withTemporaryDirectory(async (directory) => {
    const path = `${directory}/certswap`;
    const refused = (words: string[], message: RegExp): Promise<void> =>
      assert.rejects(
        readProcessesArguments(words),
        (error) => error instanceof ArgumentsError && message.test(error.message),
      );
    await refused(["--against", path], /^cannot compare with \/.*certswap: there is no such file$/);
    Deno.writeTextFileSync(path, "", { mode: 0o644 });
    await refused(["--against", path], /: it is not executable$/);
    await refused(["--against", directory], /: it is not a regular file$/);
    Deno.chmodSync(path, 0o755);
    for (const pairs of ["0", "-1", "many", "1.5", ""]) {
      await refused(["--against", path, `--pairs=${pairs}`], /^--pairs: /);
    }
    await refused(["--pairs", "3"], /needs --against/);
    await refused(["--against"], /against/);
    await refused(["--agains", path], /agains/);
    await refused([path], /./);
  });
});

Deno.test("bench says in one line what is wrong with its arguments, and exits 2", async () => {
  const bench = fileURLToPath(new URL("../../scripts/bench.ts", import.meta.url));
  for (const words of [["process"], ["imports", "x"], ["processes", "--against", "/missing"]]) {
    const { exit, stdout, stderr } = await runDeno([bench, ...words]);
    assert.deepEqual([exit, stdout], [2, ""], stderr);
    assert.match(stderr, /^Error: [^\n]+\n$/);
  }
});
