/** Reading the plainest of command lines, without the parser: the way of nearly every start. */
import type { Parameters, ReadLine } from "../declaration/mod.ts";
import { kebab } from "../text.ts";

/*
 * The parser is a third of a command's file. What cron and boot scripts write are full names of flags,
 * each once, with their values: that is read here, to the very same result, and everything else (what is
 * wrong, above all) is left to the parser.
 */

type Flag = NonNullable<Parameters["flags"]>[string];

/**
 * Reads a command line on which every flag stands in full, once, and with its value, if it takes one.
 *
 * @param words what follows the command.
 * @returns what the parser would read; `undefined` for a line that is for the parser.
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
    // Not plain, or wrong: the parser says what is.
    return undefined;
  }
}

/** The flags on a line, as they are written, and the words between them. */
interface SplitLine {
  /** By the name of the flag in its declaration. */
  readonly given: ReadonlyMap<string, string>;
  readonly others: readonly string[];
}

function split(declared: Readonly<Record<string, Flag>>, words: readonly string[]): SplitLine {
  const names = new Map(Object.keys(declared).map((name) => [`--${kebab(name)}`, name]));
  const given = new Map<string, string>();
  const others: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (!word.startsWith("-")) {
      others.push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const name = names.get(equals < 0 ? word : word.slice(0, equals));
    const flag = name === undefined ? undefined : declared[name];
    if (name === undefined || flag === undefined || given.has(name)) throw notPlain();
    if (flag.kind === "boolean") {
      if (equals >= 0 || isTruthWord(words[index + 1])) throw notPlain();
      given.set(name, "true");
    } else {
      given.set(name, equals < 0 ? valueAt(words, ++index) : valueAfter(word, equals));
    }
  }
  return { given, others };
}

function valueAt(words: readonly string[], index: number): string {
  const value = words[index];
  if (value === undefined || value.startsWith("-")) throw notPlain();
  return value;
}

/** The parser takes no value from a flag that ends in "=". */
function valueAfter(word: string, equals: number): string {
  if (equals === word.length - 1) throw notPlain();
  return word.slice(equals + 1);
}

/** Whether the parser might take a word for the value of the switch before it. */
function isTruthWord(word: string | undefined): boolean {
  return word !== undefined && /^(?:true|t|yes|y|on|1|false|f|no|n|off|0)$/i.test(word);
}

function flagValues(
  declared: Readonly<Record<string, Flag>>,
  given: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(declared)) {
    const written = given.get(name) ?? defaultOf(flag);
    if (written !== undefined) values[name] = valueOf(flag, written);
  }
  return values;
}

/** @returns `undefined` for a flag that may be left out. */
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

/** All that is declared here reads at once; what did not would be for the parser. */
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
