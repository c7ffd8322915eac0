/** Errors of a configuration, and of the pairs in it. */
import { CertswapError, type UntrustedPlaceError } from "../../system/mod.ts";
import type { Place, Problem, TomlMistake } from "../../toml/mod.ts";
import type { OutputFault } from "../pair/outputs/mod.ts";

/** The expected type or form of a value. */
export type Expectation =
  | "account"
  | "absolute-path"
  | "absolute-paths"
  | "alternative-names"
  | "boolean"
  | "boolean-or-duration"
  | "command"
  | "distinguished-name"
  | "est-label"
  | "est-url"
  | "fingerprint"
  | "friendly-name"
  | "hook"
  | "issuer-kind"
  | "key-algorithm"
  | "key-mode"
  | "key-type"
  | "layout"
  | "mode"
  | "output"
  | "output-contents"
  | "output-format"
  | "pair-file"
  | "pair-files"
  | "pair-name"
  | "probe"
  | "probe-identity"
  | "probe-kind"
  | "probe-url"
  | "profile"
  | "program"
  | "purposes"
  | "renew-before"
  | "server-name"
  | "starttls"
  | "table"
  | "time-limit"
  | "trust-anchors"
  | "trust-source"
  | "unit-names"
  | "username"
  | "validity";

/** A mistake in a configuration. `key` is written as in TOML: `pair.web.renew_before`. */
export type Mistake = TomlMistake<Expectation> | OwnMistake;

/** A mistake that only this configuration can have. */
export type OwnMistake =
  | { readonly kind: "no-pairs" }
  /** A probe with both a server and a program. `key` is that of its table. */
  | {
    readonly kind: "server-and-command";
    readonly key: string;
    readonly keys: readonly [string, string];
  }
  /** `dir` is used together with `certificate` or `key`. */
  | { readonly kind: "dir-and-files"; readonly key: string }
  /** `certificate`, `key` or `combined` is used together with a layout, which names them. */
  | { readonly kind: "layout-and-file"; readonly key: string; readonly layout: string }
  /** A key that only these layouts have. */
  | { readonly kind: "layout-only"; readonly key: string; readonly layouts: readonly string[] }
  /** Settings of an output that do not go together. */
  | { readonly kind: "output"; readonly key: string; readonly fault: OutputFault }
  /** A trust bundle from the EST server of a pair whose issuer is another one. */
  | { readonly kind: "trust-without-est"; readonly key: string }
  /** A file of certificates that the source of a trust bundle does not use. */
  | { readonly kind: "trust-file-unused"; readonly key: string }
  | { readonly kind: "defined-twice"; readonly key: string; readonly first: Place }
  /** There is no table `[hook.NAME]` of this name. */
  | {
    readonly kind: "unknown-hook";
    readonly key: string;
    readonly name: string;
    readonly suggestion: string | undefined;
  }
  /** Two paths lead to one file. */
  | {
    readonly kind: "shared-path";
    readonly key: string;
    /** Resolved. */
    readonly path: string;
    readonly first: Place & { readonly key: string };
  }
  /** The path cannot be used now. `cause` says why. */
  | { readonly kind: "unusable-path"; readonly key: string; readonly cause: CertswapError }
  /** Other users could write a file that is obeyed. */
  | { readonly kind: "untrusted"; readonly cause: UntrustedPlaceError };

/** A mistake and its place. */
export type ConfigurationProblem = Problem<Mistake>;

/** A configuration that cannot be used, with all its mistakes. */
export class ConfigurationError extends CertswapError {
  readonly code = "configuration";
  /** By file and line. At least one. */
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    super(problems.map(({ file, line, mistake }) => `${file}:${line}: ${mistake.kind}`).join("; "));
    this.problems = problems;
  }
}

/** The configuration file does not exist. */
export class NoConfigurationError extends CertswapError {
  readonly code = "no-configuration";
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`no configuration at ${path}`, options);
    this.path = path;
  }
}

/** The configuration has no pair of this name. */
export class UnknownPairError extends CertswapError {
  readonly code = "unknown-pair";
  readonly pair: string;
  /** The existing names. */
  readonly known: readonly string[];

  constructor(pair: string, known: readonly string[]) {
    super(`no pair ${pair}`);
    this.pair = pair;
    this.known = known;
  }
}

/** The error of one of several pairs, which did not stop the others: see `cause`. */
export class ConfiguredPairError extends CertswapError {
  readonly code = "configured-pair";
  readonly pair: string;
  /** Further pairs that the very same went wrong with: what they share is told once. */
  readonly others: readonly string[];

  constructor(
    pair: string,
    { cause, others = [] }: { readonly cause: unknown; readonly others?: readonly string[] },
  ) {
    super(`pair ${pair}: ${String(cause)}`, { cause });
    this.pair = pair;
    this.others = others;
  }
}
