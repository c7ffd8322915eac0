import type { Build } from "../../lib/cli/version.ts";

/** The repository. */
export const projectDirectory = new URL("../../", import.meta.url).pathname;

/** Where entries and bundles are made: inside the project, so that its `deno.json` is found from there. */
export const workDirectory = `${projectDirectory}dist/.build`;

/**
 * Bundles certswap: minified, and split so that a command loads only what it reaches.
 *
 * @returns the content of every file by its name; `main.js` is the one to start.
 */
export async function bundleProgram(build: Build): Promise<Record<string, string>> {
  const entry = await writeEntry("main.ts", programSource(build));
  const directory = `${workDirectory}/${build.kind}`;
  await bundle(["--code-splitting", "--outdir", directory, entry]);
  const files: Record<string, string> = {};
  const names = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
  for (const name of names) files[name] = await Deno.readTextFile(`${directory}/${name}`);
  return files;
}

/**
 * Bundles certswap into one file that removes the directory it was unpacked to before it does anything else:
 * all of it is in memory by then.
 */
export async function bundleTemporaryProgram(build: Build): Promise<string> {
  const removal = `Deno.removeSync(new URL("..", import.meta.url), { recursive: true });`;
  const entry = await writeEntry("temporary.ts", programSource(build, removal));
  return await bundleToOneFile(entry, "temporary.js");
}

/** Bundles the installer, with the files that it installs inside. */
export async function bundleInstaller(files: Readonly<Record<string, string>>): Promise<string> {
  await writeEntry("files.json", JSON.stringify(files));
  const entry = await writeEntry(
    "install.ts",
    `import { installFrom } from "../../scripts/build/installer.ts";
import files from "./files.json" with { type: "json" };
installFrom(Deno.args, files);
`,
  );
  return await bundleToOneFile(entry, "install.js");
}

function programSource(build: Build, first = ""): string {
  return `import { denoWorld, runCertswap } from "../../lib/cli/mod.ts";
${first}
Deno.exit(await runCertswap(Deno.args, { ...denoWorld, build: ${JSON.stringify(build)} }));
`;
}

async function writeEntry(name: string, content: string): Promise<string> {
  await Deno.mkdir(workDirectory, { recursive: true });
  await Deno.writeTextFile(`${workDirectory}/${name}`, content);
  return `${workDirectory}/${name}`;
}

async function bundleToOneFile(entry: string, name: string): Promise<string> {
  const output = `${workDirectory}/${name}`;
  await bundle(["--output", output, entry]);
  return await Deno.readTextFile(output);
}

async function bundle(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--platform", "deno", ...args],
    cwd: projectDirectory,
    stdout: "null",
  }).output();
  if (!success) throw new Error(`deno bundle failed:\n${new TextDecoder().decode(stderr)}`);
}
