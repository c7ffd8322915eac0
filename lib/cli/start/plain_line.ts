/** Reading a simple command line without the parser, as nearly every start does. */
import type { Parameters, ReadLine } from "../declaration/mod.ts";

/*
 * The parser is a third of a command's bundle. Cron and boot scripts use full names of flags, each once, with
 * their values. Such lines are read here, with the same result. All others, and all mistakes, are left to
 * the parser.
 */

type Flag = NonNullable<Parameters["flags"]>[string];

/**
 * Reads a command line if every flag is written in full, with its value, and once unless it can be repeated.
 *
 * @param words what follows the command.
 * @returns what the parser would return; `undefined` if the line needs the parser.
 */
export function readPlainLine(
  { flags: declared = {}, positional }: Parameters,
  words: readonly string[],
): ReadLine | undefined {
  try {
    const { given, others } = split(declared, words);
    const flags = flagValues(declared, given);
    return { flags, positional: argumentValues(positional, others) };
  } catch {
    // Not simple, or wrong: the parser reports mistakes.
    return undefined;
  }
}

/** The flags of a line with their values, and all other words. */
interface SplitLine {
  /** By the declared names of the flags. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly others: readonly string[];
}

function split(declared: Readonly<Record<string, Flag>>, words: readonly string[]): SplitLine {
  const given = new Map<string, string[]>();
  const others: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (!word.startsWith("-")) {
      others.push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const name = declaredName(equals < 0 ? word : word.slice(0, equals));
    const flag = name !== undefined && Object.hasOwn(declared, name) ? declared[name] : undefined;
    if (name === undefined || flag === undefined) throw notPlain();
    const values = given.get(name) ?? [];
    if (values.length > 0 && !isRepeatable(flag)) throw notPlain();
    given.set(name, values);
    if (flag.kind === "boolean") {
      if (equals >= 0 || isTruthWord(words[index + 1])) throw notPlain();
      values.push("true");
    } else {
      values.push(equals < 0 ? valueAt(words, ++index) : valueAfter(word, equals));
    }
  }
  return { given, others };
}

/**
 * The declared name of a flag: `newCert` for `--new-cert`. The words of a line are fewer than the flags, so
 * they are turned into names, and not the other way round.
 *
 * @returns `undefined` for what is never the name of a flag as it is typed.
 */
function declaredName(word: string): string | undefined {
  const [dashes, empty, first = "", ...rest] = word.split("-");
  if (dashes !== "" || empty !== "" || word !== word.toLowerCase()) return undefined;
  if (rest.some((part) => part < "a" || part >= "{")) return undefined;
  return first + rest.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
}

/** Whether every value of a flag is a word of its own. Those of some are separated by a character. */
function isRepeatable(flag: Flag): flag is Flag & { readonly kind: "parsed" } {
  return flag.kind === "parsed" && flag.variadic === true;
}

function valueAt(words: readonly string[], index: number): string {
  const value = words[index];
  if (value === undefined || value.startsWith("-")) throw notPlain();
  return value;
}

/** `--cert=` has no value. */
function valueAfter(word: string, equals: number): string {
  if (equals === word.length - 1) throw notPlain();
  return word.slice(equals + 1);
}

/** Whether the parser might take a word as the value of the flag before it. */
export function isTruthWord(word: string | undefined): boolean {
  return word !== undefined && /^(?:true|t|yes|y|on|1|false|f|no|n|off|0)$/i.test(word);
}

function flagValues(
  declared: Readonly<Record<string, Flag>>,
  given: SplitLine["given"],
): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(declared)) {
    const written = given.get(name);
    if (written !== undefined && isRepeatable(flag)) {
      values[name] = written.map((one) => read(flag, one));
    } else {
      const [only = defaultOf(flag)] = written ?? [];
      if (only !== undefined) values[name] = valueOf(flag, only);
    }
  }
  return values;
}

/** @returns `undefined` for an optional flag. */
function defaultOf(flag: Flag): string | undefined {
  const { default: standard, optional = false } = flag as { default?: unknown; optional?: boolean };
  if (standard !== undefined) return String(standard);
  if (!optional) throw notPlain();
  return undefined;
}

function valueOf(flag: Flag, written: string): unknown {
  if (flag.kind === "boolean") return written === "true";
  if (flag.kind === "counter" || flag.variadic) throw notPlain();
  if (flag.kind === "parsed") return read(flag, written);
  if (!flag.values.includes(written)) throw notPlain();
  return written;
}

function argumentValues(
  positional: Parameters["positional"],
  words: readonly string[],
): readonly unknown[] {
  const parameters = positional === undefined
    ? []
    : positional.kind === "array"
    ? words.map(() => positional.parameter)
    : positional.parameters;
  const { minimum = 0, maximum = Infinity } = positional?.kind === "array" ? positional : {};
  const isEnough = words.length >= minimum && words.length <= maximum;
  if (!isEnough || words.length !== parameters.length) throw notPlain();
  return parameters.map((parameter, index) => read(parameter, words[index] ?? ""));
}

/** Reads a value. All declared readers are synchronous; an asynchronous one would need the parser. */
function read(
  { parse }: { readonly parse: (this: never, input: string) => unknown },
  written: string,
): unknown {
  const value = parse.call(undefined as never, written);
  if (value instanceof Promise) throw notPlain();
  return value;
}

function notPlain(): Error {
  return new Error("not plain");
}
