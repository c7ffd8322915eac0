/** Finds mistakes in the words of a command line, and suggests corrections. */
import { nearest } from "../../toml/mod.ts";
import { type DeclaredCommand, type Parameters, placeholderOf } from "../declaration/mod.ts";
import { UsageError } from "../errors.ts";
import { alternatives, counted, kebab } from "../text.ts";
import { listedCommands, type Place } from "../tree/mod.ts";
import { isTruthWord } from "./plain_line.ts";
import { versionCommand } from "./suggestions.ts";

type Flags = NonNullable<Parameters["flags"]>;

/**
 * Checks the flags of a line before the parser reads it. The parser takes `--cert=` for an argument, and
 * every name that JavaScript objects have, such as `--constructor`, for a flag.
 *
 * @param words what follows the command.
 * @throws UsageError
 */
export function checkFlags(
  { words: path, target }: Place<DeclaredCommand>,
  words: readonly string[],
): void {
  const { flags = {} } = target.parameters;
  const declared = byTypedName(flags);
  const end = words.indexOf("--");
  const line = end < 0 ? words : words.slice(0, end);
  const help = `See '${path.join(" ")} --help'.`;
  for (const [index, word] of line.entries()) {
    const { dashes, name, value } = split(word);
    if (dashes === "" || name === "") continue;
    if (/[^-]/.test(dashes)) {
      if (!declared.has(name)) continue;
      throw new UsageError(
        [`'${word}' starts with a dash that is not a hyphen`],
        `Write --${name}.`,
      );
    }
    if (dashes === "-") {
      checkShort(name, { declared, help });
      continue;
    }
    if (dashes === "--" && helpNames.includes(name)) continue;
    const flag = dashes === "--" ? declared.get(name) : undefined;
    if (flag === undefined) throw unknownFlag(`${dashes}${name}`, { declared, path, help });
    const next = line[index + 1];
    const lacksValue = value === undefined ? next === undefined || isFlag(next) : value === "";
    if (!lacksValue) continue;
    if (flag.kind !== "boolean") {
      const form = `--${name} ${placeholderOf(flag)}`;
      throw new UsageError([`--${name} needs a value`], `Write ${form}. ${help}`);
    }
    if (value === "") throw new UsageError([`--${name}: write it without a value`], help);
  }
  if (target.parameters.positional === undefined) refuseArguments(words, { declared, help });
}

/**
 * Refuses arguments of a command that takes none, and suggests the flag that was probably left out.
 *
 * @throws UsageError
 */
function refuseArguments(words: readonly string[], { declared, help }: Known): void {
  const given = new Set<string>();
  let isValue = false;
  for (const word of words) {
    const { dashes, name, value } = split(word);
    const flag = dashes === "--" ? declared.get(name) : undefined;
    if (flag !== undefined) given.add(kebab(name));
    const isArgument = !isValue && dashes === "";
    // The parser also takes "yes" and "0" for the value of a flag that needs none.
    isValue = flag !== undefined && value === undefined && flag.kind !== "boolean";
    if (!isArgument || isTruthWord(word)) continue;
    const meant = selecting.some((flag) => given.has(flag)) ? [] : flagsFor(word, declared);
    const flags = meant.map((flag) => `--${flag} ${word}`).join(" or ");
    throw new UsageError(
      [`unexpected argument '${word}'${flags === "" ? "" : `. Did you mean ${flags}?`}`],
      help,
    );
  }
}

/** The flags that say what a command is about. */
const selecting: readonly string[] = ["name", "dir", "cert", "key", "config", "data-dir"];

/** The flags whose value a word may be, the most likely first. None if the word would have to be quoted. */
function flagsFor(word: string, declared: Known["declared"]): string[] {
  if (!/^[\w./][\w./-]*$/.test(word)) return [];
  const likely = word.endsWith(".toml")
    ? [["config"]]
    : word.includes("/")
    ? [["dir"], ["data-dir"], ["config"]]
    : [["name", "dir"], ["data-dir"], ["config"]];
  return likely.map((names) => names.filter((name) => declared.has(name)))
    .find((names) => names.length > 0) ?? [];
}

/** The parts of a word that may be a flag: dashes, a name, and a value after "=". */
interface SplitWord {
  readonly dashes: string;
  readonly name: string;
  readonly value: string | undefined;
}

/** Splits off hyphens, and the dashes that word processors replace them with. */
function split(word: string): SplitWord {
  const start = word.search(/[^-\u2010-\u2015\u2212]/);
  if (start < 0) return { dashes: word, name: "", value: undefined };
  const equals = word.indexOf("=", start);
  return {
    dashes: word.slice(0, start),
    name: word.slice(start, equals < 0 ? undefined : equals),
    value: equals < 0 ? undefined : word.slice(equals + 1),
  };
}

/** The help flags, which the parser adds to every command. */
const helpNames: readonly string[] = ["help", "help-all", "helpAll"];

/** Flags by the names that the parser accepts: `dry-run` and `dryRun`. */
function byTypedName(flags: Flags): ReadonlyMap<string, Flags[string]> {
  return new Map(
    Object.entries(flags).flatMap(([name, flag]) => [[kebab(name), flag], [name, flag]] as const),
  );
}

/** Whether the parser takes a word for a flag rather than for the value of the flag before it. */
function isFlag(word: string): boolean {
  return /^--[a-z]|^-[a-z]+$/i.test(word);
}

interface Known {
  readonly declared: ReadonlyMap<string, Flags[string]>;
  readonly help: string;
}

/** Refuses `-force` and `-n`: only -h is a short flag. */
function checkShort(name: string, { declared, help }: Known): void {
  if (declared.has(name)) {
    throw new UsageError([`unknown flag -${name}. Did you mean --${name}?`], help);
  }
  if (!/^[a-z]$/i.test(name) || /^h$/i.test(name)) return;
  const usual = usualShortFlags.get(name);
  const begun = typedNames(declared).filter((long) => long.startsWith(name.toLowerCase()));
  const meant = usual === undefined || !declared.has(usual) ? begun : [usual, ...begun];
  throw new UsageError([`unknown flag -${name}${didYouMean(meant)}`], help);
}

/** Short flags that mean the same in many programs, such as make(1) and rsync(1), and certswap's names. */
const usualShortFlags: ReadonlyMap<string, string> = new Map([["n", "dry-run"]]);

function unknownFlag(
  written: string,
  { declared, path, help }: Known & { readonly path: readonly string[] },
): UsageError {
  const name = written.replace(/^-+/, "").toLowerCase();
  const names = typedNames(declared);
  const begun = name.length < 2 ? [] : names.filter((long) => long.startsWith(name));
  const near = begun.length > 0 ? begun : [nearest(name, names) ?? []].flat();
  const elsewhere = near.length > 0
    ? undefined
    : name === "version"
    ? `Did you mean '${versionCommand}'?`
    : flagElsewhere(name, path);
  return new UsageError(
    [`unknown flag ${written}${didYouMean(near)}`],
    elsewhere === undefined ? help : `${elsewhere} ${help}`,
  );
}

function typedNames(declared: Known["declared"]): string[] {
  return [...declared.keys()].filter((name) => name === name.toLowerCase());
}

/** A suggestion of at most three flags. More would not help. */
function didYouMean(names: readonly string[]): string {
  if (names.length === 0 || names.length > 3) return "";
  return `. Did you mean ${alternatives(names.map((name) => `--${name}`))}?`;
}

/** `--skip-bad is a flag of 'certswap ca sign'.` */
function flagElsewhere(name: string, path: readonly string[]): string | undefined {
  const places = listedCommands().filter(({ target: { parameters: { flags = {} } } }) =>
    Object.keys(flags).some((flag) => kebab(flag) === name)
  );
  const [first, second, ...others] = places.map(({ words }) => `'${words.join(" ")}'`);
  if (first === undefined) return undefined;
  if (second === undefined) return `--${name} is a flag of ${first}.`;
  const groups = places.map(({ words }) => words.slice(0, -1).join(" "));
  // The outermost one: `certswap ca config` is also in `certswap ca`.
  const group = groups.toSorted((a, b) => a.length - b.length)[0] ?? "";
  const isGroup = group !== "certswap" && groups.every((one) => `${one} `.startsWith(`${group} `));
  if (isGroup && group !== path.slice(0, -1).join(" ") && others.length > 0) {
    return `--${name} is a flag of the '${group}' commands.`;
  }
  const rest = others.length === 0 ? "" : ` and ${counted(others.length, "other command")}`;
  return `--${name} is a flag of ${first}${rest === "" ? " and " : ", "}${second}${rest}.`;
}
