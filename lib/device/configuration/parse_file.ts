/** Parses one configuration file, and finds all mistakes in it. */
import { isTable, type KeyPath, keyText, TomlReading, valueAt } from "../../toml/read/mod.ts";
import type { Place, Problem, TomlMistake } from "../../toml/mod.ts";
import { issuerKinds } from "../issuer/mod.ts";
import type { HookConfiguration } from "../service/mod.ts";
import type { ConfigurationProblem, Expectation, OwnMistake } from "./errors.ts";
import { checkCombination, interpretPair, layoutNames, type ParsedPair } from "./pair_table/mod.ts";
import { fileTable, pairTable } from "./schema.ts";
import { hookTable, isConfiguredName } from "./values/mod.ts";

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
  const reading: Reading | Problem<TomlMistake<never>> = TomlReading.of(file, content, {
    choicesOf,
    insteadOfUnknown: (path) => serverAndCommand((reading as Reading).table, path),
    otherWords,
  });
  return reading instanceof TomlReading
    ? new FileReading(reading).result()
    : { metrics: undefined, pairs: [], hooks: [], problems: [reading] };
}

type Reading = TomlReading<Expectation, OwnMistake>;

/** Other words for a key. The first that a table has is meant. */
const otherWords: Readonly<Record<string, readonly string[]>> = {
  address: ["url"],
  certificate: ["cert"],
  cert: ["certificate"],
  deadline: ["time_limit"],
  host: ["url"],
  port: ["url"],
  "time_limit": ["deadline"],
  timeout: ["time_limit", "deadline"],
};

class FileReading {
  readonly #reading: Reading;
  readonly #table: Readonly<Record<string, unknown>>;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.#table = reading.table;
  }

  result(): ParsedFile {
    const metrics = this.#reading.check(fileTable, this.#table, [])?.metrics;
    return {
      metrics: metrics === undefined ? undefined : this.#written(metrics, ["metrics"]),
      pairs: this.#namesBelow("pair").map((name) =>
        this.#written({ name, configuration: this.#pair(name) }, ["pair", name])
      ),
      hooks: this.#namesBelow("hook").map((name) =>
        this.#written({ name, hook: this.#hook(name) }, ["hook", name])
      ),
      problems: this.#reading.problems,
    };
  }

  #namesBelow(key: "pair" | "hook"): readonly string[] {
    const tables = this.#table[key] ?? {};
    if (isTable(tables)) return Object.keys(tables);
    this.#reading.wrongValue([key], "table", tables);
    return [];
  }

  #hook(name: string): HookConfiguration | undefined {
    const path = ["hook", name];
    if (!isConfiguredName(name)) this.#reading.wrongValue(path, "pair-name", name);
    const hook = this.#reading.check(hookTable, valueAt(this.#table, path), path);
    return hook && { ...hook, name };
  }

  #pair(name: string): ParsedPair | undefined {
    const path = ["pair", name];
    const before = this.#reading.problems.length;
    const table = valueAt(this.#table, path);
    if (!isConfiguredName(name)) this.#reading.wrongValue(path, "pair-name", name);
    const read = this.#reading.check(pairTable, table, path);
    if (isTable(table)) {
      checkCombination(table, {
        missing: (below, expected) => this.#reading.missing([...path, ...below], expected),
        wrongValue: (below, ...rest) => this.#reading.wrongValue([...path, ...below], ...rest),
        problem: (below, mistake) => {
          const key = [...path, ...below];
          this.#reading.problem(key, mistake(keyText(key)));
        },
      });
    }
    return read === undefined || this.#reading.problems.length > before
      ? undefined
      : interpretPair(name, read);
  }

  #written<T>(value: T, path: KeyPath): Written<T> {
    const keyPath = (below: KeyPath): KeyPath => [
      ...path,
      ...writtenKey(valueAt(this.#table, path), below),
    ];
    return {
      value,
      place: (...below) => this.#reading.placeOf(keyPath(below)),
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
function serverAndCommand(file: unknown, path: KeyPath): OwnMistake | undefined {
  const parent = path.slice(0, -1);
  const table = valueAt(file, parent);
  const key = path.at(-1);
  const isProbe = parent[0] === "pair" && parent[2] === "probe";
  if (!isProbe || !isTable(table) || !Object.hasOwn(table, "command")) return undefined;
  const server = ["url", "host"].find((name) => Object.hasOwn(table, name));
  if (server === undefined || key !== server && key !== "command") return undefined;
  return { kind: "server-and-command", key: keyText(parent), keys: [server, "command"] };
}

/** Only the registries know the kinds of issuers, and the layouts. */
function choicesOf(expected: Expectation): readonly string[] | undefined {
  switch (expected) {
    case "issuer-kind":
      return Object.keys(issuerKinds);
    case "layout":
      return layoutNames;
    default:
      return undefined;
  }
}
