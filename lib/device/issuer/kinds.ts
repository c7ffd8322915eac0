/** Every kind of issuer, one record each. To add one: a record here, its own file, its line in `open.ts`. */
import type {
  GenericSchema,
  InferOutput,
  ObjectEntries,
  ObjectSchema,
  optional,
  SchemaWithPipe,
  TransformAction,
} from "valibot";
import { join } from "../../system/mod.ts";
import type { isKindFor } from "../../x509/mod.ts";
import { formatDuration } from "../duration.ts";
import type { CommandIssuer } from "./command.ts";
import type { LocalIssuer } from "./local.ts";

/**
 * All that certswap knows of one kind of issuer.
 *
 * Reading a configuration loads the records of all kinds, and so does every rotation. So they import nothing
 * that is large, not even when they are called: what asks the issuer is loaded by `openIssuer`.
 */
interface IssuerKind<Configuration> {
  /** Its table `[pair.NAME.issuer]`: keys, defaults, and what they mean. */
  readonly table: (words: IssuerWords) => IssuerTable<Configuration>;
  /** The trust anchors of a pair that names none, absolute. Without this a pair has to name them. */
  readonly defaultTrust?: (configuration: Configuration) => string;
  /** The files of a CA that is on this device, absolute: monitoring tells when they expire. */
  readonly authorityFiles?: (configuration: Configuration) => AuthorityFiles;
  /** The use of the keys that it certifies, if not all of them, and what to say of any other. */
  readonly keyAlgorithms?: {
    readonly only: Parameters<typeof isKindFor>[0];
    readonly expected: "local-key-algorithm";
  };
  /** What has to be there for it to be asked: `config check` looks. */
  readonly requirements: (configuration: Configuration) => readonly IssuerRequirement[];
  /** The directories that it writes to, absolute: systemd has to let it. */
  readonly writes: (configuration: Configuration) => readonly string[];
  /** How many milliseconds it may take to answer; 0 if that is not worth counting. */
  readonly timeLimit: (configuration: Configuration) => number;
  /** Whether it dates certificates by this device's clock, and so is no help against a wrong one. */
  readonly sharesClock: boolean;
  /** Who renews: `by ..., when 33% is left`. May hold text of the configuration, unescaped. */
  readonly describe: (configuration: Configuration) => string;
  /** What `config check --json` prints. */
  readonly toJson: (configuration: Configuration) => Record<string, string | readonly string[]>;
}

/** A schema for the table of one kind, which says what the table means. */
export type IssuerTable<Configuration> = SchemaWithPipe<
  readonly [ObjectSchema<IssuerKeys, string>, TransformAction<IssuerTableInput, Configuration>]
>;

/** The keys of such a table, each with its schema. */
export type IssuerKeys = ObjectEntries & { readonly kind: GenericSchema };
type IssuerTableInput = InferOutput<ObjectSchema<IssuerKeys, string>>;

/** What such a table can be made of: the schema of the configuration has it. */
export interface IssuerWords {
  readonly path: GenericSchema<string, string>;
  readonly command: GenericSchema<unknown, [string, ...string[]]>;
  /** Milliseconds. */
  readonly timeLimit: GenericSchema<string, number>;
  /** Of a certificate. Milliseconds. */
  readonly validity: GenericSchema<string, number>;
  readonly optional: typeof optional;
  readonly table: <Keys extends ObjectEntries, Configuration>(table: {
    readonly kind: string;
    readonly keys: Keys;
    readonly read: (table: InferOutput<ObjectSchema<Keys, undefined>>) => Configuration;
  }) => IssuerTable<Configuration>;
}

/** Something that has to be there. */
export interface IssuerRequirement {
  /** The key of the issuer's table that names it. */
  readonly key: string;
  readonly is: "anchor-file" | "program";
  readonly path: string;
}

/** What a CA publishes of itself, as files. */
export interface AuthorityFiles {
  /** PEM, its certificate. */
  readonly certificate: string;
  /** PEM, the CRL that it published last. It may be missing: not every CA has one. */
  readonly crl: string;
}

/** A data directory of certswap's own CA, on this device. */
const local: IssuerKind<LocalIssuer> = {
  table: ({ table, path, validity, optional }) =>
    table({
      kind: "local",
      keys: { data_dir: path, validity: optional(validity, "365d") },
      read: ({ data_dir, validity }): LocalIssuer => ({
        kind: "local",
        dataDirectory: data_dir,
        validity,
      }),
    }),
  defaultTrust: certificateOfAuthority,
  authorityFiles: (issuer) => ({
    certificate: certificateOfAuthority(issuer),
    crl: join(issuer.dataDirectory, "ca.crl"),
  }),
  keyAlgorithms: { only: "ca", expected: "local-key-algorithm" },
  // A CA that has been initialised: its certificate is made last.
  requirements: (issuer) => [
    { key: "data_dir", is: "anchor-file", path: certificateOfAuthority(issuer) },
  ],
  writes: ({ dataDirectory }) => [dataDirectory],
  timeLimit: () => 0,
  sharesClock: true,
  describe: ({ dataDirectory }) => `the CA in ${dataDirectory}`,
  toJson: ({ kind, dataDirectory, validity }) => ({
    kind,
    dataDirectory,
    validity: formatDuration(validity),
  }),
};

function certificateOfAuthority({ dataDirectory }: LocalIssuer): string {
  return join(dataDirectory, "ca.crt");
}

/** A program of the operator's. */
const command: IssuerKind<CommandIssuer> = {
  table: ({ table, command, timeLimit, optional }) =>
    table({
      kind: "command",
      keys: { command, time_limit: optional(timeLimit, "60s") },
      read: ({ command, time_limit }): CommandIssuer => ({
        kind: "command",
        command,
        timeLimit: time_limit,
      }),
    }),
  requirements: ({ command: [path] }) => [{ key: "command", is: "program", path }],
  writes: () => [],
  timeLimit: ({ timeLimit }) => timeLimit,
  sharesClock: false,
  describe: ({ command: [program] }) => program,
  toJson: ({ kind, command, timeLimit }) => ({
    kind,
    command,
    timeLimit: formatDuration(timeLimit),
  }),
};

/** The registry: each kind by the name that the configuration has for it. */
export const issuerKinds = { local, command } as const;

type Kinds = typeof issuerKinds;

/** Where a signed certificate comes from, as it is configured. */
export type IssuerConfiguration = {
  [Name in keyof Kinds]: Kinds[Name] extends IssuerKind<infer Configuration> ? Configuration
    : never;
}[keyof Kinds];

/** What is known of the kind of a configured issuer. */
export function issuerKindOf<Configuration extends IssuerConfiguration>(
  { kind }: Configuration,
): IssuerKind<Configuration> {
  // The record under a name is for the configurations of that name, which the type system cannot follow.
  return issuerKinds[kind] as unknown as IssuerKind<Configuration>;
}

/** The kind that a configuration names, `undefined` if there is none of that name. */
export function issuerKindNamed(
  name: unknown,
): Pick<IssuerKind<never>, "defaultTrust" | "keyAlgorithms"> | undefined {
  return typeof name === "string" && Object.hasOwn(issuerKinds, name)
    ? issuerKinds[name as keyof Kinds]
    : undefined;
}
