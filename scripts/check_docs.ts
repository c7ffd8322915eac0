/**
 * Checks the documentation: every export of lib/ has a doc comment, every relative link of a page leads
 * somewhere, every task that a page names exists, and so does every page and every source file that is named,
 * and every test that a table of RFC clauses names.
 */
import { dirname, resolve } from "node:path";

const problems = [
  ...await undocumentedExports(),
  ...(await Promise.all((await filesBelow(".", ".ts")).map(missingPages))).flat(),
  ...(await Promise.all((await filesBelow(".", ".md")).map(problemsOfPage))).flat(),
  ...await missingTests(["docs/reference/est.md", "docs/reference/ocsp.md"]),
];
for (const problem of problems) console.error(problem);
console.log(`documentation: ${problems.length} problems`);
Deno.exitCode = problems.length === 0 ? 0 : 1;

async function filesBelow(directory: string, ending: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    const path = `${directory}/${entry.name}`;
    const isOther = ["node_modules", "dist", "coverage"].includes(entry.name);
    if (entry.isDirectory && !entry.name.startsWith(".") && !isOther) {
      found.push(...await filesBelow(path, ending));
    } else if (entry.isFile && entry.name.endsWith(ending)) found.push(path);
  }
  return found.sort();
}

/** The parts of the output of `deno doc --json` that are used here. */
interface Documented {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly DocumentedSymbol[] }>>;
}

interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly {
    readonly declarationKind: string;
    readonly jsDoc?: { readonly doc?: string };
    readonly location: { readonly filename: string; readonly line: number };
  }[];
}

async function undocumentedExports(): Promise<string[]> {
  const files = await filesBelow("lib", ".ts");
  const command = new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...files],
    stderr: "inherit",
  });
  const { stdout, success } = await command.output();
  if (!success) return ["deno doc failed"];
  const documented: Documented = JSON.parse(new TextDecoder().decode(stdout));
  const found = new Set<string>();
  for (const { symbols } of Object.values(documented.nodes)) {
    for (const { name, declarations } of symbols) {
      for (const { declarationKind, jsDoc, location } of declarations) {
        // A face only re-exports: the documentation is at the declaration.
        const isFace = /\/(?:mod|configuration_reader|judging|several_directories)\.ts$/.test(
          location.filename,
        );
        if (declarationKind === "export" && !isFace && !jsDoc?.doc) {
          found.add(`${location.filename}:${location.line + 1}: ${name} has no doc comment`);
        }
      }
    }
  }
  return [...found].sort();
}

/** Pages of documentation that a source file names and that do not exist. */
async function missingPages(path: string): Promise<string[]> {
  return await missingFiles(path, /\b(docs\/[\w./-]+\.(?:md|toml|yml))\b/g);
}

/** Files of the repository that a file names, as the first group of a pattern, and that do not exist. */
async function missingFiles(path: string, pattern: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const [, named = ""] of (await Deno.readTextFile(path)).matchAll(pattern)) {
    try {
      await Deno.stat(named);
    } catch {
      found.push(`${path}: there is no ${named}`);
    }
  }
  return found;
}

async function problemsOfPage(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path);
  const tasks = Object.keys(JSON.parse(await Deno.readTextFile("deno.json")).tasks);
  const found = await missingFiles(path, /`((?:lib|scripts|tests)\/[\w./-]+)`/g);
  for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    const problem = await problemOfLink(path, target);
    if (problem !== undefined) found.push(`${path}: ${problem}`);
  }
  for (const [, task = ""] of text.matchAll(/deno(?:@[\d.]+)? task ([a-z][\w:]*)/g)) {
    if (!tasks.includes(task)) found.push(`${path}: there is no task ${task}`);
  }
  return found;
}

async function problemOfLink(page: string, target: string): Promise<string | undefined> {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [file = "", anchor] = target.split("#");
  const linked = file === "" ? page : resolve(dirname(page), file);
  try {
    const info = await Deno.stat(linked);
    if (anchor === undefined) return undefined;
    if (!info.isFile) return `the link ${target} has an anchor in a directory`;
    const anchors = [...(await Deno.readTextFile(linked)).matchAll(/^#+ (.+)$/gm)].map(toAnchor);
    return anchors.includes(anchor) ? undefined : `the link ${target} leads to no heading`;
  } catch {
    return `the link ${target} leads nowhere`;
  }
}

/** The anchor of a heading, as code hosts make it. */
function toAnchor([, heading = ""]: RegExpExecArray): string {
  return heading.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-");
}

/** Tests that tables of RFC clauses name in quotation marks, and that do not exist. Three dots: any end. */
async function missingTests(pages: readonly string[]): Promise<string[]> {
  const sources = await Promise.all(
    (await filesBelow("tests", "_test.ts")).map((path) => Deno.readTextFile(path)),
  );
  const tests = sources.flatMap((text) =>
    [...text.matchAll(/\b(?:Deno\.test|interopTest)\(\s*(["`])(.+?)\1/g)].map(([, , name = ""]) =>
      name
    )
  );
  const found: string[] = [];
  for (const page of pages) {
    const rows = (await Deno.readTextFile(page)).split("\n").filter((row) =>
      row.startsWith("| RFC ")
    );
    if (rows.length === 0) found.push(`${page}: there is no table of RFC clauses`);
    for (const [, name = ""] of rows.join("\n").matchAll(/"([^"]+)"/g)) {
      const start = name.replace(/\u2026$/, "");
      if (!tests.some((test) => test.includes(start))) found.push(`${page}: no test '${name}'`);
    }
  }
  return found;
}
