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

/** The most characters of a command to show. */
const commandLimit = 80;

/** A command as one would type it, truncated. Untrusted text. */
export function commandText(command: readonly string[]): string {
  const text = command.map((word) => /^[^\s'"]+$/.test(word) ? word : JSON.stringify(word)).join(
    " ",
  );
  return text.length <= commandLimit
    ? text
    : `${text.slice(0, commandLimit - 3).toWellFormed()}...`;
}

/** The same within a sentence: in quotes if it has arguments. */
export function quotedCommand(command: readonly string[]): string {
  return command.length > 1 ? `'${commandText(command)}'` : commandText(command);
}

/** Fields of errors in which others lie, or which have a command. */
const withCommands = ["cause", "hookError", "hook", "probe"] as const;

/** How deep errors lie under errors. */
const deepest = 8;

/**
 * The same error, with the programs of hooks and probes but without their arguments: for texts that are kept,
 * or that other users may read. An argument may be a token.
 */
export function withoutArguments(error: unknown, depth = deepest): unknown {
  if (typeof error !== "object" || error === null || depth === 0) return error;
  const copy = Object.create(
    Object.getPrototypeOf(error),
    Object.getOwnPropertyDescriptors(error),
  ) as Record<string, unknown>;
  const { command } = copy;
  if (Array.isArray(command)) define(copy, "command", command.slice(0, 1));
  for (const field of withCommands) {
    if (copy[field] !== undefined) define(copy, field, withoutArguments(copy[field], depth - 1));
  }
  return copy;
}

function define(target: object, field: string, value: unknown): void {
  Object.defineProperty(target, field, { value, enumerable: true });
}
