/** Checks the wording of comments, strings and docs: of the paths that are given, or of everything. */
import { unusedExemptions } from "./language/exemptions.ts";
import { kindOf } from "./language/prose.ts";
import { problemsOf, type Source } from "./language/rules.ts";

const everything = ["lib", "scripts", "tests", "docs", "."];

const given = Deno.args.length > 0;
const sources = (await Promise.all((given ? Deno.args : everything).map(sourcesAt))).flat();
const problems = [
  ...sources.flatMap(problemsOf),
  ...(given ? [] : unusedExemptions(sources)),
];
for (const problem of problems) console.error(problem);
console.log(`language: ${sources.length} files, ${problems.length} problems`);
Deno.exitCode = problems.length === 0 ? 0 : 1;

/** The files at a path: the file, or the directory's. Of the repository's root only the files right in it. */
async function sourcesAt(path: string): Promise<Source[]> {
  const clean = path === "." ? path : path.replace(/^\.\//, "").replace(/\/$/, "");
  const { isFile } = await Deno.stat(clean);
  return await (isFile ? readSource(clean) : sourcesIn(clean));
}

async function sourcesIn(directory: string): Promise<Source[]> {
  const found: Source[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(directory)) {
    const path = directory === "." ? name : `${directory}/${name}`;
    // Manual pages are made from the texts of the command line.
    if (isDirectory && directory !== "." && name !== "man") found.push(...await sourcesIn(path));
    else if (isFile) found.push(...await readSource(path));
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

async function readSource(path: string): Promise<Source[]> {
  return kindOf(path) === undefined ? [] : [{ path, text: await Deno.readTextFile(path) }];
}
