/** docs/reference/ca-toml.md: every key, and examples that say what is true. */
import assert from "node:assert/strict";
import {
  addressesTable,
  constraintsTable,
  crlTable,
  defaultsTable,
  namesTable,
  ocspTable,
  profileTable,
  publishTable,
  settingsTable,
} from "../../../lib/ca/settings/schema.ts";
import { manufacturerTable } from "../../../lib/ca/settings/manufacturer/mod.ts";
import { postgresTable, tlsTable } from "../../../lib/ca/settings/postgres/schema.ts";
import { estTable, serveTable } from "../../../lib/ca/settings/serve/mod.ts";
import { parseSettings } from "../../../lib/ca/settings/parse_settings.ts";
import { standardSettings } from "../../../lib/ca/settings/standard.ts";
import { withCa } from "../../support/ca.ts";

const page = Deno.readTextFileSync(
  new URL("../../../docs/reference/ca-toml.md", import.meta.url),
);

/** The blocks of a language. */
function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))]
    .map(([, text = ""]) => text);
}

/** Everything between backticks in the first column of any table. */
function documented(): string[] {
  return [...page.matchAll(/^\| (`.+?`) +\|/gm)]
    .flatMap(([, cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word));
}

Deno.test("docs/reference/ca-toml.md documents every key, and none that there is not", () => {
  const tables = [
    settingsTable,
    defaultsTable,
    addressesTable,
    crlTable,
    ocspTable,
    publishTable,
    serveTable,
    estTable,
    manufacturerTable,
    profileTable,
    namesTable,
    postgresTable,
    tlsTable,
  ];
  const keys = tables.flatMap(({ entries }) => Object.keys(entries))
    .map((key) => key === "profile" ? "profile.NAME" : key);
  const builtIn = [...standardSettings().profiles.keys()];
  const words = documented().filter((word) => !builtIn.includes(word));
  // `profile` is both a table and a default.
  assert.deepEqual(
    [...new Set([...words, "profile"])].sort(),
    [...new Set([...keys, "profile"])].sort(),
  );
  for (const key of Object.keys(constraintsTable.entries)) {
    assert.ok(page.includes(`\`${key}\``), key);
  }
  for (const name of builtIn) assert.ok(documented().includes(name), name);
});

Deno.test("docs/reference/ca-toml.md: the example is valid, and sign prints the refusal", async () => {
  const [example = ""] = blocks("toml");
  assert.deepEqual(parseSettings("ca.toml", new TextEncoder().encode(example)).problems, []);
  const [, refusal = ""] = blocks("console");
  await withCa(async (ca) => {
    ca.write("ca.toml", example);
    const request = await ca.request("bank.csr", {
      subject: "CN=a.meters.fleet.example",
      names: "DNS:bank.example",
    });
    const { exit, stderr } = await ca.run(["sign", request]);
    assert.equal(exit, 1);
    const said = stderr.replaceAll(ca.dataDirectory, "./ca-data").replaceAll(request, "bank.csr");
    assert.equal(`$ certswap ca sign bank.csr\n${said}`, refusal);
  });
});

Deno.test("the mistakes in docs/reference/ca-toml.md are what config check prints", async () => {
  const [mistakes = ""] = blocks("console");
  await withCa(async (ca) => {
    ca.write(
      "ca.toml",
      '[profile.meter]\nvalidity = "90d"\nkey_algorithms = ["ecdsa-p256"]\nmax_days = 120\n' +
        'key_usage = ["keyEncipherment"]\n',
    );
    const { exit, stderr } = await ca.run(["config", "check"]);
    assert.equal(exit, 2);
    const said = stderr.replaceAll(ca.dataDirectory, "./ca-data")
      .replace(" --data-dir ./ca-data'", "'");
    assert.equal(`$ certswap ca config check\n${said}`, mistakes);
  });
});
