/** The settings of a CA: what `ca.toml` says, and what holds without it. */
import type {
  IssuerAddresses,
  KeyKindFor,
  KeyUsage,
  NameConstraints,
  RevocationReason,
} from "../../x509/mod.ts";
import type { Manufacturer } from "./manufacturer/mod.ts";
import type { PostgresSettings } from "./postgres/mod.ts";
import type { EstSettings, ServeSettings } from "./serve/mod.ts";

/** The settings of a CA. */
export interface CaSettings {
  /**
   * The path of `ca.toml`, based on the data directory as given by the caller; `undefined`: there is none.
   */
  readonly file: string | undefined;
  /** How serial numbers are chosen: the next one, or 128 random bits. */
  readonly serial: "sequential" | "random";
  /** What to do if someone asks for a second certificate with the same key and names. */
  readonly duplicates: "warn" | "refuse";
  /** What commands do unless a flag says something else. */
  readonly defaults: CommandDefaults;
  /** Addresses that are written into the certificates of this CA. */
  readonly addresses: IssuerAddresses;
  readonly crl: CrlSettings;
  readonly ocsp: OcspSettings;
  readonly serve: ServeSettings;
  /** `undefined`: the CA has no database on a server. */
  readonly postgres: PostgresSettings | undefined;
  readonly est: EstSettings;
  readonly manufacturers: readonly Manufacturer[];
  /** All profiles, built in or not. */
  readonly profiles: ReadonlyMap<string, Profile>;
}

/** Defaults of flags. `undefined`: the built-in default. Times are in milliseconds. */
export interface CommandDefaults {
  /** The name of a profile of leaves. It exists. */
  readonly profile: string;
  /** Of certificates whose profile says nothing else. The validity of each profile includes it. */
  readonly validity: number | undefined;
  readonly keyKind: KeyKindFor<"ca"> | undefined;
  readonly reason: RevocationReason | undefined;
  readonly lockTimeout: number | undefined;
}

/** Settings of CRLs. */
export interface CrlSettings {
  /** From one CRL to the next, in milliseconds; `undefined`: the built-in default. */
  readonly nextUpdate: number | undefined;
  /** Whether expired certificates stay on the list. */
  readonly keepExpired: boolean;
  /** How many shards new certificates are divided into. 1: none, the CRL of the CA is the only one. */
  readonly shards: number;
  /** The program that publishes a new CRL, and its arguments; `undefined` for none. */
  readonly publish: PublishHook | undefined;
}

/** Settings of OCSP. */
export interface OcspSettings {
  /** How long a response is valid, in milliseconds. */
  readonly nextUpdate: number;
}

/** The program that runs after each new CRL. */
export interface PublishHook {
  readonly command: readonly [string, ...string[]];
  /** Milliseconds. */
  readonly timeLimit: number;
}

/** What certificates of one kind look like, and who may get one. */
export interface Profile {
  readonly name: string;
  /** The validity unless a flag says something else, in milliseconds. */
  readonly validity: number;
  /** The longest validity that may be asked for, in milliseconds. */
  readonly maxValidity: number | undefined;
  /** How far notBefore is before now, in milliseconds: for peers whose clock is a little behind. */
  readonly backdate: number;
  /** keyUsage; `undefined`: what fits the kind of key. */
  readonly keyUsage: readonly KeyUsage[] | undefined;
  /** extendedKeyUsage, dotted OBJECT IDENTIFIERs. Empty: no such extension. */
  readonly extendedKeyUsage: readonly string[];
  /** The kinds of keys that are signed; `undefined`: all that the CA supports. */
  readonly keyKinds: readonly KeyKindFor<"leaf">[] | undefined;
  /** The names that are signed; `undefined`: all. */
  readonly names: NamePolicy | undefined;
  /**
   * Parts of the subject that every certificate gets, RFC 4514; `undefined` for none. They replace parts of
   * the same type.
   */
  readonly subject: string | undefined;
  /** For certificates of CAs; `undefined` for leaves. */
  readonly ca: CaProfile | undefined;
  /** The lines of `ca.toml` that say it, by key: `max_validity`, `names.dns`. None for what is built in. */
  readonly lines: Readonly<Record<string, number>>;
}

/** A rule of a profile. */
export interface Rule {
  readonly profile: string;
  /** The key in the table of the profile: `max_validity`, `names.dns`. */
  readonly key: string;
  /** Where it is written; `undefined` for what is built in. */
  readonly place: { readonly file: string; readonly line: number } | undefined;
}

/** Names that a profile allows. A list that is `undefined` allows none of its kind. */
export interface NamePolicy {
  /** Patterns: `*` matches any characters, also dots. */
  readonly dns: readonly string[] | undefined;
  /** CIDR ranges. */
  readonly ip: readonly string[] | undefined;
  /** Patterns with `*`. */
  readonly uri: readonly string[] | undefined;
  /** Patterns with `*`. */
  readonly email: readonly string[] | undefined;
  /**
   * Patterns for the whole subject, RFC 4514, with `*` in values; `undefined`: any subject whose common names
   * are none, or allowed as DNS names or IP addresses.
   */
  readonly subject: readonly string[] | undefined;
}

/** What a CA below this one may do. */
export interface CaProfile {
  /** How many CAs may follow below it; `undefined`: any number. */
  readonly pathLength: number | undefined;
  readonly nameConstraints: NameConstraints | undefined;
}
