import {
  directoryOf,
  type FileInfo,
  type FileSystem,
  ifPresent,
  join,
  nameOf,
  readFile,
  type System,
} from "../../system/mod.ts";
import { reasonForDistrust } from "../../transaction/mod.ts";
import type { Configuration } from "./configuration.ts";
import { ConfigurationError, type ConfigurationProblem, NoConfigurationError } from "./errors.ts";
import type { ParsedFile, Written } from "./parse_file.ts";
import { sharedPaths } from "./shared_paths.ts";

/** The most that is read of one file, in bytes: a thousand pairs fit. */
const sizeLimit = 1024 * 1024;

/**
 * Reads `certswap.toml`, and after it the drop-ins `certswap.d/*.toml` beside it, by name.
 *
 * What it says decides which commands run as whom: a file that others could have written is refused.
 * Whether the paths in it can be used is asked when they are; here only that no two are the same file.
 *
 * @param path of the first file; the directory of drop-ins is named after it.
 * @throws NoConfigurationError, ConfigurationError with every mistake there is.
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError where a file cannot be read.
 */
export async function readConfiguration(system: System, path: string): Promise<Configuration> {
  const names = filesOf(system.files, path);
  const read = names.map((name) => ({ name, ...readFile(system.files, name, sizeLimit) }));
  const untrusted = distrusted(system, read);
  if (untrusted.length > 0) throw new ConfigurationError(untrusted);
  // The parsers are loaded only by those that have something to parse.
  const { parseFile } = await import("./parse_file.ts");
  const parsed = read.map(({ name, content }) => parseFile(name, content));
  return combine(system, names, parsed);
}

function filesOf(files: FileSystem, path: string): string[] {
  const main = ifPresent(() => files.realPath(path));
  if (main === undefined) throw new NoConfigurationError(path);
  const directory = dropInDirectory(main);
  const names = ifPresent(() => files.readDirectory(directory)) ?? [];
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

/** Who can write a directory can put another file in the place of this one, unless it is sticky. */
function distrusted(
  system: System,
  read: readonly { readonly name: string; readonly info: FileInfo }[],
): ConfigurationProblem[] {
  const directories = [...new Set(read.map(({ name }) => directoryOf(system.files.realPath(name))))]
    .map((name) => ({ name, info: system.files.stat(name) }))
    .map(({ name, info }) => ({
      name,
      info: (info.mode & 0o1000) === 0 ? info : { ...info, mode: info.mode & ~0o022 },
    }));
  return [...directories, ...read].flatMap(({ name, info }) => {
    const reason = reasonForDistrust(system, info);
    return reason === undefined
      ? []
      : [{ file: name, line: undefined, mistake: { kind: "untrusted", reason } as const }];
  });
}

function combine(
  system: System,
  names: readonly string[],
  parsed: readonly ParsedFile[],
): Configuration {
  const metrics = parsed.flatMap((file) => file.metrics ?? []);
  const pairs = parsed.flatMap((file) => file.pairs);
  const usable = pairs.flatMap(({ value: { configuration }, ...where }) =>
    configuration === undefined ? [] : [{ value: configuration, ...where }]
  );
  const problems = [
    ...parsed.flatMap((file) => file.problems),
    ...definedTwice(metrics, () => "metrics"),
    ...definedTwice(pairs, ({ name }) => name),
    ...sharedPaths(system.files, usable),
  ];
  if (problems.length === 0 && pairs.length === 0) {
    problems.push({ file: names[0] ?? "", line: undefined, mistake: { kind: "no-pairs" } });
  }
  if (problems.length > 0) throw new ConfigurationError(inOrder(names, problems));
  return {
    files: names,
    pairs: usable.map(({ value }) => value),
    metrics: metrics[0]?.value,
  };
}

/** A drop-in adds to what is there already. It changes nothing, so that one can read what is meant in one place. */
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

function inOrder(
  names: readonly string[],
  problems: readonly ConfigurationProblem[],
): ConfigurationProblem[] {
  return problems.toSorted((a, b) =>
    names.indexOf(a.file) - names.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0)
  );
}
