/** Reads `certswap.toml` and its drop-ins into one configuration. */
import {
  directoryOf,
  type FileSystem,
  ifPresent,
  isListed,
  join,
  nameOf,
  readFile,
  type System,
  untrustedPlaces,
  type UsedPath,
  withUse,
  wrapError,
} from "../../system/mod.ts";
import type { HookConfiguration } from "../service/mod.ts";
import { sharedPaths, trustingBundle, withAccounts, withSharedHooks } from "./combine/mod.ts";
import type { Configuration, PairConfiguration } from "./configuration.ts";
import { ConfigurationError, type ConfigurationProblem, NoConfigurationError } from "./errors.ts";
import type { ParsedFile, Written } from "./parse_file.ts";

/** The size limit of one file, in bytes: a thousand pairs fit. */
const sizeLimit = 1024 * 1024;

/**
 * Reads `certswap.toml`, and after it the drop-ins `certswap.d/*.toml` beside it, by name.
 *
 * It decides which commands run, and as which user: a file that others could have written is refused.
 * Whether its paths can be used, and its users and groups exist, is checked when they are used, so that a
 * problem of one pair does not stop the others; here only that no two paths are the same file.
 *
 * @param path of the first file; the directory of drop-ins is named after it.
 * @throws NoConfigurationError, ConfigurationError with every mistake there is.
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError if a file cannot be read.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoSystem } from "../../system/mod.ts";
 * import { readConfiguration } from "./mod.ts";
 *
 * const root = await Deno.makeTempDir();
 * await Deno.mkdir(`${root}/tls`);
 * await Deno.writeTextFile(
 *   `${root}/certswap.toml`,
 *   `[pair.web]
 *   dir = "${root}/tls"
 *   subject = "CN=device.example"
 *   issuer = { kind = "local", data_dir = "${root}/ca" }
 *   `,
 * );
 * const { pairs: [web] } = await readConfiguration(denoSystem, `${root}/certswap.toml`);
 * assert.equal(web?.name, "web");
 * assert.equal(web?.issuer?.kind, "local");
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function readConfiguration(system: System, path: string): Promise<Configuration> {
  return conclude(await load(system, path), []);
}

/** A drop-in that is not written yet. */
export interface PlannedDropIn {
  /** As {@linkcode dropInPath} has it. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** Where the drop-in of a name is, beside a configuration that may not exist yet. */
export function dropInPath(files: FileSystem, path: string, name: string): string {
  const main = ifPresent(() => files.realPath(path)) ?? path;
  return join(dropInDirectory(main), `${name}.toml`);
}

/**
 * Checks the configuration as it would be with another drop-in. Without a first file, that drop-in and the
 * others are checked.
 *
 * @throws as {@linkcode readConfiguration}, except NoConfigurationError.
 */
export async function checkDropIn(
  system: System,
  path: string,
  planned: PlannedDropIn,
): Promise<void> {
  conclude(await load(system, path, planned), []);
}

/**
 * Reads a configuration as {@linkcode readConfiguration} does, and also checks that everything that it names
 * exists and can be used. For an operator who has just edited it.
 *
 * @throws as {@linkcode readConfiguration}.
 */
export async function checkConfiguration(system: System, path: string): Promise<Configuration> {
  const [loaded, { unusablePaths }] = await Promise.all([
    load(system, path),
    import("./unusable_paths.ts"),
  ]);
  return conclude(loaded, await unusablePaths(system, loaded));
}

/**
 * The names of all pairs that a configuration has, also of those with a mistake.
 *
 * @throws as {@linkcode readConfiguration}, except ConfigurationError.
 */
export async function pairNames({ files }: System, path: string): Promise<string[]> {
  const { parseFile } = await import("./parse_file.ts");
  const { isConfiguredName } = await import("./values/mod.ts");
  const names = filesOf(files, path).flatMap((file) =>
    parseFile(file, readFile(files, file, sizeLimit).content).pairs.map(({ value }) => value.name)
  );
  return names.filter(isConfiguredName);
}

/** What was read, with all mistakes. */
export interface LoadedConfiguration {
  readonly names: readonly string[];
  /** Those without a mistake. */
  readonly pairs: readonly Written<PairConfiguration>[];
  /** The tables `[hook.NAME]` without a mistake. */
  readonly sharedHooks: readonly Written<HookConfiguration>[];
  readonly metrics: Written<string> | undefined;
  readonly problems: readonly ConfigurationProblem[];
}

async function load(
  system: System,
  path: string,
  planned?: PlannedDropIn,
): Promise<LoadedConfiguration> {
  const names = planned === undefined
    ? filesOf(system.files, path)
    : filesBeside(system.files, path, planned);
  const untrusted = distrusted(system, path, names);
  if (untrusted.length > 0) throw new ConfigurationError(untrusted);
  const read = names.map((name, index) =>
    name === planned?.path ? { ...planned, name } : {
      name,
      ...wrapError(
        () => readFile(system.files, name, sizeLimit),
        (cause) => withUse(cause, index === 0 ? "configuration" : "drop-in"),
      ),
    }
  );
  // The parsers are loaded only if there is something to parse.
  const { parseFile } = await import("./parse_file.ts");
  const parsed = read.map(({ name, content }) => parseFile(name, content));
  const combined = combine(system.files, names, parsed);
  const pairs = combined.pairs.map((pair) => ({
    ...pair,
    value: trustingBundle(system.files, pair.value),
  }));
  return { ...combined, pairs: await withAccounts(system, pairs) };
}

function conclude(
  { names, pairs, metrics, problems }: LoadedConfiguration,
  found: readonly ConfigurationProblem[],
): Configuration {
  const all = firstOfEachKind([...problems, ...found]).toSorted((a, b) =>
    names.indexOf(a.file) - names.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0)
  );
  if (all.length > 0) throw new ConfigurationError(all);
  return { files: names, pairs: pairs.map(({ value }) => value), metrics: metrics?.value };
}

/** `dir` means two files: a mistake of both is reported once. */
function firstOfEachKind(problems: readonly ConfigurationProblem[]): ConfigurationProblem[] {
  const first = new Map<string, ConfigurationProblem>();
  for (const problem of problems) {
    const { file, line, mistake } = problem;
    const kind = JSON.stringify([file, line, mistake.kind, "key" in mistake ? mistake.key : ""]);
    if (!first.has(kind)) first.set(kind, problem);
  }
  return [...first.values()];
}

function filesOf(files: FileSystem, path: string): string[] {
  const main = ifPresent(() => files.realPath(path));
  if (main === undefined) throw new NoConfigurationError(path);
  return [main, ...dropInsIn(files, dropInDirectory(main))];
}

/** The files of a configuration that may not exist yet, with the planned one last. */
function filesBeside(files: FileSystem, path: string, planned: PlannedDropIn): string[] {
  const main = ifPresent(() => files.realPath(path));
  const found = ifPresent(() => dropInsIn(files, directoryOf(planned.path))) ?? [];
  const others = found.filter((name) => name !== planned.path);
  return [...main === undefined ? [] : [main], ...others, planned.path];
}

function dropInsIn(files: FileSystem, directory: string): string[] {
  const names = isListed(files, directory)
    ? ifPresent(() => files.readDirectory(directory)) ?? []
    : [];
  return names.filter((name) => name.endsWith(".toml") && !name.startsWith("."))
    .map((name) => join(directory, name));
}

/** `certswap.d` beside `certswap.toml`. */
function dropInDirectory(main: string): string {
  return join(directoryOf(main), `${nameOf(main).replace(/\.toml$/, "")}.d`);
}

/** It decides which commands run, and as which user: no other user may write or exchange its files. */
function distrusted(
  system: System,
  path: string,
  names: readonly string[],
): readonly ConfigurationProblem[] {
  const used = [path, ...names].map((path): UsedPath => ({ path, as: "obeyed" }));
  return untrustedPlaces(system, used).map((cause) => ({
    file: cause.place,
    line: undefined,
    mistake: { kind: "untrusted", cause },
  }));
}

function combine(
  files: FileSystem,
  names: readonly string[],
  parsed: readonly ParsedFile[],
): LoadedConfiguration {
  const metrics = parsed.flatMap((file) => file.metrics ?? []);
  const named = parsed.flatMap((file) => file.pairs);
  const parsedPairs = named.flatMap(({ value: { configuration }, ...where }) =>
    configuration === undefined ? [] : [{ value: configuration, ...where }]
  );
  const hooks = parsed.flatMap((file) => file.hooks);
  const { pairs, problems: unknownHooks } = withSharedHooks(parsedPairs, hooks);
  const problems = [
    ...parsed.flatMap((file) => file.problems),
    ...definedTwice(metrics, () => "metrics"),
    ...definedTwice(named, ({ name }) => name),
    ...definedTwice(hooks, ({ name }) => name),
    ...unknownHooks,
    ...sharedPaths(files, pairs),
  ];
  if (problems.length === 0 && named.length === 0) {
    problems.push({ file: names[0] ?? "", line: undefined, mistake: { kind: "no-pairs" } });
  }
  const sharedHooks = hooks.flatMap(({ value: { hook }, ...where }) =>
    hook === undefined ? [] : [{ value: hook, ...where }]
  );
  return { names, pairs, sharedHooks, metrics: metrics[0], problems };
}

/**
 * Finds duplicate definitions. A drop-in can only add, not change, so that each definition can be read in one
 * place.
 */
function definedTwice<T>(
  written: readonly Written<T>[],
  nameOf: (value: T) => string,
): ConfigurationProblem[] {
  const first = new Map<string, Written<T>>();
  return written.flatMap((one) => {
    const name = nameOf(one.value);
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, one);
      return [];
    }
    const mistake = { kind: "defined-twice", key: one.key(), first: other.place() } as const;
    return [{ ...one.place(), mistake }];
  });
}
