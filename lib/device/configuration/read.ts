/** Reading `certswap.toml` and its drop-ins, and making one configuration of them. */
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
} from "../../system/mod.ts";
import type { Configuration, PairConfiguration } from "./configuration.ts";
import { ConfigurationError, type ConfigurationProblem, NoConfigurationError } from "./errors.ts";
import type { ParsedFile, Written } from "./parse_file.ts";
import { withSharedHooks } from "./shared_hooks.ts";
import { sharedPaths } from "./shared_paths.ts";

/** The most that is read of one file, in bytes: a thousand pairs fit. */
const sizeLimit = 1024 * 1024;

/**
 * Reads `certswap.toml`, and after it the drop-ins `certswap.d/*.toml` beside it, by name.
 *
 * What it says decides which commands run as whom: a file that others could have written is refused.
 * Whether the paths in it can be used is asked when they are, so that what stands in the way of one
 * pair stops no other; here only that no two are the same file.
 *
 * @param path of the first file; the directory of drop-ins is named after it.
 * @throws NoConfigurationError, ConfigurationError with every mistake there is.
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError where a file cannot be read.
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

/**
 * Reads a configuration as {@linkcode readConfiguration} does, and looks besides whether everything that it
 * names is there and can be used. For a person who has just written it.
 *
 * @throws as {@linkcode readConfiguration}.
 */
export async function checkConfiguration(system: System, path: string): Promise<Configuration> {
  const [loaded, { unusablePaths }] = await Promise.all([
    load(system, path),
    import("./unusable_paths.ts"),
  ]);
  return conclude(loaded, unusablePaths(system, loaded));
}

/** What was read, mistakes and all. */
export interface LoadedConfiguration {
  readonly names: readonly string[];
  /** Those without a mistake. */
  readonly pairs: readonly Written<PairConfiguration>[];
  readonly metrics: Written<string> | undefined;
  readonly problems: readonly ConfigurationProblem[];
}

async function load(system: System, path: string): Promise<LoadedConfiguration> {
  const names = filesOf(system.files, path);
  const untrusted = distrusted(system, path, names);
  if (untrusted.length > 0) throw new ConfigurationError(untrusted);
  const read = names.map((name) => ({ name, ...readFile(system.files, name, sizeLimit) }));
  // The parsers are loaded only by those that have something to parse.
  const { parseFile } = await import("./parse_file.ts");
  return combine(system.files, names, read.map(({ name, content }) => parseFile(name, content)));
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

/** `dir` stands for two files, and what is wrong with both is said once. */
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
  const directory = dropInDirectory(main);
  const names = isListed(files, directory)
    ? ifPresent(() => files.readDirectory(directory)) ?? []
    : [];
  return [
    main,
    ...names.filter((name) => name.endsWith(".toml") && !name.startsWith("."))
      .map((name) => join(directory, name)),
  ];
}

/** `certswap.d` beside `certswap.toml`. */
function dropInDirectory(main: string): string {
  return join(directoryOf(main), `${nameOf(main).replace(/\.toml$/, "")}.d`);
}

/** What it says decides which commands run as whom: no one else may write or exchange a file of it. */
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
  return { names, pairs, metrics: metrics[0], problems };
}

/**
 * Finds what is defined twice. A drop-in adds to what is there already and changes nothing, so that one can
 * read what is meant in one place.
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
