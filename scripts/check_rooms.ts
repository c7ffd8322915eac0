/** Checks the rules of the rooms: the layout of `lib/`, and the length of lines everywhere. */
import { problemsOf, type Source } from "./rooms/rules.ts";

const sources = (await Promise.all(["lib", "scripts", "tests"].map(sourcesBelow))).flat();
const problems = problemsOf([
  { path: "main.ts", text: await Deno.readTextFile("main.ts") },
  ...sources,
]);
for (const problem of problems) console.error(problem);
console.log(`rooms: ${sources.length} files, ${problems.length} problems`);
Deno.exitCode = problems.length === 0 ? 0 : 1;

async function sourcesBelow(directory: string): Promise<Source[]> {
  const found: Source[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) found.push(...await sourcesBelow(path));
    else if (name.endsWith(".ts")) found.push({ path, text: await Deno.readTextFile(path) });
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}
