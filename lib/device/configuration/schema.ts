/** The shape of a configuration file: every key, what it has to be, and what it is if it is left out. */
import * as v from "valibot";
import { attempt, day } from "../../system/mod.ts";
import {
  encodeAlternativeNames,
  encodeDistinguishedName,
  kindsFor,
  parsePurpose,
} from "../../x509/mod.ts";
import { readDuration, readValidity } from "../duration.ts";
import { type IssuerKeys, issuerKinds, type IssuerTable, type IssuerWords } from "../issuer/mod.ts";
import type { RenewBefore } from "./configuration.ts";
import type { Expectation } from "./errors.ts";
import type { KeyPath } from "./locate.ts";
import { nearest } from "./nearest.ts";

// Every message of the schema is an Expectation. Keys that are not known are let through: see unknownKeys().

/** A string that `read` can make sense of: it returns `undefined`, or throws, if it cannot. */
function text<T>(expected: Expectation, read: (written: string) => T | undefined) {
  return v.pipe(
    v.string(expected),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const value = attempt(() => read(dataset.value));
      if (value === undefined) addIssue({ message: expected });
      return value ?? NEVER;
    }),
  );
}

/** A string that `accept` lets through. */
const string = (expected: Expectation, accept: (written: string) => boolean) =>
  text(expected, (written) => accept(written) ? written : undefined);

/** Absolute: a command that cron starts has a working directory that nobody thinks of. */
const path = string("absolute-path", isAbsolutePath);

function isAbsolutePath(written: string): boolean {
  // deno-lint-ignore no-control-regex
  return written.length < 4096 && /^\/(?:[^\0-\x1f\x7f]*[^/\0-\x1f\x7f])?$/.test(written);
}

/** Long enough to be meant, short enough that the next run of an hourly timer finds an end to it. */
const timeLimit = text("time-limit", (written) => {
  const milliseconds = readDuration(written);
  return milliseconds !== undefined && milliseconds >= 100 && milliseconds <= day
    ? milliseconds
    : undefined;
});

const validity = text("validity", readValidity);

const renewBefore = text("renew-before", (written): RenewBefore | undefined => {
  const percent = /^([1-9]\d?)%$/.exec(written)?.[1];
  if (percent !== undefined) return { kind: "share", share: Number(percent) / 100 };
  const milliseconds = readDuration(written);
  return milliseconds === undefined || milliseconds === 0
    ? undefined
    : { kind: "time", milliseconds };
});

/** Milliseconds. */
const keepPrevious = v.union([
  v.pipe(v.boolean(), v.transform((isKept) => isKept ? Infinity : 0)),
  text("boolean-or-duration", readDuration),
], "boolean-or-duration" satisfies Expectation);

/** What no program can be given: execve(2) ends an argument at a NUL. */
const argument = string("command", (written) => !written.includes("\0"));

/**
 * A program by its absolute path, or by a name to be found in PATH: nothing that depends on the working
 * directory.
 */
const program = string(
  "command",
  (written) => /^[^/\0]+$/.test(written) || isAbsolutePath(written),
);

const command = v.tupleWithRest([program], argument, "command" satisfies Expectation);

const subject = string("distinguished-name", (written) => {
  encodeDistinguishedName(written);
  return true;
});

const name = string("alternative-names", (written) => {
  encodeAlternativeNames(escapeAlternativeName(written));
  return true;
});

/** One name as {@linkcode encodeAlternativeNames} takes several: commas separate, unless they are escaped. */
function escapeAlternativeName(written: string): string {
  return written.replaceAll(/[\\,]/g, "\\$&");
}

const purposes = v.pipe(
  v.array(text("purposes", parsePurpose), "purposes" satisfies Expectation),
  v.minLength(1, "purposes" satisfies Expectation),
);

/** systemd.unit(5), as far as services are concerned. */
const unit = string(
  "unit-names",
  (written) => written.length < 256 && /^[A-Za-z0-9:_.\\@-]+\.service$/.test(written),
);

/** `tls://host:port`: where a probe connects to. */
interface ProbeTarget {
  /** A DNS name or an IP address, the latter without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads `tls://host:port` or `tls://[::1]:port`; `undefined` for anything else. */
function readProbeUrl(written: string): ProbeTarget | undefined {
  const match = /^tls:\/\/(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})\/?$/.exec(written);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65535) return undefined;
  return { host, port };
}

/** Whether a name can be asked for in a handshake: a DNS name, not an IP address (RFC 6066 section 3). */
export function isServerName(written: string): boolean {
  const isAddress = /^[\d.]+$/.test(written) || written.includes(":");
  return !isAddress && written.length <= 253 &&
    written.split(".").every((label) => /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/.test(label));
}

/** The table of an issuer: `kind`, the keys of that kind, and what they mean. */
function issuerTable<Keys extends v.ObjectEntries, Configuration>(
  { kind, keys, read }: {
    readonly kind: string;
    readonly keys: Keys;
    readonly read: (table: v.InferOutput<v.ObjectSchema<Keys, undefined>>) => Configuration;
  },
): IssuerTable<Configuration> {
  const all: IssuerKeys = { kind: v.literal(kind), ...keys };
  return v.pipe(
    v.object(all, "table" satisfies Expectation),
    v.transform((table) => read(table as v.InferOutput<v.ObjectSchema<Keys, undefined>>)),
  );
}

/** What the table of an issuer can be made of. */
const issuerWords: IssuerWords = {
  command,
  optional: v.optional,
  path,
  table: issuerTable,
  timeLimit,
  validity,
};

const issuer = v.variant(
  "kind",
  Object.values(issuerKinds).map(({ table }) => table(issuerWords)),
  "issuer-kind" satisfies Expectation,
);

/** A table `[pair.NAME]`. */
export const pairTable = v.object({
  dir: v.exactOptional(path),
  certificate: v.exactOptional(path),
  key: v.exactOptional(path),
  combined: v.exactOptional(path),
  trust: v.exactOptional(path),
  subject: v.exactOptional(subject),
  names: v.exactOptional(v.array(name, "alternative-names" satisfies Expectation)),
  allow_ca: v.optional(v.boolean("boolean" satisfies Expectation), false),
  purposes: v.exactOptional(purposes),
  key_algorithm: v.optional(
    v.picklist(kindsFor("device"), "key-algorithm" satisfies Expectation),
    "ecdsa-p256",
  ),
  keep_key: v.optional(v.boolean("boolean" satisfies Expectation), false),
  renew_before: v.optional(renewBefore, "33%"),
  keep_previous: v.optional(keepPrevious, false),
  requires_mount: v.optional(v.array(path, "absolute-paths" satisfies Expectation), []),
  services: v.optional(v.array(unit, "unit-names" satisfies Expectation), []),
  issuer: v.exactOptional(issuer),
  hook: v.exactOptional(v.object({
    command,
    time_limit: v.optional(timeLimit, "60s"),
  }, "table" satisfies Expectation)),
  probe: v.exactOptional(v.object({
    url: text("probe-url", readProbeUrl),
    server_name: v.exactOptional(string("server-name", isServerName)),
    deadline: v.optional(timeLimit, "30s"),
  }, "table" satisfies Expectation)),
}, "table" satisfies Expectation);

/** What {@linkcode pairTable} makes of a table. */
export type PairTable = v.InferOutput<typeof pairTable>;

/** A file. Each of its pairs is looked at by itself. */
export const fileTable = v.object({
  metrics: v.exactOptional(path),
  pair: v.exactOptional(v.unknown()),
});

/** As much of a valibot schema as tells which keys a table may have, and what each has to be. */
export interface KnownKeys {
  readonly type: string;
  /** Of an object. */
  readonly entries?: Readonly<Record<string, KnownKeys>>;
  /** Of what may be left out. */
  readonly wrapped?: KnownKeys;
  /** Of a variant: objects told apart by `kind`. */
  readonly options?: readonly unknown[];
  /** An {@linkcode Expectation}. */
  readonly message?: unknown;
}

/** A key that nothing reads, which is nearly always a typing error. */
interface UnknownKey {
  readonly path: KeyPath;
  readonly suggestion: string | undefined;
}

/** Finds every key of `table`, however deep, that the schema does not know. */
export function unknownKeys(schema: KnownKeys, table: unknown, path: KeyPath = []): UnknownKey[] {
  const entries = entriesFor(schema, table);
  if (entries === undefined || !isTable(table)) return [];
  return Object.entries(table).flatMap(([key, value]) => {
    const entry = Object.hasOwn(entries, key) ? entries[key] : undefined;
    return entry === undefined
      ? [{ path: [...path, key], suggestion: nearest(key, Object.keys(entries)) }]
      : unknownKeys(entry, value, [...path, key]);
  });
}

/** What a key of `table` that is missing would have to be; `undefined` if the schema does not say. */
export function expectationOf(
  schema: KnownKeys,
  table: unknown,
  [key, ...below]: KeyPath,
): Expectation | undefined {
  if (key === undefined) return (schema.wrapped ?? schema).message as Expectation | undefined;
  const entry = entriesFor(schema, table)?.[key];
  return entry && expectationOf(entry, isTable(table) ? table[key] : undefined, below);
}

/** The keys that a table may have. Without a kind that is known nothing can be said of those of a variant. */
function entriesFor(schema: KnownKeys, table: unknown): KnownKeys["entries"] {
  if (schema.wrapped !== undefined) return entriesFor(schema.wrapped, table);
  if (schema.type !== "variant" || !isTable(table)) return schema.entries;
  return (schema.options as readonly KnownKeys[]).find(({ entries }) =>
    (entries?.["kind"] as { readonly literal?: unknown } | undefined)?.literal === table["kind"]
  )?.entries;
}

/** Whether a TOML value is a table: neither an array nor a time. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}
