/**
 * The examples of README.md and docs/guide, followed word for word by the built executable in a private copy
 * of this system. CONTRIBUTING.md says how they are written. Needs to be root.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Page, readPage } from "../docs/page.ts";
import { canConnectMachines, canCopySystem, machinesOf, problemsOfPage } from "../docs/run_page.ts";
import { builtExecutable, namesUnder } from "./support/executable.ts";

const repository = new URL("../../", import.meta.url);
const guide = namesUnder(fileURLToPath(new URL("docs/guide", repository)))
  .filter((name) => name.endsWith(".md"));
const pages = ["README.md", ...guide.map((name) => `docs/guide/${name}`)];
const ignore = !(await canCopySystem());
const ignoreMachines = !(await canConnectMachines());
if (ignoreMachines) {
  console.warn(
    "SKIPPED, because network namespaces cannot be connected: pages with several machines",
  );
}

/** A page, after the steps of the one that it continues. */
async function pageAt(name: string): Promise<Page> {
  const page = readPage(await Deno.readTextFile(new URL(name, repository)));
  if (page.continues === undefined) return page;
  const first = await pageAt(`docs/guide/${page.continues}`);
  return { ...page, steps: [...first.steps, ...page.steps] };
}

for (const name of pages) {
  const page = await pageAt(name);
  const omitted = page.steps.filter((step) => step.kind === "omission");
  if (page.blocksRun === 0 && omitted.length === 0) continue;
  Deno.test({
    name: `${name}: its examples do what it shows`,
    ignore: machinesOf(page).length > 1 ? ignoreMachines : ignore,
    async fn() {
      const problems = await problemsOfPage(page, builtExecutable);
      assert.equal(problems.join("\n"), "");
      console.log(`${name}: ${page.blocksRun} console blocks ran, ${omitted.length} did not`);
      for (const { line, reason } of omitted) console.log(`  line ${line}: ${reason}`);
    },
  });
}

/** The problems of a page with these lines. */
async function problemsIn(...lines: string[]): Promise<string> {
  return (await problemsOfPage(readPage(lines.join("\n")), builtExecutable)).join("\n");
}

Deno.test({
  name: "an example that prints something else, or fails, is found, with its line",
  ignore,
  async fn() {
    const page = [
      "<!-- file: /etc/certswap-example -->",
      "```toml",
      "it's = 1",
      "```",
      "```console",
      "# cat /etc/certswap-example; id -un; cd /etc",
      "it's = 1",
      "root",
      "$ id -un; pwd; echo $HOME; touch /etc/certswap-example || echo denied",
      "admin",
      "...",
      "/home/admin",
      "...",
      "denied",
      "# certswap --version",
      "certswap ...",
      "...",
      "```",
    ];
    assert.equal(await problemsIn(...page), "");
    const wrong = page.with(6, "it's = 2");
    assert.match(
      await problemsIn(...wrong),
      /^line 6: cat .*: the page shows\nit's = 2\nroot\nbut/,
    );
    const failing = ["```console", "# ls /nothing-here", "# touch /etc/later", "```"];
    assert.match(await problemsIn(...failing), /^line 2: ls \/nothing-here: exits with 2, not 0,/);
    const expected = ["<!-- exits with 1 -->", "```console", "# false", "```"];
    assert.equal(await problemsIn(...expected), "");
    const ending = ["```console", "# exit 0", "# true", "```"];
    assert.match(await problemsIn(...ending), /^line 2: exit 0: not run$/);
    await assert.rejects(Deno.lstat("/etc/certswap-example"), Deno.errors.NotFound);
  },
});

Deno.test("a page that shows commands has some that are run, or says why there are none", async () => {
  for (const name of pages) {
    const text = await Deno.readTextFile(new URL(name, repository));
    const { steps, blocksRun } = readPage(text);
    const shown = text.split("\n").filter((line) => line.trim() === "```console").length;
    const omitted = steps.filter(({ kind }) => kind === "omission").length;
    assert(shown === 0 || blocksRun > 0 || omitted > 0, name);
  }
});
