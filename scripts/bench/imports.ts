/** The ten most expensive imports: packages, rooms and commands, each bundled and loaded alone. */
import { projectDirectory } from "../build/bundle.ts";

const rounds = 9;
const shown = 10;

/** Measures and prints. */
export default async function benchImports(): Promise<void> {
  const work = `${projectDirectory}dist/.imports`;
  await Deno.mkdir(work, { recursive: true });
  try {
    const measured: { name: string; median: number; size: number }[] = [];
    for (const name of await candidates()) {
      measured.push({ name, ...await measureImport(work, name) });
    }
    measured.sort((a, b) => b.median - a.median);
    console.log(`\nThe ${shown} most expensive of ${measured.length} imports, each alone`);
    for (const { name, median, size } of measured.slice(0, shown)) {
      const kilobytes = `${(size / 1000).toFixed(0)} kB`.padStart(7);
      console.log(`${median.toFixed(1).padStart(7)} ms ${kilobytes}  ${name}`);
    }
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function candidates(): Promise<string[]> {
  const found = new Set<string>();
  for (const path of await filesBelow("lib")) {
    if (path.endsWith("/mod.ts") || path.includes("/commands/")) found.add(path);
    const text = await Deno.readTextFile(`${projectDirectory}${path}`);
    for (
      const [, name = ""] of text.matchAll(/^(?:import|export) (?!type).*from "([@a-z][^"]*)";$/gm)
    ) {
      found.add(name);
    }
  }
  return [...found].sort();
}

async function filesBelow(directory: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(projectDirectory + directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) found.push(...await filesBelow(path));
    else if (name.endsWith(".ts")) found.push(path);
  }
  return found;
}

async function measureImport(
  work: string,
  name: string,
): Promise<{ median: number; size: number }> {
  const specifier = name.startsWith("lib/") ? `../../${name}` : name;
  await Deno.writeTextFile(
    `${work}/entry.ts`,
    `import * as all from "${specifier}";\nObject.assign(globalThis, { all });\n`,
  );
  await Deno.writeTextFile(
    `${work}/load.js`,
    `const begin = performance.now();
await import("./entry.js");
console.log(performance.now() - begin);
`,
  );
  const bundle = ["bundle", "--quiet", "--minify", "--platform=deno"];
  await deno(work, [...bundle, `--output=${work}/entry.js`, `${work}/entry.ts`]);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    times.push(Number(await deno(work, ["run", "-A", "--no-code-cache", `${work}/load.js`])));
  }
  const median = times.sort((a, b) => a - b)[rounds >> 1] ?? NaN;
  return { median, size: (await Deno.stat(`${work}/entry.js`)).size };
}

async function deno(cwd: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
