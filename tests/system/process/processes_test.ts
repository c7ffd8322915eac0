import assert from "node:assert/strict";
import { denoProcesses } from "../../../lib/system/mod.ts";
import { runDeno } from "../../support/run_deno.ts";

const child = new URL("signals_child.ts", import.meta.url).href;

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  Deno.test(`onTermination() hears all delivered signals until it stops, then ${signal} kills`, async () => {
    const ended = await runDeno([child, signal]);
    assert.equal(ended.stderr, "");
    assert.equal(ended.stdout, "SIGTERM SIGINT SIGHUP\n");
    assert.equal(ended.signal, signal);
  });
}

Deno.test("groupId() is the primary group of this process", () => {
  const { stdout } = new Deno.Command("id", { args: ["-g"] }).outputSync();
  assert.equal(denoProcesses.groupId(), Number(new TextDecoder().decode(stdout)));
});

Deno.test("userId() is the owner of files that this process creates", async () => {
  const path = await Deno.makeTempFile();
  const { uid } = await Deno.stat(path);
  await Deno.remove(path);
  assert.equal(denoProcesses.userId(), uid);
});
