/** The registry of issuer kinds. To add one: a record here, its own file, and a line in `open.ts`. */
import type {
  exactOptional,
  GenericSchema,
  InferOutput,
  ObjectEntries,
  ObjectSchema,
  optional,
  SchemaWithPipe,
  TransformAction,
} from "valibot";
import { directoryOf, formatDuration, join, present } from "../../system/mod.ts";
import type { CommandIssuer } from "./command.ts";
import { type EstIssuer, formatEstUrl } from "./est/mod.ts";
import type { LocalIssuer } from "./local.ts";

/**
 * Everything that certswap knows about one kind of issuer.
 *
 * Every rotation loads the records of all kinds with the configuration. So they import nothing large, not
 * even lazily: `openIssuer` loads the code that asks the issuer.
 */
interface IssuerKind<Configuration> {
  /** Its table `[pair.NAME.issuer]`: keys, defaults and their meaning. */
  readonly table: (words: IssuerWords) => IssuerTable<Configuration>;
  /** The default path of a pair's trust anchors, absolute. Without it, a pair must name them. */
  readonly defaultTrust?: (configuration: Configuration) => string;
  /** The absolute paths of files of a CA on this device: monitoring shows when they expire. */
  readonly authorityFiles?: (configuration: Configuration) => AuthorityFiles;
  /** The absolute path of a certificate that it presents for a pair without one: monitoring shows its end. */
  readonly bootstrapFile?: (configuration: Configuration) => string | undefined;
  /** The paths that must exist before it can be asked. Checked by `config check`. */
  readonly requirements: (configuration: Configuration) => readonly IssuerRequirement[];
  /** The directories that it writes to, absolute: systemd must allow it. */
  readonly writes: (configuration: Configuration) => readonly string[];
  /** How many milliseconds it may take to answer; 0 if that is negligible. */
  readonly timeLimit: (configuration: Configuration) => number;
  /** Whether it dates certificates by this device's clock, so that it cannot reveal a wrong clock. */
  readonly sharesClock: boolean;
  /** Who renews: `by ..., when 33% is left`. May hold text of the configuration, unescaped. */
  readonly describe: (configuration: Configuration) => string;
  /** The fields that `config check --json` prints. */
  readonly toJson: (configuration: Configuration) => Record<string, string | readonly string[]>;
}

/** The schema of one kind's table, with its meaning. */
export type IssuerTable<Configuration> = SchemaWithPipe<
  readonly [ObjectSchema<IssuerKeys, string>, TransformAction<IssuerTableInput, Configuration>]
>;

/** The keys of such a table, with their schemas. */
export type IssuerKeys = ObjectEntries & { readonly kind: GenericSchema };
type IssuerTableInput = InferOutput<ObjectSchema<IssuerKeys, string>>;

/** The building blocks of such a table, from the configuration's schema. */
export interface IssuerWords {
  readonly path: GenericSchema<string, string>;
  readonly command: GenericSchema<unknown, [string, ...string[]]>;
  /** Milliseconds. */
  readonly timeLimit: GenericSchema<string, number>;
  /** Of a certificate. Milliseconds. */
  readonly validity: GenericSchema<string, number>;
  readonly exactOptional: typeof exactOptional;
  readonly optional: typeof optional;
  /** A certificate and its key, `{ cert, key }`. */
  readonly pairFiles: GenericSchema<
    unknown,
    { readonly certificate: string; readonly key: string }
  >;
  readonly estServer: GenericSchema<string, EstIssuer["server"]>;
  readonly estLabel: GenericSchema<string, string>;
  /** 64 lowercase hexadecimal digits. */
  readonly fingerprint: GenericSchema<string, string>;
  readonly username: GenericSchema<string, string>;
  /** The name of a profile of the CA. */
  readonly profile: GenericSchema<string, string>;
  readonly table: <Keys extends ObjectEntries, Configuration>(table: {
    readonly kind: string;
    readonly keys: Keys;
    readonly read: (table: InferOutput<ObjectSchema<Keys, undefined>>) => Configuration;
  }) => IssuerTable<Configuration>;
}

/** A path that must exist. */
export interface IssuerRequirement {
  /** The key of the issuer's table that names it. */
  readonly key: string;
  readonly is: "anchor-file" | "program" | "passphrase-file" | "pair";
  readonly path: string;
  /** Of a pair: its key. */
  readonly keyPath?: string;
}

/** The files that a CA publishes. */
export interface AuthorityFiles {
  /** PEM, its certificate. */
  readonly certificate: string;
  /** PEM, its latest CRL. It may be missing: not every CA has one. */
  readonly crl: string;
}

/** A data directory of certswap's CA on this device. */
const local: IssuerKind<LocalIssuer> = {
  table: ({ table, path, validity, profile, exactOptional }) =>
    table({
      kind: "local",
      keys: {
        data_dir: path,
        passphrase_file: exactOptional(path),
        validity: exactOptional(validity),
        profile: exactOptional(profile),
      },
      read: ({ data_dir, passphrase_file, validity, profile }): LocalIssuer => ({
        kind: "local",
        dataDirectory: data_dir,
        ...present({ passphraseFile: passphrase_file }),
        validity,
        ...present({ profile }),
      }),
    }),
  defaultTrust: certificateOfAuthority,
  authorityFiles: (issuer) => ({
    certificate: certificateOfAuthority(issuer),
    crl: join(issuer.dataDirectory, "ca.crl"),
  }),
  // An initialised CA: its certificate is written last.
  requirements: (issuer) => [
    { key: "data_dir", is: "anchor-file", path: certificateOfAuthority(issuer) },
    ...(issuer.passphraseFile === undefined
      ? []
      : [{ key: "passphrase_file", is: "passphrase-file", path: issuer.passphraseFile } as const]),
  ],
  writes: ({ dataDirectory }) => [dataDirectory],
  timeLimit: () => 0,
  sharesClock: true,
  describe: ({ dataDirectory }) => `the CA in ${dataDirectory}`,
  toJson: ({ kind, dataDirectory, passphraseFile, validity, profile }) => ({
    kind,
    dataDirectory,
    ...present({
      passphraseFile,
      validity: validity === undefined ? undefined : formatDuration(validity),
      profile,
    }),
  }),
};

function certificateOfAuthority({ dataDirectory }: LocalIssuer): string {
  return join(dataDirectory, "ca.crt");
}

/** A program of the operator. */
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

/** How many exchanges an enrolment takes at most: attributes, chain, and a request with each proof. */
const estExchanges = 6;

/** A CA that is asked over the network. */
const est: IssuerKind<EstIssuer> = {
  table: (words) =>
    words.table({
      kind: "est",
      keys: {
        url: words.estServer,
        label: words.exactOptional(words.estLabel),
        trust: words.path,
        fingerprint: words.exactOptional(words.fingerprint),
        username: words.exactOptional(words.username),
        secret_file: words.exactOptional(words.path),
        bootstrap: words.exactOptional(words.pairFiles),
        time_limit: words.optional(words.timeLimit, "60s"),
      },
      read: (table): EstIssuer => ({
        kind: "est",
        server: table.url,
        trust: table.trust,
        timeLimit: table.time_limit,
        ...present({
          label: table.label,
          fingerprint: table.fingerprint,
          username: table.username,
          secretFile: table.secret_file,
          bootstrap: table.bootstrap,
        }),
      }),
    }),
  defaultTrust: ({ trust }) => trust,
  bootstrapFile: ({ bootstrap }) => bootstrap?.certificate,
  // A first contact fetches the certificate, and uses the secret up: neither has to be there.
  requirements: ({ trust, fingerprint, bootstrap }) => [
    ...(fingerprint === undefined
      ? [{ key: "trust", is: "anchor-file", path: trust } as const]
      : []),
    ...(bootstrap === undefined ? [] : [
      {
        key: "bootstrap",
        is: "pair",
        path: bootstrap.certificate,
        keyPath: bootstrap.key,
      } as const,
    ]),
  ],
  writes: ({ secretFile, trust, fingerprint }) => [
    ...(secretFile === undefined ? [] : [directoryOf(secretFile)]),
    ...(fingerprint === undefined ? [] : [directoryOf(trust)]),
  ],
  timeLimit: ({ timeLimit }) => estExchanges * timeLimit,
  sharesClock: false,
  describe: ({ server, label }) =>
    formatEstUrl(server) + (label === undefined ? "" : ` (${label})`),
  toJson: ({ kind, server, timeLimit, bootstrap, ...others }) => ({
    kind,
    url: formatEstUrl(server),
    trust: others.trust,
    ...present({
      label: others.label,
      fingerprint: others.fingerprint === undefined ? undefined : `SHA256:${others.fingerprint}`,
      username: others.username,
      secretFile: others.secretFile,
      bootstrap: bootstrap === undefined ? undefined : [bootstrap.certificate, bootstrap.key],
    }),
    timeLimit: formatDuration(timeLimit),
  }),
};

/** The registry: each kind by its name in the configuration. */
export const issuerKinds = { local, est, command } as const;

type Kinds = typeof issuerKinds;

/** The configuration of an issuer. */
export type IssuerConfiguration = {
  [Name in keyof Kinds]: Kinds[Name] extends IssuerKind<infer Configuration> ? Configuration
    : never;
}[keyof Kinds];

/** The record of a configured issuer's kind. */
export function issuerKindOf<Configuration extends IssuerConfiguration>(
  { kind }: Configuration,
): IssuerKind<Configuration> {
  // The record of a name fits the configurations of that name, which the type system cannot express.
  return issuerKinds[kind] as unknown as IssuerKind<Configuration>;
}

/** The kind with this name; `undefined` if there is none. */
export function issuerKindNamed(
  name: unknown,
): Pick<IssuerKind<never>, "defaultTrust"> | undefined {
  return typeof name === "string" && Object.hasOwn(issuerKinds, name)
    ? issuerKinds[name as keyof Kinds]
    : undefined;
}
