import assert from "node:assert/strict";
import { readConfiguration } from "../lib/device/configuration/mod.ts";
import { fileTable, pairTable } from "../lib/device/configuration/schema.ts";
import { formatMetrics } from "../lib/device/metrics.ts";
import { withConfiguration } from "./support/configuration.ts";
import { testSystem } from "./support/test_world.ts";

function page(name: string): string {
  return Deno.readTextFileSync(new URL(`../docs/${name}`, import.meta.url));
}

/** What stands in the first column of any table, between backticks. */
function documented(text: string): string[] {
  return [...text.matchAll(/^\| (`.+?`) +\|/gm)]
    .flatMap(([, cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word));
}

Deno.test("docs/configuration.md documents every key, and none that there is not", () => {
  const { hook, probe, issuer } = pairTable.entries;
  const tables = [pairTable, hook.wrapped, probe.wrapped, ...issuer.wrapped.options];
  const keys = tables.flatMap(({ entries }) => Object.keys(entries));
  const words = documented(page("configuration.md"))
    .filter((word) => /^[a-z_]+$/.test(word) && word !== "pair");
  assert.deepEqual(
    [...new Set(words)].sort(),
    [...new Set([...keys, "metrics"])].sort(),
  );
  assert.deepEqual(Object.keys(fileTable.entries), ["metrics", "pair"]);
});

Deno.test("docs/monitoring.md documents every metric, and none that there is not", () => {
  const at = new Date(0);
  const certificate = { notBefore: at, notAfter: at };
  // As much of a status as is measured.
  const status = {
    active: { condition: "valid", certificate },
    state: {
      lastChange: { at },
      lastSuccess: at,
      lastFailure: { at },
      renewal: { nextAttempt: at },
    },
    recovery: { outcome: "clean" },
  } as unknown as NonNullable<Parameters<typeof formatMetrics>[0][number]["status"]>;
  const names = [...formatMetrics([{ name: "a", status }]).matchAll(/^# TYPE (\S+) /gm)]
    .map(([, name]) => name);
  const words = documented(page("monitoring.md")).filter((word) => word.startsWith("certswap_"));
  assert.deepEqual(words.sort(), names.sort());
});

Deno.test("docs/quick-start.md shows a configuration without a mistake", async () => {
  const [, text = ""] = /```toml\n(.*?)```/s.exec(page("quick-start.md")) ?? [];
  await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
    const { pairs: [pair] } = await readConfiguration(testSystem(), path);
    assert.equal(pair?.issuer?.kind, "local");
    assert(pair.hook !== undefined && pair.probe !== undefined);
  });
});
