/** Parses one configuration file, and finds all mistakes in it. */
import { parse, TomlError } from "smol-toml";
import { type GenericSchema, safeParse } from "valibot";
import { attempt, present } from "../../system/mod.ts";
import { issuerKinds } from "../issuer/mod.ts";
import type { HookConfiguration } from "../service/mod.ts";
import type { ConfigurationProblem, Expectation, Mistake, Place } from "./errors.ts";
import { type KeyPath, type LineOf, locateKeys } from "./locate.ts";
import { checkCombination, interpretPair, layoutNames, type ParsedPair } from "./pair_table/mod.ts";
import { fileTable, pairTable } from "./schema.ts";
import {
  expectationOf,
  hookTable,
  isConfiguredName,
  isTable,
  type KnownKeys,
  unknownKeys,
} from "./values/mod.ts";

/** A value and its place. */
export interface Written<T> {
  readonly value: T;
  /** The place of a key below it; its own if there is no such key. */
  readonly place: (...below: KeyPath) => Place;
  /** The same key in words: `pair.web.hook`. */
  readonly key: (...below: KeyPath) => string;
}

/** The content of one file. */
export interface ParsedFile {
  readonly metrics: Written<string> | undefined;
  /** Every pair that it names; `configuration` is `undefined` for one with a mistake. */
  readonly pairs: readonly Written<{
    readonly name: string;
    readonly configuration: ParsedPair | undefined;
  }>[];
  /** Every hook that it has for pairs to share, likewise. */
  readonly hooks: readonly Written<{
    readonly name: string;
    readonly hook: HookConfiguration | undefined;
  }>[];
  readonly problems: readonly ConfigurationProblem[];
}

/** Reads a file. Finds all mistakes in one pass, unless it is not TOML. */
export function parseFile(file: string, content: Uint8Array): ParsedFile {
  const failed = (mistake: Mistake, line?: number): ParsedFile => ({
    metrics: undefined,
    pairs: [],
    hooks: [],
    problems: [{ file, line, mistake }],
  });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return failed({ kind: "not-utf8" });
  }
  try {
    return new FileReading(file, text, parse(text)).result();
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // "Invalid TOML document: what is wrong", then a picture of the place.
    const [first = ""] = error.message.split("\n");
    return failed({ kind: "not-toml", explanation: first.replace(/^[^:]*: /, "") }, error.line);
  }
}

class FileReading {
  readonly #file: string;
  readonly #lineOf: () => LineOf;
  readonly #table: Readonly<Record<string, unknown>>;
  readonly #problems: ConfigurationProblem[] = [];

  constructor(file: string, text: string, table: Readonly<Record<string, unknown>>) {
    this.#file = file;
    this.#table = table;
    let lines: LineOf | undefined;
    this.#lineOf = () => lines ??= locateKeys(text);
  }

  result(): ParsedFile {
    const metrics = this.#check(fileTable, this.#table, [])?.metrics;
    return {
      metrics: metrics === undefined ? undefined : this.#written(metrics, ["metrics"]),
      pairs: this.#namesBelow("pair").map((name) =>
        this.#written({ name, configuration: this.#pair(name) }, ["pair", name])
      ),
      hooks: this.#namesBelow("hook").map((name) =>
        this.#written({ name, hook: this.#hook(name) }, ["hook", name])
      ),
      problems: this.#problems,
    };
  }

  #namesBelow(key: "pair" | "hook"): readonly string[] {
    const tables = this.#table[key] ?? {};
    if (isTable(tables)) return Object.keys(tables);
    this.#wrongValue([key], "table", tables);
    return [];
  }

  #hook(name: string): HookConfiguration | undefined {
    const path = ["hook", name];
    if (!isConfiguredName(name)) this.#wrongValue(path, "pair-name", name);
    const hook = this.#check(hookTable, valueAt(this.#table, path), path);
    return hook && { ...hook, name };
  }

  #pair(name: string): ParsedPair | undefined {
    const path = ["pair", name];
    const before = this.#problems.length;
    const table = valueAt(this.#table, path);
    if (!isConfiguredName(name)) this.#wrongValue(path, "pair-name", name);
    const read = this.#check(pairTable, table, path);
    if (isTable(table)) {
      checkCombination(table, {
        missing: (below, expected) => this.#missing([...path, ...below], expected),
        wrongValue: (below, ...rest) => this.#wrongValue([...path, ...below], ...rest),
        problem: (below, mistake) => {
          const key = [...path, ...below];
          this.#problem(key, mistake(keyText(key)));
        },
      });
    }
    return read === undefined || this.#problems.length > before
      ? undefined
      : interpretPair(name, read);
  }

  #check<T>(
    schema: GenericSchema<unknown, T> & KnownKeys,
    table: unknown,
    path: KeyPath,
  ): T | undefined {
    for (const unknown of unknownKeys(schema, table, path)) {
      const { suggestion, kinds } = unknown;
      const parent = unknown.path.slice(0, -1);
      this.#problem(
        unknown.path,
        serverAndCommand(parent, valueAt(this.#table, parent), unknown.path.at(-1)) ?? {
          kind: "unknown-key",
          key: keyText(unknown.path),
          suggestion: suggestion && keyText([...parent, suggestion]),
          ...present({ kinds }),
        },
      );
    }
    const result = safeParse(schema, table);
    for (const issue of result.issues ?? []) {
      const below = (issue.path ?? []).map(({ key }) => key as string | number);
      const expected = issue.message as Expectation;
      const value = valueAt(table, below);
      if (value !== undefined) this.#wrongValue([...path, ...below], expected, value);
      else this.#missing([...path, ...below], expectationOf(schema, table, below) ?? expected);
    }
    return result.success ? result.output : undefined;
  }

  #missing(path: KeyPath, expected: Expectation): void {
    const mistake = { kind: "missing-key", key: keyText(path), expected } as const;
    this.#problem(path, { ...mistake, ...choicesOf(expected) });
  }

  #wrongValue(path: KeyPath, expected: Expectation, value: unknown): void {
    const found = shortJson(value);
    const mistake = { kind: "wrong-value", key: keyText(path), expected, found } as const;
    this.#problem(path, { ...mistake, ...choicesOf(expected) });
  }

  #problem(path: KeyPath, mistake: Mistake): void {
    this.#problems.push({ file: this.#file, line: this.#lineOf()(path), mistake });
  }

  #written<T>(value: T, path: KeyPath): Written<T> {
    const keyPath = (below: KeyPath): KeyPath => [
      ...path,
      ...writtenKey(valueAt(this.#table, path), below),
    ];
    return {
      value,
      place: (...below) => ({ file: this.#file, line: this.#lineOf()(keyPath(below)) }),
      key: (...below) => keyText(keyPath(below)),
    };
  }
}

/** The key that says what a setting is: one that is not written out comes from `dir` or the layout. */
function writtenKey(table: unknown, below: KeyPath): KeyPath {
  const isWritten = (...path: KeyPath): boolean => valueAt(table, path) !== undefined;
  const [first, index, ...rest] = below;
  switch (first) {
    case "certificate":
    case "key":
      return isWritten(first) ? below : [isWritten("dir") ? "dir" : "combined"];
    case "owner":
    case "group":
      return isWritten(first) ? below : ["layout"];
    case "output":
      if (typeof index !== "number" || isWritten(first, index)) return below;
      // A single table, which is not in a list.
      if (index === 0 && isTable(valueAt(table, [first]))) return [first, ...rest];
      return [rest[0] === "password_file" && isWritten("password_file") ? "password_file" : "dir"];
    default:
      return below;
  }
}

/** A probe with both a server and a program: only one of the two is allowed. */
function serverAndCommand(
  path: KeyPath,
  table: unknown,
  key: string | number | undefined,
): Mistake | undefined {
  const isProbe = path[0] === "pair" && path[2] === "probe";
  if (!isProbe || !isTable(table) || !Object.hasOwn(table, "command")) return undefined;
  const server = ["url", "host"].find((name) => Object.hasOwn(table, name));
  if (server === undefined || key !== server && key !== "command") return undefined;
  return { kind: "server-and-command", key: keyText(path), keys: [server, "command"] };
}

/** Only the registries know the kinds of issuers, and the layouts. */
function choicesOf(expected: Expectation): { readonly choices?: readonly string[] } {
  switch (expected) {
    case "issuer-kind":
      return { choices: Object.keys(issuerKinds) };
    case "layout":
      return { choices: layoutNames };
    default:
      return {};
  }
}

function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (table, key) =>
      typeof table === "object" && table !== null && Object.hasOwn(table, key)
        ? (table as Readonly<Record<string | number, unknown>>)[key]
        : undefined,
    value,
  );
}

/** The key as in TOML, with an index for array elements: `pair.web.names[0]`. */
function keyText(path: KeyPath): string {
  return path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return `.${/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key)}`;
  }).join("").slice(1);
}

function shortJson(value: unknown): string {
  // A table of thousands of dotted keys is nested too deep for JSON.stringify.
  const written = typeof value === "bigint"
    ? String(value)
    : attempt(() => JSON.stringify(value)) ?? String(value);
  return written.length <= 60 ? written : `${written.slice(0, 57)}...`;
}
