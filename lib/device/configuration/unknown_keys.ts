import type { KeyPath } from "./locate.ts";
import { nearest } from "./nearest.ts";

/** As much of a valibot schema as tells which keys a table may have. */
export interface KnownKeys {
  readonly type: string;
  /** Of an object. */
  readonly entries?: Readonly<Record<string, KnownKeys>>;
  /** Of what may be left out. */
  readonly wrapped?: KnownKeys;
  /** Of a variant: objects told apart by `kind`. */
  readonly options?: readonly unknown[];
}

/** A key that nothing reads, which is nearly always a typing error. */
export interface UnknownKey {
  readonly path: KeyPath;
  readonly suggestion: string | undefined;
}

/** Finds every key of `table`, however deep, that the schema does not know. */
export function unknownKeys(schema: KnownKeys, table: unknown, path: KeyPath = []): UnknownKey[] {
  if (schema.wrapped !== undefined) return unknownKeys(schema.wrapped, table, path);
  if (!isTable(table)) return [];
  const { entries } = schema.type === "variant" ? variantOf(schema, table) : schema;
  if (entries === undefined) return [];
  return Object.entries(table).flatMap(([key, value]) => {
    const entry = Object.hasOwn(entries, key) ? entries[key] : undefined;
    return entry === undefined
      ? [{ path: [...path, key], suggestion: nearest(key, Object.keys(entries)) }]
      : unknownKeys(entry, value, [...path, key]);
  });
}

/** The variant of that kind. Without a kind that is known nothing can be said of the other keys. */
function variantOf({ options = [] }: KnownKeys, table: Readonly<Record<string, unknown>>) {
  return (options as readonly KnownKeys[]).find(({ entries }) =>
    (entries?.["kind"] as { readonly literal?: unknown } | undefined)?.literal === table["kind"]
  ) ?? { entries: undefined };
}

/** Whether a TOML value is a table: neither an array nor a time. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}
