import assert from "node:assert/strict";
import { fleet, withDevice } from "../support/device.ts";
import { runCli } from "../support/test_world.ts";

/** What stands between backticks under the heading of `--json`. */
function documented(): ReadonlySet<string> {
  const page = Deno.readTextFileSync(new URL("../../docs/formats.md", import.meta.url));
  const [, section = ""] = page.split("## What `--json` prints");
  return new Set([...section.matchAll(/`([A-Za-z]+)`/g)].map(([, word = ""]) => word));
}

/** Every field of an object, and of those in it. */
function fieldsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...fieldsOf(inner)]);
}

Deno.test("docs/formats.md documents every field that stage, swap, rollback and recover print as JSON", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const { certificate, key } = device.give("new", second);
    const printed = new Set<string>();
    const run = async (...words: string[]) => {
      for (const dryRun of [["--dry-run"], []]) {
        const line = [...words, "--dir", device.tls, "--json", ...dryRun];
        const { exit, stdout } = await runCli(line);
        assert.equal(exit, 0, stdout);
        for (const field of fieldsOf(JSON.parse(stdout))) printed.add(field);
      }
    };
    await run("stage", "--new-cert", certificate, "--new-key", key);
    await run("swap", "--keep-previous");
    await run("rollback");
    await run("recover");
    assert.ok(printed.size > 20, [...printed].join());
    assert.deepEqual([...printed].filter((field) => !documented().has(field)), []);
  });
});
