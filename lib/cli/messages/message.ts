/** The types of messages, and of the tables that they are looked up in. */
import type { CertswapError } from "../../system/mod.ts";

/** What an operator is told. All text is escaped. */
export interface Message {
  /** The error's `code`, for scripts. */
  readonly code: string;
  /** What happened to what. One sentence without a full stop. */
  readonly message: string;
  /** Single facts, one a line. */
  readonly details?: readonly string[];
  /** What to do about it. */
  readonly hint?: string;
}

/** The text of one error: a {@linkcode Message}, whose code may be left out, or only the sentence. */
export type Text = Omit<Message, "code"> & { readonly code?: string } | string;

/** Describes what lies under an error that wraps another. */
export type DescribeCause = (cause: unknown) => Message;

/** A text for every code of `Errors`: leaving one out does not compile. */
export type MessageTable<Errors extends CertswapError> = {
  readonly [Code in Errors["code"]]: (
    error: Extract<Errors, { readonly code: Code }>,
    describe: DescribeCause,
  ) => Text;
};

/** The errors among what a module exports. */
export type ErrorsOf<Module> = {
  [Name in keyof Module]: Module[Name] extends new (...parameters: never[]) => infer Instance
    ? Instance extends CertswapError ? Instance : never
    : never;
}[keyof Module];
