/** What is wrong with a command line, in certswap's words instead of the parser's. */
import {
  AliasNotFoundError,
  type ApplicationText,
  ArgumentParseError,
  EnumValidationError,
  FlagNotFoundError,
  text_en,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
} from "@stricli/core";
import { UsageError } from "../errors.ts";
import { alternatives, kebab } from "../text.ts";

/** What a message has in it if it names what may have been meant. */
export const suggestion = "Did you mean";

/** The parser's texts. It hands each to {@linkcode UsageError} through its standard error stream. */
export const parserText: ApplicationText = {
  ...text_en,
  noCommandRegisteredForInput({ input, corrections }) {
    // Next to so short a word every other one is near.
    if (input === "") return "unknown command ''";
    if (input.startsWith("-")) return `expected a command, found ${input}`;
    return `unknown command '${input}'${
      didYouMean(corrections.map((name) => name.replaceAll("`", "'")))
    }`;
  },
  exceptionWhileParsingArguments: (error) => describeParseError(error),
  // Thrown by a world that --help or --version could not be shown to: an error like any other.
  exceptionWhileRunningIntegrationFlag({ exception }) {
    throw exception;
  },
};

function describeParseError(error: unknown): string {
  if (error instanceof FlagNotFoundError) {
    // Flags are declared as `dryRun` and typed as `--dry-run`; the parser suggests either.
    return `unknown flag --${error.input}${
      didYouMean(error.corrections.map((name) => `--${kebab(name)}`))
    }`;
  }
  if (error instanceof AliasNotFoundError) return `unknown flag -${error.input}`;
  if (error instanceof UnsatisfiedFlagError) return `--${error.externalFlagName} needs a value`;
  if (error instanceof UnexpectedFlagError) return `--${error.externalFlagName} is given twice`;
  if (error instanceof EnumValidationError) {
    return `--${error.externalFlagName} cannot be '${error.input}': choose ${
      alternatives(error.values)
    }`;
  }
  if (error instanceof UnexpectedPositionalError) {
    return `'${error.input}' is one argument too many`;
  }
  if (error instanceof UnsatisfiedPositionalError) return `${error.placeholder} is missing`;
  if (error instanceof ArgumentParseError) return describeValueError(error);
  return error instanceof Error ? error.message : String(error);
}

/** A flag's own reader refused the value, in words of its own. */
function describeValueError(
  { externalFlagNameOrPlaceholder: name, exception }: ArgumentParseError,
) {
  const what = /^[a-z]/.test(name) ? `--${name}` : name;
  // The parser's own: a switch with a value that is neither yes nor no.
  if (!(exception instanceof UsageError)) return `${what}: write it without a value`;
  const hint = exception.hint === undefined ? "" : `. ${exception.hint.replace(/\.$/, "")}`;
  return `${what}: ${exception.problems.join("; ")}${hint}`;
}

function didYouMean(corrections: readonly string[]): string {
  return corrections.length === 0 ? "" : `. ${suggestion} ${corrections.join(" or ")}?`;
}
