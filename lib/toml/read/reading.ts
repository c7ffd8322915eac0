/** Reads one strict TOML file, and finds all mistakes in it. */
import { parse, TomlError } from "smol-toml";
import { type GenericSchema, safeParse } from "valibot";
import { attempt, present } from "../../system/mod.ts";
import type { Place, Problem, TomlMistake, TopLevelForm } from "../problems.ts";
import {
  expectationOf,
  type KnownKeys,
  topLevelForm,
  type UnknownKey,
  unknownKeys,
} from "./known_keys.ts";
import { type KeyPath, type LineOf, locateKeys } from "./locate.ts";

/** A mistake that is reported: one of any file, or one that only files of this sort have. */
export type Reported<Expectation extends string, Own> = TomlMistake<Expectation> | Own;

/** What differs between sorts of files. */
export interface ReadingOptions<Expectation extends string, Own> {
  /** The possible words for an expectation that does not name them. */
  readonly choicesOf?: (expected: Expectation) => readonly string[] | undefined;
  /** The mistake to report for an unknown key instead, if it is a special one. */
  readonly insteadOfUnknown?: (path: KeyPath) => Own | undefined;
  /** Other words for a key. The first that a table has is meant. */
  readonly otherWords?: Readonly<Record<string, readonly string[]>>;
}

/** A file that is TOML. Collects the mistakes that are found in its tables. */
export class TomlReading<Expectation extends string, Own = never> {
  readonly #file: string;
  readonly #lineOf: () => LineOf;
  readonly #options: ReadingOptions<Expectation, Own>;
  /** The whole file. */
  readonly table: Readonly<Record<string, unknown>>;
  /** The schema of the whole file, as soon as it has been checked. */
  #wholeFile: KnownKeys | undefined;
  /** The mistakes found so far. */
  readonly problems: Problem<Reported<Expectation, Own>>[] = [];

  private constructor(
    file: string,
    text: string,
    options: ReadingOptions<Expectation, Own>,
  ) {
    this.#file = file;
    this.#options = options;
    this.table = parse(text);
    let lines: LineOf | undefined;
    this.#lineOf = () => lines ??= locateKeys(text);
  }

  /** Reads a file. @returns the mistake instead if it is not TOML. */
  static of<Expectation extends string, Own = never>(
    file: string,
    content: Uint8Array,
    options: ReadingOptions<Expectation, Own> = {},
  ): TomlReading<Expectation, Own> | Problem<TomlMistake<never>> {
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(content);
    } catch {
      return { file, line: undefined, mistake: { kind: "not-utf8" } };
    }
    try {
      return new TomlReading(file, text, options);
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      // "Invalid TOML document: what is wrong", then a picture of the place.
      const [first = ""] = error.message.split("\n");
      const explanation = first.replace(/^[^:]*: /, "");
      return { file, line: error.line, mistake: { kind: "not-toml", explanation } };
    }
  }

  /**
   * Checks a table against its schema. Every mistake is added to {@linkcode problems}. Check the whole file
   * first: unknown keys of other tables may belong at its top level.
   *
   * @param path of the table, within the file.
   * @returns the result of the schema; `undefined` if it does not accept the table. Unknown keys are
   * mistakes, but do not prevent a result.
   */
  check<T>(
    schema: GenericSchema<unknown, T> & KnownKeys,
    table: unknown,
    path: KeyPath,
  ): T | undefined {
    const { otherWords = {}, insteadOfUnknown } = this.#options;
    if (path.length === 0) this.#wholeFile = schema;
    for (const unknown of unknownKeys(schema, table, { path, otherWords })) {
      const { suggestion, kinds } = unknown;
      const parent = unknown.path.slice(0, -1);
      this.problem(
        unknown.path,
        insteadOfUnknown?.(unknown.path) ?? {
          kind: "unknown-key",
          key: keyText(unknown.path),
          suggestion: suggestion && keyText([...parent, suggestion]),
          ...present({ kinds, topLevel: this.#topLevelOf(unknown) }),
        },
      );
    }
    const result = safeParse(schema, table);
    for (const issue of result.issues ?? []) {
      const below = (issue.path ?? []).map(({ key }) => key as string | number);
      const expected = issue.message as Expectation;
      const value = valueAt(table, below);
      if (value !== undefined) this.wrongValue([...path, ...below], expected, value);
      else {
        const wanted = expectationOf(schema, table, below) as Expectation | undefined;
        this.missing([...path, ...below], wanted ?? expected);
      }
    }
    return result.success ? result.output : undefined;
  }

  /** How an unknown key is written at the top level; `undefined`: it is not known there either. */
  #topLevelOf({ path, suggestion, kinds }: UnknownKey): TopLevelForm | undefined {
    const isExplained = suggestion !== undefined || kinds !== undefined;
    return isExplained || this.#wholeFile === undefined
      ? undefined
      : topLevelForm(this.#wholeFile, String(path.at(-1)));
  }

  /** Reports a key that has to be there. */
  missing(path: KeyPath, expected: Expectation): void {
    const mistake = { kind: "missing-key", key: keyText(path), expected } as const;
    this.problem(path, { ...mistake, ...this.#choicesOf(expected) });
  }

  /** Reports a value that is not as expected. */
  wrongValue(path: KeyPath, expected: Expectation, value: unknown): void {
    const found = shortJson(value);
    const mistake = { kind: "wrong-value", key: keyText(path), expected, found } as const;
    this.problem(path, { ...mistake, ...this.#choicesOf(expected) });
  }

  /** Reports a mistake at a key; at the nearest key above it, if there is no such key. */
  problem(path: KeyPath, mistake: Reported<Expectation, Own>): void {
    this.problems.push({ ...this.placeOf(path), mistake });
  }

  /** The place of a key; of the nearest key above it, if there is no such key. */
  placeOf(path: KeyPath): Place & { readonly line: number } {
    return { file: this.#file, line: this.#lineOf()(path) };
  }

  #choicesOf(expected: Expectation): { readonly choices?: readonly string[] } {
    return present({ choices: this.#options.choicesOf?.(expected) });
  }
}

/** The value at a path below `value`; `undefined` if there is none. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (table, key) =>
      typeof table === "object" && table !== null && Object.hasOwn(table, key)
        ? (table as Readonly<Record<string | number, unknown>>)[key]
        : undefined,
    value,
  );
}

/** The key as in TOML, with an index for array elements: `pair.web.names[0]`. */
export function keyText(path: KeyPath): string {
  return path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return `.${/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key)}`;
  }).join("").slice(1);
}

/** A value as JSON, truncated. */
export function shortJson(value: unknown): string {
  // A table of thousands of dotted keys is nested too deep for JSON.stringify.
  const written = typeof value === "bigint"
    ? String(value)
    : attempt(() => JSON.stringify(value)) ?? String(value);
  return written.length <= 60 ? written : `${written.slice(0, 57)}...`;
}
