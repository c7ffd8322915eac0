/** The types of messages, and of the tables that they are looked up in. */
import { type CertswapError, day, hour, minute } from "../../system/mod.ts";

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

/** `10 days`, `5 hours`, `59 minutes`: rounded down, but for what is less than a minute. */
export function roundedTime(milliseconds: number): string {
  const units = [["day", day], ["hour", hour]] as const;
  const [name, size] = units.find(([, size]) => milliseconds >= size) ?? ["minute", minute];
  const count = Math.max(1, Math.floor(milliseconds / size));
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** The most of a command that is shown, in characters. */
const commandLimit = 80;

/** A command as one would type it, cut short. Untrusted text. */
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
