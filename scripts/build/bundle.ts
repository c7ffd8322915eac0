/** Bundles certswap into the files that an executable carries, and the installer that unpacks them. */
import { fileURLToPath } from "node:url";
import type { Build } from "../../lib/cli/version.ts";
import { seeThroughFaces, withoutHelp } from "./see_through_faces.ts";

/** The repository. */
export const projectDirectory = fileURLToPath(new URL("../../", import.meta.url));

/** Where entries and bundles are made: inside the project, so that Deno finds its `deno.json`. */
export const workDirectory = `${projectDirectory}dist/.build`;

/**
 * Commands that have a bundled file of their own, without code that only other commands need: those that cron
 * and boot scripts start, and those of a CA that are started once for each certificate. Each has its
 * declaration (the file in lib/cli/tree and the exported name), the module that does its work, and the
 * command lines it serves if its file leaves out the configuration reader.
 *
 * The bundler's own splitting makes forty small files, of which `status` loads twenty: 7 ms more than one.
 */
const ownFiles = {
  "recover": { declaration: ["device.ts", "recover"], action: "recover.ts", lines: "pair" },
  "rotate": { declaration: ["rotate.ts", "rotate"], action: "rotate.ts", lines: "all" },
  "stage": { declaration: ["device.ts", "stage"], action: "stage.ts", lines: "pair" },
  "status": { declaration: ["device.ts", "status"], action: "status.ts", lines: "pair" },
  "swap": { declaration: ["device.ts", "swap"], action: "swap.ts", lines: "pair" },
  "ca list": { declaration: ["ca/list.ts", "list"], action: "ca/list.ts", lines: "all" },
  "ca show": {
    declaration: ["ca/inventory/show.ts", "show"],
    action: "ca/inventory/show.ts",
    lines: "all",
  },
  "ca sign": { declaration: ["ca/sign.ts", "sign"], action: "ca/sign.ts", lines: "all" },
} as const;

/** The texts of messages: loaded only if there is an error or a warning to print. */
const messages = { module: "../messages/mod.ts", file: "./messages.js" } as const;

/** The configuration reader: a third of a command's file, not needed if the flags name the pair's files. */
const configuration = "./configuration_reader.ts";

/** What judges a pair by the configuration: likewise. */
const judging = "./judging.ts";

/**
 * Checks for a pair in several directories. They read certificates, which `recover` otherwise never
 * does.
 */
const severalDirectories = {
  module: "./several_directories.ts",
  file: "./several_directories.js",
} as const;

/**
 * What reads a journal, with the library that checks its form: a sixth of the file of `recover`, which at
 * nearly every boot finds no journal. Nor do `rotate` and `status`; a swap reads the one that it has written.
 */
const journalReader = {
  modules: ["./journal_reader.ts", "./recovery/journal_reader.ts"],
  file: "./journal_reader.js",
} as const;

/** What reads a state file, with the same library. `recover` reads a state only if something is missing. */
const stateReader = {
  modules: ["./state_reader.ts", "../state_reader.ts"],
  file: "./state_reader.js",
} as const;

/** What makes the outputs of a pair: loaded only for a pair that has some, or is behind a link. */
const outputs = {
  modules: ["../../pair/outputs/entries.ts", "./flip_change.ts"],
  file: "./outputs.js",
} as const;

/** What opens a CA's encrypted key, and gets its passphrase: loaded only for such a key. */
const unlock = {
  modules: ["./passphrase_sources.ts", "../key/unlock.ts"],
  file: "./unlock.js",
} as const;

/** What reads and writes PKCS#12, loaded where there is such a file. */
const pkcs12 = { module: "../pkcs12/mod.ts", file: "./pkcs12.js" } as const;

/** What reads `ca.toml`, and judges requests by it: loaded only if a CA has such a file. */
const caSettings = {
  modules: ["./parse_settings.ts", "../settings/policy/judge.ts"],
  file: "./ca_settings.js",
} as const;

/**
 * What keeps a CA in a database, and the doors to databases: loaded only for such a CA. All of it is one
 * file, so that errors of a door are of the classes that the stores know.
 */
const databases = {
  modules: [
    "./sqlite.ts",
    "./sqlite/mod.ts",
    "./sqlite/first_files.ts",
    "./sqlite/move.ts",
    "./postgres/mod.ts",
    "./postgres/new_kind.ts",
    "./postgres/move.ts",
  ],
  file: "./databases.js",
} as const;

/** What `recover` loads if the command line names no pair. */
const recoverAll = "./recover_all.ts";

/**
 * What `rotate` loads if there is something to do: all of certswap. That file has its own copy of every
 * class, so only flags are passed in, and only what is to be printed comes back.
 */
const rotateDue = { module: "./rotate_due.ts", file: "./program.js" } as const;

/** What a command's own file loads for a command line that needs the parser, which the file leaves out. */
const wholeProgram = "./program.js";

/**
 * What connects to servers, and the HTTP server of `ca serve`. No command's own file contains them: `rotate`
 * loads
 * `program.js` for that.
 */
const networkDoors = ["./look/mod.ts", "./https/mod.ts", "./http/mod.ts"] as const;

/**
 * What the launcher starts instead of `main.js` if it has measured the free space of a pair's directory. The
 * first two words of its command line are that directory and what stat(1) has printed.
 */
export const measuredMain = "measured.js";

/** What `status --metrics` loads. */
const statusMetrics = { module: "./status_metrics.ts", file: "./program.js" } as const;

/** A name of {@linkcode ownFiles}. */
type OwnName = keyof typeof ownFiles;

/**
 * Bundles certswap: minified, `main.js` to start with, `program.js` with all of it, and a file for each
 * command that has to start quickly. Only `main.js` and, in the self-contained kind, {@linkcode measuredMain}
 * do something when they are loaded.
 *
 * @returns the content of every file by its name.
 */
export async function bundleProgram(build: Build): Promise<Record<string, string>> {
  await seeThroughFaces(`${projectDirectory}lib`, `${workDirectory}/lib`);
  const names = Object.keys(ownFiles) as OwnName[];
  const others = ["program.js", "version.js", ...names.map(fileOf)].map((file) => `./${file}`);
  const severalDirectoriesSource =
    `export * from "./lib/device/pair/last_known/several_directories.ts";`;
  const stateReaderSource = `export * from "./lib/device/pair/state_reader.ts";`;
  const journalReaderSource = `export * from "./lib/transaction/recovery/journal_reader.ts";`;
  const outputsSource = `export * from "./lib/device/pair/outputs/entries.ts";
export * from "./lib/device/change/files/flip_change.ts";`;
  const unlockSource = `export * from "./lib/cli/declaration/passphrase/passphrase_sources.ts";
export * from "./lib/ca/key/unlock.ts";`;
  const pkcs12Source = `export * from "./lib/device/pkcs12/mod.ts";`;
  const caSettingsSource = `export * from "./lib/ca/settings/parse_settings.ts";
export * from "./lib/ca/settings/policy/judge.ts";`;
  const databasesSource = `export * from "./lib/system/database/sqlite.ts";
export * from "./lib/system/database/postgres/mod.ts";
export * from "./lib/ca/store/sqlite/mod.ts";
export * from "./lib/ca/store/sqlite/first_files.ts";
export * from "./lib/ca/store/sqlite/move.ts";
export * from "./lib/ca/store/postgres/mod.ts";
export * from "./lib/ca/store/postgres/new_kind.ts";
export * from "./lib/ca/store/postgres/move.ts";`;
  const messagesSource = `export * from "./lib/cli/messages/mod.ts";`;
  const files: Record<string, string> = {
    "main.js": await bundle("main", mainSource(), others).then(withLateImports),
    "program.js": await bundle("program", programSource(build), [pkcs12.module])
      .then(withPkcs12Apart),
    "version.js": await bundle("version", versionSource(build), [messages.module, ...networkDoors])
      .then(withMessagesApart).then(withNetworkLate),
    "messages.js": await bundle("messages", messagesSource),
    "outputs.js": await bundle("outputs", outputsSource, [pkcs12.module]).then(withPkcs12Apart),
    "unlock.js": await bundle("unlock", unlockSource),
    "pkcs12.js": await bundle("pkcs12", pkcs12Source),
    "ca_settings.js": await bundle("ca_settings", caSettingsSource),
    "databases.js": await bundle("databases", databasesSource),
    "journal_reader.js": await bundle("journal_reader", journalReaderSource),
    "state_reader.js": await bundle("state_reader", stateReaderSource),
    "several_directories.js": await bundle("several_directories", severalDirectoriesSource),
  };
  for (const name of names) {
    const { action, lines } = ownFiles[name];
    await declareAlone(name);
    const text = await bundle(fileOf(name).replace(".js", ""), commandSource(name, build), [
      messages.module,
      rotateDue.module,
      wholeProgram,
      ...networkDoors,
      statusMetrics.module,
      pkcs12.module,
      ...outputs.modules,
      ...unlock.modules,
      ...caSettings.modules,
      ...databases.modules,
      ...(name === "recover" ? [severalDirectories.module, ...stateReader.modules] : []),
      ...(readsJournals(name) ? [] : journalReader.modules),
      ...(lines === "pair" ? [configuration, judging, recoverAll] : []),
      ...await actionsBut(action),
    ]);
    files[fileOf(name)] = withLateImports(
      withPkcs12Apart(
        withMessagesApart(
          [journalReader, stateReader, outputs, unlock, caSettings, databases].reduce(
            withModulesApart,
            text,
          ),
        ),
      )
        .replaceAll(rotateDue.module, rotateDue.file)
        .replaceAll(statusMetrics.module, statusMetrics.file)
        .replaceAll(severalDirectories.module, severalDirectories.file),
    );
  }
  if (build.kind === "self-contained") {
    files[measuredMain] = await bundle("measured", mainSource("measured"), others)
      .then(withLateImports);
  }
  requireWhole(files);
  requireLateNode(files);
  return files;
}

/**
 * Checks the imports that a file leaves out: if one is still loaded with the file, the file cannot start.
 *
 * @throws Error for such an import.
 */
function requireWhole(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    for (const [, path = ""] of text.matchAll(/\b(?:from|import)\s*"(\.[^"]*)"/g)) {
      if (Object.hasOwn(files, path.replace("./", ""))) continue;
      throw new Error(`${name} imports ${path}, which is not in the bundle: load it with import()`);
    }
  }
}

/**
 * Checks that no file loads a module of Node when it starts. A bundle has such an import at its top, however
 * late the code that needs it is loaded.
 *
 * @throws Error for such an import.
 */
function requireLateNode(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const [, module] = /\b(?:from|import)\s*"(node:[a-z_/]+)"/.exec(text) ?? [];
    if (module === undefined) continue;
    throw new Error(`${name} imports ${module}: use globalThis.process.getBuiltinModule()`);
  }
}

/** Bundles the installer, with the files that it installs inside. */
export async function bundleInstaller(files: Readonly<Record<string, string>>): Promise<string> {
  await Deno.writeTextFile(`${workDirectory}/files.json`, JSON.stringify(files));
  return await bundle(
    "install",
    `import { installFrom } from "../../scripts/build/installer.ts";
import files from "./files.json" with { type: "json" };
installFrom(Deno.args, files);
`,
  );
}

/** The runtime must not look for it at every start: see {@linkcode withLateImports}. */
function withPkcs12Apart(text: string): string {
  return text.replaceAll(`import("${pkcs12.module}")`, `import(String("${pkcs12.file}"))`);
}

/** Only where they were left out. */
function withModulesApart(
  text: string,
  { modules, file }: { readonly modules: readonly string[]; readonly file: string },
): string {
  return modules.reduce(
    (sofar, module) => sofar.replaceAll(`import("${module}")`, `import("${file}")`),
    text,
  );
}

function withMessagesApart(text: string): string {
  return text.replaceAll(messages.module, messages.file);
}

/** For a file without other late imports: the runtime must not search for missing files. */
function withNetworkLate(text: string): string {
  return networkDoors.reduce(
    (sofar, door) => sofar.replaceAll(`import("${door}")`, `import(String("${door}"))`),
    text,
  );
}

/**
 * Makes the runtime load a module only when it is needed. The runtime loads `import("./a.js")`, a path that
 * it can read, before it runs anything, with all of its imports: every command, although only one is started.
 *
 * A file that loads a module in this way still needs the permission to read files. `version.js` gives it up.
 */
function withLateImports(text: string): string {
  return text.replaceAll(/\bimport\(("\.[^"]*")\)/g, "import(String($1))");
}

/** Whether the command usually reads a journal. */
function readsJournals(name: OwnName): boolean {
  return name !== "recover" && name !== "rotate" && name !== "status";
}

/** Writes a copy of a command's declaration without help, next to the original: the imports are the same. */
async function declareAlone(name: OwnName): Promise<void> {
  const [module, exported] = ownFiles[name].declaration;
  const tree = `${workDirectory}/lib/cli/tree`;
  const text = await Deno.readTextFile(`${tree}/${module}`);
  await Deno.writeTextFile(`${tree}/${alone(name)}`, withoutHelp(text, exported));
}

/** Where {@linkcode declareAlone} writes, below `lib/cli/tree`. */
function alone(name: OwnName): string {
  const [module, exported] = ownFiles[name].declaration;
  return module.replace(/\w+\.ts$/, `only_${exported}.ts`);
}

function fileOf(name: OwnName): string {
  return `${name.replace(" ", "-")}.js`;
}

/** Chooses the file for the command line. */
function mainSource(words: "plain" | "measured" = "plain"): string {
  const names = Object.keys(ownFiles) as OwnName[];
  const loaders = names.map((name) =>
    `${JSON.stringify(name)}: () => import("./${fileOf(name)}"),`
  );
  const forPairs = names.filter((name) => ownFiles[name].lines === "pair");
  return `import { namedCommand, versionAsked } from "./lib/cli/start/command_line.ts";
const ${words === "plain" ? "line" : "[directory, text, ...line]"} = Deno.args;
const own = { ${loaders.join("\n")} };
const forPairs = ${JSON.stringify(forPairs)};
function load() {
  if (versionAsked(line) !== undefined) return import("./version.js");
  const name = namedCommand(line, (name) => Object.hasOwn(own, name));
  const isOwn = name !== undefined && (!forPairs.includes(name) || namesPair());
  return isOwn ? own[name]() : import("./program.js");
}
function namesPair() {
  const has = (flags) => line.some((word) => flags.includes(word.split("=", 1)[0]));
  return has(["--dir", "--cert", "--key", "--combined"]) && !has(["--name", "--config"]);
}
const { start } = await load();
Deno.exit(await start(line${words === "plain" ? "" : ", { directory, text }"}));
`;
}

function versionSource(build: Build): string {
  return `import { versionAsked } from "./lib/cli/start/command_line.ts";
import { runVersion } from "./lib/cli/start/run_version.ts";
import { denoEnvironment, denoStderr, denoStdout } from "./lib/system/process/terminal.ts";
export function start(line) {
  const printing = { stdout: denoStdout, stderr: denoStderr, environment: denoEnvironment };
  return runVersion({ ...printing, build: ${JSON.stringify(build)} }, versionAsked(line));
}
`;
}

function programSource(build: Build): string {
  return `import { rotateDue as due } from "./lib/cli/commands/rotate_due.ts";
import { statusMetrics as metrics } from "./lib/cli/commands/status_metrics.ts";
import { denoWorld, runCertswap } from "./lib/cli/mod.ts";
const world = { ...denoWorld, build: ${JSON.stringify(build)} };
export function start(line) {
  return runCertswap(line, world);
}
export function rotateDue(_, flags) {
  return due(world, flags);
}
export function statusMetrics(_, options) {
  return metrics(world, options);
}
`;
}

function commandSource(name: OwnName, build: Build): string {
  const [, exported] = ownFiles[name].declaration;
  const words = name.split(" ");
  return `import { ${exported} } from "./lib/cli/tree/${alone(name)}";
import { runPlain } from "./lib/cli/start/run_plain.ts";
import { denoWorld, denoWorldKnowing } from "./lib/cli/world.ts";
export async function start(line, room) {
  const world = { ...${worldOf(name)}, build: ${JSON.stringify(build)} };
  return await runPlain(${exported}, line.slice(${words.length}), world) ??
    (await import("${wholeProgram}")).start(line);
}
`;
}

/** Only `status` asks for free space. */
function worldOf(name: OwnName): string {
  return name === "status" ? "(room ? denoWorldKnowing(room) : denoWorld)" : "denoWorld";
}

/** The modules of all other commands, as the declarations in lib/cli/tree and its folders name them. */
async function actionsBut(kept: string): Promise<string[]> {
  const directory = `${projectDirectory}lib/cli/commands`;
  const found: string[] = [];
  const look = async (below: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(`${directory}/${below}`)) {
      if (isDirectory) await look(`${below}${name}/`);
      else if (below + name !== kept) {
        for (const up of ["..", "../..", "../../.."]) found.push(`${up}/commands/${below}${name}`);
      }
    }
  };
  await look("");
  return found.sort();
}

/**
 * Bundles one entry into one file.
 *
 * @param external imports that stay as they are.
 */
async function bundle(
  name: string,
  source: string,
  external: readonly string[] = [],
): Promise<string> {
  const [entry, output] = [`${workDirectory}/${name}.ts`, `${workDirectory}/${name}.js`];
  await Deno.writeTextFile(entry, source);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--minify",
      "--platform=deno",
      ...external.map((path) => `--external=${path}`),
      `--output=${output}`,
      entry,
    ],
    cwd: projectDirectory,
    stdout: "null",
  }).output();
  if (!success) throw new Error(`deno bundle failed:\n${new TextDecoder().decode(stderr)}`);
  return withRequireLate(await Deno.readTextFile(output));
}

/**
 * For the require() of CommonJS packages, the bundler imports node:module, which loads all of Node: 40 ms at
 * every start. They require only modules of Node.
 */
function withRequireLate(text: string): string {
  return text.replace(
    /import\{createRequire as (\w+)\} from "node:module";var (\w+)=\1\(import\.meta\.url\);/,
    "var $2=(name)=>globalThis.process.getBuiltinModule(name);",
  );
}
