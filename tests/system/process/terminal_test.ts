import assert from "node:assert/strict";
import { denoRunArguments } from "../../support/run_deno.ts";

function startChild(): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [...denoRunArguments, new URL("terminal_child.ts", import.meta.url).href],
    env: { NO_COLOR: "set" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

Deno.test("denoStdout.write() writes all of a text as UTF-8, also in short writes to a pipe", async () => {
  const child = startChild();
  const output = new Response(child.stdout).text();
  await child.stdin.close();
  assert.equal(await output, "z\u00fcrich\n".repeat(100_000));
  assert.equal(await new Response(child.stderr).text(), "no terminal, NO_COLOR set");
  assert.equal((await child.status).code, 0);
});

Deno.test("denoStdout.write() reports lost output, denoStderr.write() ignores it", async () => {
  const command = [Deno.execPath(), ...denoRunArguments];
  const child = new URL("terminal_child.ts", import.meta.url).pathname;
  const run = async (redirection: string) =>
    await new Deno.Command("sh", {
      args: ["-c", `"$@" </dev/null ${redirection}`, "sh", ...command, child],
      env: { NO_COLOR: "set" },
    }).output();
  const lost = await run(">/dev/full");
  assert.equal(new TextDecoder().decode(lost.stderr), "output-lost ENOSPC");
  assert.equal(lost.code, 3);
  const unheard = await run("2>/dev/full");
  assert.equal(new TextDecoder().decode(unheard.stdout), "z\u00fcrich\n".repeat(100_000));
  assert.equal(unheard.code, 0);
});

Deno.test("denoStdout.write() does not fail if the reader has gone away", async () => {
  const child = startChild();
  await child.stdout.cancel();
  await child.stdin.close();
  assert.equal(await new Response(child.stderr).text(), "no terminal, NO_COLOR set");
  assert.equal((await child.status).code, 0);
});
