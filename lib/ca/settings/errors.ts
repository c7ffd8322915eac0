/** Errors of a CA's settings, and of what its profiles do not allow. */
import { CertswapError, type UntrustedPlaceError } from "../../system/mod.ts";
import type { Problem, TomlMistake } from "../../toml/mod.ts";
import type { KeyKind, KeyUsage } from "../../x509/mod.ts";
import type { Rule } from "./settings.ts";

/** The expected type or form of a value. */
export type SettingExpectation =
  | "absolute-path"
  | "address"
  | "addresses"
  | "backdate"
  | "birth-names"
  | "boolean"
  | "command"
  | "count"
  | "database-host"
  | "database-name"
  | "database-schema"
  | "database-timeout"
  | "database-tls"
  | "distinguished-name"
  | "dns-patterns"
  | "duplicates"
  | "duration"
  | "email-patterns"
  | "grace"
  | "identities"
  | "ip-ranges"
  | "key-algorithm"
  | "key-algorithms"
  | "key-usages"
  | "listen-address"
  | "manufacturers"
  | "name-constraints"
  | "next-update"
  | "shards"
  | "ocsp-next-update"
  | "path-length"
  | "port"
  | "profile-name"
  | "program"
  | "publish"
  | "purpose-list"
  | "reason"
  | "serial-strategy"
  | "server-names"
  | "subject-patterns"
  | "superseded"
  | "table"
  | "time-limit"
  | "uri-patterns"
  | "validity-or-days";

/** A mistake in `ca.toml`. `key` is written as in TOML: `profile.meter.max_validity`. */
export type SettingMistake = TomlMistake<SettingExpectation> | OwnSettingMistake;

/** A mistake that only `ca.toml` can have. Times are in milliseconds. */
export type OwnSettingMistake =
  /** There is no profile of this name. */
  | {
    readonly kind: "no-such-profile";
    readonly key: string;
    readonly name: string;
    readonly suggestion: string | undefined;
    readonly known: readonly string[];
  }
  /** A profile that has to be one of leaves. */
  | { readonly kind: "ca-profile-as-default"; readonly key: string; readonly name: string }
  /** The longest validity is below the one that a profile gives. */
  | {
    readonly kind: "maximum-below-validity";
    readonly key: string;
    readonly validity: number;
    readonly maximum: number;
    /** Of `validity`. */
    readonly line: number;
  }
  /** A key that only profiles of leaves have, or only those of CAs. */
  | { readonly kind: "only-for"; readonly key: string; readonly only: "leaf" | "ca" }
  /** A kind of keys that CAs do not have. */
  | { readonly kind: "key-of-leaf"; readonly key: string; readonly keyKind: KeyKind }
  /** A key usage that only CAs have. */
  | { readonly kind: "usage-of-ca"; readonly key: string; readonly usage: KeyUsage }
  /** A key usage that keys of these kinds cannot have. */
  | {
    readonly kind: "usage-of-other-keys";
    readonly key: string;
    readonly usage: KeyUsage;
    /** Those of the profile that cannot. */
    readonly kinds: readonly KeyKind[];
  }
  /** Key usages that no kind of key has together. */
  | {
    readonly kind: "usages-of-no-key";
    readonly key: string;
    readonly usages: readonly KeyUsage[];
  }
  /** A key usage that means nothing without another. */
  | {
    readonly kind: "usage-without";
    readonly key: string;
    readonly usage: KeyUsage;
    readonly needs: KeyUsage;
  }
  /** A purpose that needs one of these key usages, of which the profile has none. */
  | {
    readonly kind: "purpose-without-usage";
    readonly key: string;
    readonly purpose: string;
    readonly needs: readonly KeyUsage[];
  }
  /** Shards without an address of the CRL, in which certificates name their shard. */
  | { readonly kind: "shards-without-address"; readonly key: string; readonly placeholder: string }
  /** An address of the CRL without the number of the shard, although there are shards. */
  | { readonly kind: "address-without-shard"; readonly key: string; readonly placeholder: string }
  /** An address of the CRL with the number of the shard, although there are no shards. */
  | { readonly kind: "shard-without-shards"; readonly key: string; readonly placeholder: string }
  /** Two addresses to listen on are the same. */
  | { readonly kind: "same-address"; readonly key: string; readonly other: string }
  /** An address that other machines can reach, for what only this machine may see. */
  | { readonly kind: "not-loopback"; readonly key: string }
  /** Of two keys, only one can hold. */
  | { readonly kind: "either-or"; readonly key: string; readonly other: string }
  /** TLS, which sockets do not have. */
  | { readonly kind: "tls-on-socket"; readonly key: string }
  /** No TLS to another machine. */
  | { readonly kind: "no-tls-on-network"; readonly key: string; readonly host: string }
  /** A purpose that a certificate has alone (RFC 3161 2.3), among others. */
  | { readonly kind: "purpose-not-alone"; readonly key: string; readonly purpose: string }
  /** A value that the same list has before. */
  | { readonly kind: "listed-twice"; readonly key: string; readonly value: string }
  /** A pattern for subjects that no subject with the fixed parts matches. */
  | {
    readonly kind: "pattern-against-subject";
    readonly key: string;
    readonly pattern: string;
    readonly subject: string;
  };

/** A mistake in `ca.toml` and its place. */
export type SettingProblem = Problem<SettingMistake>;

/** `ca.toml` cannot be used, with all its mistakes. */
export class CaSettingsError extends CertswapError {
  readonly code = "ca-settings";
  readonly file: string;
  /** By line. At least one. */
  readonly problems: readonly SettingProblem[];

  constructor(file: string, problems: readonly SettingProblem[]) {
    super(problems.map(({ line, mistake }) => `${file}:${line}: ${mistake.kind}`).join("; "));
    this.file = file;
    this.problems = problems;
  }
}

/** Other users could write `ca.toml`, which may name a program to run: see `cause`. */
export class CaSettingsUntrustedError extends CertswapError {
  readonly code = "ca-settings-untrusted";
  readonly file: string;
  declare readonly cause: UntrustedPlaceError;

  constructor(file: string, options: { readonly cause: UntrustedPlaceError }) {
    super(`${file} is not trusted`, options);
    this.file = file;
  }
}

/** There is no profile of this name. */
export class UnknownProfileError extends CertswapError {
  readonly code = "unknown-profile";
  readonly profile: string;
  /** The existing names. */
  readonly known: readonly string[];

  constructor(profile: string, known: readonly string[]) {
    super(`no profile ${profile}`);
    this.profile = profile;
    this.known = known;
  }
}

/** A profile of CAs is given for a leaf, or the reverse. */
export class WrongProfileError extends CertswapError {
  readonly code = "wrong-profile";
  readonly profile: string;
  /** What the profile is for. */
  readonly isFor: "leaf" | "ca";

  constructor(profile: string, isFor: WrongProfileError["isFor"]) {
    super(`profile ${profile} is for ${isFor}`);
    this.profile = profile;
    this.isFor = isFor;
  }
}

/** The validity asked for is longer than the profile allows. */
export class ValidityAboveMaximumError extends CertswapError {
  readonly code = "validity-above-maximum";
  /** Milliseconds. */
  readonly validity: number;
  /** Milliseconds. */
  readonly maximum: number;
  readonly rule: Rule;

  constructor(
    rule: Rule,
    { validity, maximum }: { readonly validity: number; readonly maximum: number },
  ) {
    super(`${validity} ms are more than ${maximum} ms, ${rule.profile}`);
    this.validity = validity;
    this.maximum = maximum;
    this.rule = rule;
  }
}
