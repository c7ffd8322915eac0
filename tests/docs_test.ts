import assert from "node:assert/strict";
import { type Topic, topicLines, topics } from "../lib/cli/print/topics.ts";
import { readConfiguration } from "../lib/device/configuration/mod.ts";
import { fileTable, pairTable } from "../lib/device/configuration/schema.ts";
import { layoutNames, layouts } from "../lib/device/configuration/pair_table/mod.ts";
import { hookTable, outputTable, probeTables } from "../lib/device/configuration/values/mod.ts";
import { formatCrlMetrics } from "../lib/ca/crl/mod.ts";
import { listedCommands } from "../lib/cli/tree/mod.ts";
import { serverMetricFamilies } from "../lib/server/admin/mod.ts";
import { formatMetrics } from "../lib/device/status/metrics.ts";
import { passedVariables } from "../lib/system/mod.ts";
import { influentialVariables } from "../scripts/build/runtime_variables.ts";
import { visibleFiles } from "./simulation/model/disk.ts";
import { withConfiguration } from "./support/configuration.ts";
import { reloads, rotatedWorld, signs } from "./support/rotation_world.ts";
import { testSystem } from "./support/test_world.ts";

function page(name: string): string {
  return Deno.readTextFileSync(new URL(`../docs/${name}`, import.meta.url));
}

/** The texts between backticks in the first column of any table. */
function documented(text: string): string[] {
  return [...text.matchAll(/^\| (`.+?`) +\|/gm)]
    .flatMap(([, cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word));
}

/** The table of layouts, and the rest of the page. */
function configurationPage(): { readonly layouts: string; readonly others: string } {
  const text = page("reference/configuration.md");
  const [layouts = ""] = /^### Layouts$[^]*?(?=^### )/m.exec(text) ?? [];
  return { layouts, others: text.replace(layouts, "") };
}

Deno.test("docs/reference/configuration.md documents every layout with its files", () => {
  const section = withoutLinks(configurationPage().layouts);
  assert.deepEqual(documented(section).filter((word) => word !== "layout"), layoutNames);
  for (const [name, layout] of Object.entries(layouts)) {
    const [row = ""] = section.match(new RegExp(`^\\| \`${name}\` .*$`, "m")) ?? [];
    const outputs: readonly { readonly file: string }[] = "outputs" in layout ? layout.outputs : [];
    for (const file of [layout.certificate, layout.key, ...outputs.map(({ file }) => file)]) {
      assert.ok(row.includes(file), `${name}: ${file}`);
    }
  }
});

Deno.test("docs/reference/ca.md lists every command of 'certswap ca', and its JSON", () => {
  const text = page("reference/ca.md");
  const names = listedCommands().map(({ words }) => words.slice(1))
    .filter(([group]) => group === "ca").map((words) => words.slice(1).join(" "));
  assert.ok(names.includes("migrate"));
  for (const heading of ["Commands", "JSON"]) {
    const [section = ""] = new RegExp(`^## ${heading}$[^]*?(?=^## |(?![^]))`, "m").exec(text) ?? [];
    const words = documented(section).map((word) => word.replace(/ [A-Z][A-Z.-]*$/, ""));
    assert.deepEqual(names.filter((name) => !words.includes(name)), [], heading);
  }
});

/** A page with the text of each link in its place. */
function withoutLinks(page: string): string {
  return page.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
}

Deno.test("docs/reference/configuration.md documents every key, and none that there is not", () => {
  const { issuer, trust_bundle: bundle } = pairTable.entries;
  const others = [...Object.values(probeTables), ...issuer.wrapped.options, bundle.wrapped];
  const tables = [pairTable, hookTable, outputTable, ...others];
  const keys = tables.flatMap(({ entries }) => Object.keys(entries));
  const words = documented(configurationPage().others)
    .filter((word) => /^[a-z_]+$/.test(word) && word !== "pair");
  assert.deepEqual(
    [...new Set(words)].sort(),
    [...new Set([...keys, "metrics"])].sort(),
  );
  assert.deepEqual(Object.keys(fileTable.entries), ["metrics", "hook", "pair"]);
});

Deno.test("docs/reference/metrics.md documents every metric, and none that there is not", () => {
  const at = new Date(0);
  const certificate = { notBefore: at, notAfter: at };
  // As much of a pair as is measured.
  const pair = {
    name: "a",
    status: {
      active: { condition: "valid", certificate },
      state: {
        lastChange: { at },
        lastSuccess: at,
        lastFailure: { at },
        renewal: { nextAttempt: at },
        owed: { since: at },
      },
      recovery: { outcome: "clean" },
      trust: { refreshed: at, offered: [] },
      warnings: [],
      untrusted: [],
    },
    urgency: "healthy",
    renewalTime: at,
    failingSince: at,
    servedUntil: at,
    authority: { certificate, crl: { thisUpdate: at, nextUpdate: at } },
    bootstrap: certificate,
    run: { at, exitCode: 0, warnings: 0, urgency: "healthy", isStateUnwritable: false },
  } as unknown as Parameters<typeof formatMetrics>[0][number];
  const crl = {
    thisUpdate: at,
    nextUpdate: at,
    number: 1n,
    revoked: 0,
    isPublished: true,
    historySequence: 1,
  };
  const text = formatMetrics([pair]) +
    formatCrlMetrics({ crl, hasHook: true, at, exit: 0 }, "/var/lib/ca") +
    serverMetricFamilies.map(({ name, type }) => `# TYPE certswap_${name} ${type}\n`).join("");
  const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  const words = documented(page("reference/metrics.md")).filter((word) =>
    word.startsWith("certswap_")
  );
  assert.deepEqual(words.sort(), names.sort());
});

Deno.test("docs/reference/metrics.md explains each alert, and every metric in rules and dashboard", () => {
  const rules = page("alerts/certswap.rules.yml");
  const alerts = [...rules.matchAll(/^ +- alert: (\S+)$/gm)].map(([, name]) => name);
  const text = page("reference/metrics.md");
  const words = documented(text).filter((word) => /^Certswap[A-Z]/.test(word));
  assert.deepEqual(words.sort(), alerts.sort());
  const metrics = new Set(documented(text).filter((word) => word.startsWith("certswap_")));
  const dashboard = page("alerts/certswap-ca.dashboard.json");
  assert(JSON.parse(dashboard).panels.length > 5);
  const mentioned = `${rules}${dashboard}`.matchAll(/\bcertswap_[a-z_]+/g);
  const used = [...new Set([...mentioned].map(([name]) => name))];
  assert(used.length > 10);
  assert.deepEqual(used.filter((name) => !metrics.has(name)), []);
});

Deno.test("docs/explanation/executable.md lists variables that reach the runtime or change it", () => {
  const [, environment = ""] = page("explanation/executable.md").split("\n## The environment\n");
  const [passed = "", others = ""] = environment.split("\n### What the compiled kind cannot");
  assert.deepEqual(documented(passed).sort(), [...passedVariables].sort());
  const [, list = ""] = others.split("```");
  assert.deepEqual(list.trim().split(/\s+/), influentialVariables);
});

/**
 * Every file of certswap's own that exists at some moment of a rotation: beside the pair,
 * and in `.certswap/`.
 */
async function namesKept(): Promise<ReadonlySet<string>> {
  const world = await rotatedWorld();
  const names = new Set<string>();
  const look = (): void => {
    for (const path of visibleFiles(world.files.disk).keys()) {
      if (path.includes("certswap")) names.add(path.replace("/tls/", ""));
    }
  };
  world.issuer = (options) => (look(), signs(options, world));
  world.hook = (options) => (look(), reloads(options, world));
  await world.rotate({ force: true });
  return names;
}

/**
 * The ways in which documentation may write a name: TARGET is either file's, NAME and CERT
 * the certificate's.
 */
function waysToWrite(name: string): string[] {
  const words = name.includes("cert.pem") ? ["NAME", "CERT", "TARGET"] : ["KEY", "TARGET"];
  return words.map((word) => name.replace(/cert\.pem|key\.pem/, word));
}

for (
  const [where, text] of [
    ["docs/reference/files.md", page("reference/files.md")],
    ["certswap help files", topicLines(topics["files"] as Topic, 80).join("\n")],
  ] as const
) {
  Deno.test(`${where} names every file that a rotation keeps`, async () => {
    const names = await namesKept();
    assert.ok(names.has(".certswap/cert.pem.state") && names.has(".key.pem.certswap.previous"));
    const missing = [...names].filter((name) =>
      name !== ".certswap/" && !waysToWrite(name).some((way) => text.includes(way))
    );
    assert.deepEqual(missing, []);
  });
}

Deno.test("docs/guide/first-pair.md shows a configuration without a mistake", async () => {
  const [, text = ""] = /```toml\n(.*?)```/s.exec(page("guide/first-pair.md")) ?? [];
  await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
    const { pairs: [pair] } = await readConfiguration(testSystem(), path);
    assert.equal(pair?.issuer?.kind, "local");
    assert(pair.hooks.length > 0 && pair.probes.length > 0);
  });
});

for (const name of ["guide/first-pair.md", "../README.md"]) {
  Deno.test(`docs/${name} makes the directories of the configuration and the pair before their use`, () => {
    const [before = ""] = page(name).split("```toml");
    const [, made = ""] = /^# mkdir -p (.*)$/m.exec(before) ?? [];
    assert.deepEqual(made.split(" ").sort(), ["/etc/certswap", "/etc/nginx/tls"]);
  });
}

/** Every text of the command line, with strings that are put together as one. */
function textsOf(directory: URL): string {
  const texts = [...Deno.readDirSync(directory)].map(({ name, isDirectory }) =>
    isDirectory
      ? textsOf(new URL(`${name}/`, directory))
      : Deno.readTextFileSync(new URL(name, directory)).replaceAll(/["`]\s*\+\s*["`]/g, "")
  );
  return texts.join("\n");
}

Deno.test("docs/guide/when-things-go-wrong.md quotes what certswap prints", () => {
  const tables = page("guide/when-things-go-wrong.md").split(/^\| it prints .*\n\| -.*\n/m).slice(
    1,
  );
  const symptoms = tables.flatMap((table) => documented(table.split("\n\n")[0] ?? ""));
  assert(symptoms.length > 30);
  const texts = textsOf(new URL("../lib/cli/", import.meta.url));
  // Between the names, paths and numbers.
  const isPrinted = (symptom: string): boolean =>
    symptom.split("\u2026").every((part) => texts.includes(part.trim()));
  assert.deepEqual(symptoms.filter((symptom) => !isPrinted(symptom)), []);
});
