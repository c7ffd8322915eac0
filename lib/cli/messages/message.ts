/** The types of messages and message tables. */
import type { CertswapError } from "../../system/mod.ts";

/** A message to the operator. All text is escaped. */
export interface Message {
  /** The error's `code`, for scripts. */
  readonly code: string;
  /** Which operation failed on which object, and why. One sentence without a full stop. */
  readonly message: string;
  /** Individual facts, one per line. */
  readonly details?: readonly string[];
  /** What to do about it. */
  readonly hint?: string;
}

/** The text of an error: a {@linkcode Message} with optional code, or only the sentence. */
export type Text = Omit<Message, "code"> & { readonly code?: string } | string;

/** Describes the cause of an error. */
export type DescribeCause = (cause: unknown) => Message;

/** A text for every code of `Errors`, enforced by the compiler. */
export type MessageTable<Errors extends CertswapError> = {
  readonly [Code in Errors["code"]]: (
    error: Extract<Errors, { readonly code: Code }>,
    describe: DescribeCause,
  ) => Text;
};

/** The union of all error classes that a module exports. */
export type ErrorsOf<Module> = {
  [Name in keyof Module]: Module[Name] extends new (...parameters: never[]) => infer Instance
    ? Instance extends CertswapError ? Instance : never
    : never;
}[keyof Module];
