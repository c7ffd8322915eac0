/** Mistakes in a TOML file, and where they are. */

/** A place in a file. */
export interface Place {
  /** Absolute. */
  readonly file: string;
  /** From 1; `undefined` for what has no line. */
  readonly line: number | undefined;
}

/** A mistake and its place. */
export interface Problem<Mistake> extends Place {
  readonly mistake: Mistake;
}

/** How a key of the top level is written: a value, a table or a list of tables. */
export type TopLevelForm = "value" | "table" | "tables";

/** A mistake that any file may have. `key` is written as in TOML: `pair.web.renew_before`. */
export type TomlMistake<Expectation extends string> =
  /** The text is not TOML. The explanation is the parser's. */
  | { readonly kind: "not-toml"; readonly explanation: string }
  | { readonly kind: "not-utf8" }
  | {
    readonly kind: "unknown-key";
    readonly key: string;
    /** A known key with a similar name. */
    readonly suggestion: string | undefined;
    /** The kinds of such a table that have the key, or the one that may have been meant, if this has not. */
    readonly kinds?: readonly string[];
    /** If the key belongs at the top level of the file: how it is written there. */
    readonly topLevel?: TopLevelForm;
  }
  | {
    readonly kind: "missing-key";
    readonly key: string;
    readonly expected: Expectation;
    readonly choices?: readonly string[];
  }
  | {
    readonly kind: "wrong-value";
    readonly key: string;
    readonly expected: Expectation;
    /** The possible words, if `expected` does not name them. */
    readonly choices?: readonly string[];
    /** The value as JSON, truncated. Untrusted. */
    readonly found: string;
  };
