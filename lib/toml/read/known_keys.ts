/** Which keys a table may have, as the schema says it. */
import { nearest } from "../nearest.ts";
import type { TopLevelForm } from "../problems.ts";
import type { KeyPath } from "./locate.ts";

/** As much of a valibot schema as tells which keys a table may have, and what each has to be. */
export interface KnownKeys {
  readonly type: string;
  /** Of an object. */
  readonly entries?: Readonly<Record<string, KnownKeys>>;
  /** Of what may be left out. */
  readonly wrapped?: KnownKeys;
  /** Of objects that are told apart by `kind`: all of them. */
  readonly options?: readonly unknown[];
  /** Of a list. */
  readonly item?: KnownKeys;
  /** Of what depends on the value. */
  readonly getter?: unknown;
  /** The expectation. */
  readonly message?: unknown;
}

/** A key that nothing reads, which is nearly always a typing error. */
export interface UnknownKey {
  readonly path: KeyPath;
  /** The key of this table that may have been meant. */
  readonly suggestion: string | undefined;
  /** The kinds of such a table that have the key, or the suggested one, if this has not. */
  readonly kinds?: readonly string[];
}

/** Where the table is, and which other words for keys there are. */
interface Context {
  readonly path: KeyPath;
  /** The first that a table has is meant. */
  readonly otherWords: Readonly<Record<string, readonly string[]>>;
}

/** Finds every key of `value`, however deep, that the schema does not know. */
export function unknownKeys(
  schema: KnownKeys,
  value: unknown,
  context: Context,
): UnknownKey[] {
  const { path, otherWords } = context;
  const at = (key: string | number): Context => ({ ...context, path: [...path, key] });
  const { item, entries: own } = schemaFor(schema, value);
  if (item !== undefined && Array.isArray(value)) {
    return value.flatMap((one, index) => unknownKeys(item, one, at(index)));
  }
  const kinds = kindsOf(schema, value);
  const entries = own ?? anyOf(kinds);
  if (entries === undefined || !isTable(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const entry = Object.hasOwn(entries, key) ? entries[key] : undefined;
    if (entry !== undefined) return unknownKeys(entry, below, at(key));
    const meant = meantBy(key, { entries, kinds, otherWords });
    // Of a kind that there is not, any other key may be right.
    return own === undefined && meant.suggestion === undefined
      ? []
      : [{ path: [...path, key], ...meant }];
  });
}

/** How the schema of a file has a key at its top level; `undefined`: it does not, or the key needs a name. */
export function topLevelForm({ entries = {} }: KnownKeys, key: string): TopLevelForm | undefined {
  const entry = Object.hasOwn(entries, key) ? entries[key] : undefined;
  const schema = entry?.wrapped ?? entry;
  // The tables below [pair] and [profile] have names, and are checked separately.
  if (schema === undefined || schema.type === "unknown") return undefined;
  if (schema.item !== undefined) return "tables";
  return schema.entries === undefined ? "value" : "table";
}

/** What a key may have been meant as: one of this table, or else one that another kind of it has. */
function meantBy(
  key: string,
  { entries, kinds, otherWords }: {
    readonly entries: Entries;
    readonly kinds: readonly Kind[];
    readonly otherWords: Context["otherWords"];
  },
): Omit<UnknownKey, "path"> {
  const wordFor = (known: readonly string[]): string | undefined => {
    const name = key.toLowerCase();
    const others = Object.hasOwn(otherWords, name) ? otherWords[name] ?? [] : [];
    return nearest(key, known) ?? others.find((word) => known.includes(word));
  };
  const kindsWith = (name: string): readonly string[] =>
    kinds.filter(({ entries }) => Object.hasOwn(entries, name)).map(({ kind }) => kind);
  if (kindsWith(key).length > 0) return { suggestion: undefined, kinds: kindsWith(key) };
  const own = wordFor(Object.keys(entries));
  if (own !== undefined) return { suggestion: own };
  const other = wordFor(Object.keys(anyOf(kinds) ?? {}));
  return other === undefined
    ? { suggestion: undefined }
    : { suggestion: other, kinds: kindsWith(other) };
}

type Entries = Readonly<Record<string, KnownKeys>>;

/** One of several kinds of a table. */
interface Kind {
  readonly kind: string;
  readonly entries: Entries;
}

/** The kinds that a table may be of; none if there is only one. */
function kindsOf(schema: KnownKeys, value: unknown): readonly Kind[] {
  if (schema.options !== undefined) {
    return (schema.options as readonly KnownKeys[]).flatMap(({ entries }) =>
      entries === undefined ? [] : [{ kind: literalOf(entries["kind"]), entries }]
    );
  }
  if (schema.wrapped !== undefined) return kindsOf(schema.wrapped, value);
  return schema.getter === undefined ? [] : kindsOf(chosenBy(schema, value), value);
}

function anyOf(kinds: readonly Kind[]): Entries | undefined {
  return kinds.length === 0 ? undefined : Object.assign({}, ...kinds.map(({ entries }) => entries));
}

/** The word that `kind` has to be. */
function literalOf(schema: KnownKeys | undefined): string {
  const { literal } = (schema?.wrapped ?? schema ?? {}) as { readonly literal?: unknown };
  return String(literal);
}

/** What a key below `value` that is missing would have to be; `undefined` if the schema does not say. */
export function expectationOf(
  schema: KnownKeys,
  value: unknown,
  [key, ...below]: KeyPath,
): string | undefined {
  const found = schemaFor(schema, value);
  if (key === undefined) return found.message as string | undefined;
  if (typeof key === "number") {
    return found.item &&
      expectationOf(found.item, Array.isArray(value) ? value[key] : undefined, below);
  }
  const entry = found.entries?.[key];
  return entry && expectationOf(entry, isTable(value) ? value[key] : undefined, below);
}

/**
 * The schema that a value is held against. Without a kind that is known nothing can be said of what the keys
 * of a variant have to be.
 */
function schemaFor(schema: KnownKeys, value: unknown): KnownKeys {
  if (schema.wrapped !== undefined) return schemaFor(schema.wrapped, value);
  if (schema.getter !== undefined) return schemaFor(chosenBy(schema, value), value);
  if (schema.type === "loose_object") return { type: schema.type, message: schema.message };
  if (schema.type !== "variant" || !isTable(value)) return schema;
  const option = (schema.options as readonly KnownKeys[]).find(({ entries }) =>
    literalOf(entries?.["kind"]) === value["kind"]
  );
  return option ?? { type: schema.type, message: schema.message };
}

function chosenBy({ getter }: KnownKeys, value: unknown): KnownKeys {
  return (getter as (value: unknown) => KnownKeys)(value);
}

/** Whether a TOML value is a table: neither an array nor a time. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}
