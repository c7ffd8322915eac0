/**
 * Writes docs/man, a manual page for each command. With --check it writes nothing, and fails if a page is
 * not up to date.
 */
import { manualPages } from "./man/page.ts";

const directory = new URL("../docs/man/", import.meta.url);
const { version } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
const pages = manualPages(version);
const isCheck = Deno.args.includes("--check");
const stale: string[] = [];

if (!isCheck) await Deno.mkdir(directory, { recursive: true });
for (const name of new Set([...Object.keys(pages), ...await namesFound()])) {
  const file = new URL(name, directory);
  const page = pages[name];
  if (page === await contentOf(file)) continue;
  stale.push(name);
  if (isCheck) continue;
  if (page === undefined) await Deno.remove(file);
  else await Deno.writeTextFile(file, page);
}
if (isCheck) {
  for (const name of stale) console.error(`docs/man/${name} is stale: run 'deno task man'`);
  console.log(`manual pages: ${stale.length} problems`);
  Deno.exitCode = stale.length === 0 ? 0 : 1;
} else {
  console.log(`docs/man: ${Object.keys(pages).length} pages, ${stale.length} changed`);
}

async function namesFound(): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function contentOf(file: URL): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
