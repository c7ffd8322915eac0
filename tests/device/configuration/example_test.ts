import assert from "node:assert/strict";
import { readConfiguration } from "../../../lib/device/configuration/mod.ts";
import { fileTable, pairTable } from "../../../lib/device/configuration/schema.ts";
import {
  hookTable,
  outputTable,
  probeTables,
} from "../../../lib/device/configuration/values/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { testSystem } from "../../support/test_world.ts";

const example = Deno.readTextFileSync(new URL("../../../docs/certswap.toml", import.meta.url));

Deno.test("docs/certswap.toml is a valid configuration", async () => {
  await withConfiguration({ "certswap.toml": example }, async ({ path }) => {
    const { pairs } = await readConfiguration(testSystem(), path);
    assert.deepEqual(pairs.map(({ name, issuer }) => `${name} ${issuer?.kind}`), [
      "web local",
      "mqtt command",
      "app undefined",
      "meter est",
    ]);
  });
});

Deno.test("docs/certswap.toml shows the defaults: enabling its commented keys changes nothing", async () => {
  // The commented keys, except those that would contradict or add something.
  const added =
    "metrics|certificate|key |combined|trust|purposes|owner|group|mode|key_mode|password_file|validity|" +
    "profile|label|fingerprint|username|secret_file";
  const shown = new RegExp(`^# ((?!${added})[a-z_]+ = .*)$`, "gm");
  const uncommented = example.replaceAll(shown, "$1");
  assert.notEqual(uncommented, example);
  await withConfiguration(
    { "certswap.toml": example, "u/certswap.toml": uncommented },
    async ({ root, path }) => {
      const written = await readConfiguration(testSystem(), path);
      const spelledOut = await readConfiguration(testSystem(), `${root}/u/certswap.toml`);
      assert.deepEqual(spelledOut.pairs, written.pairs);
    },
  );
});

Deno.test("docs/certswap.toml shows every key", () => {
  const tables = [
    fileTable,
    pairTable,
    hookTable,
    ...Object.values(probeTables),
    outputTable,
    pairTable.entries.trust_bundle.wrapped,
  ];
  const keys = [...tables, ...pairTable.entries.issuer.wrapped.options]
    .flatMap(({ entries }) => Object.keys(entries));
  for (const key of new Set(keys)) {
    assert.match(example, new RegExp(`(?:^|[#{.,\\[]\\s*)${key}(?:\\s*=|[.\\]])`, "m"), key);
  }
});
