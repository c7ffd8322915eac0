/** Messages for the errors of the parser. */
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
import { alternatives } from "../text.ts";

/** The texts of the parser. Its standard error becomes the message of a {@linkcode UsageError}. */
export const parserText: ApplicationText = {
  ...text_en,
  noCommandRegisteredForInput({ input }) {
    return input.startsWith("-")
      ? `expected a command, found ${input}`
      : `unknown command '${input}'`;
  },
  exceptionWhileParsingArguments: (error) => describeParseError(error),
  // Help or version could not be printed: an error like any other.
  exceptionWhileRunningIntegrationFlag({ exception }) {
    throw exception;
  },
};

function describeParseError(error: unknown): string {
  if (error instanceof FlagNotFoundError) return `unknown flag --${error.input}`;
  if (error instanceof AliasNotFoundError) return `unknown flag -${error.input}`;
  // A flag without its value was refused before the parser ran.
  if (error instanceof UnsatisfiedFlagError) return `--${error.externalFlagName} is required`;
  if (error instanceof UnexpectedFlagError) return `--${error.externalFlagName} is given twice`;
  if (error instanceof EnumValidationError) {
    return `--${error.externalFlagName} cannot be '${error.input}': choose ${
      alternatives(error.values)
    }`;
  }
  if (error instanceof UnexpectedPositionalError) {
    return `unexpected argument '${error.input}'`;
  }
  if (error instanceof UnsatisfiedPositionalError) return `${error.placeholder} is missing`;
  if (error instanceof ArgumentParseError) return describeValueError(error);
  return error instanceof Error ? error.message : String(error);
}

/** The reader of a flag refused the value. */
function describeValueError(
  { externalFlagNameOrPlaceholder: name, exception }: ArgumentParseError,
) {
  const what = /^[a-z]/.test(name) ? `--${name}` : name;
  // From the parser itself: the value of a flag without a value is neither yes nor no.
  if (!(exception instanceof UsageError)) return `${what}: write it without a value`;
  const hint = exception.hint === undefined ? "" : `. ${exception.hint.replace(/\.$/, "")}`;
  return `${what}: ${exception.problems.join("; ")}${hint}`;
}
