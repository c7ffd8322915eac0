/** The message for each error. To add one, add a row to the table of its folder, see `tables` below. */
import { type CertswapError, present } from "../../system/mod.ts";
import { visible } from "../text.ts";
import { caMessages, importMessages } from "./ca/mod.ts";
import { deviceMessages } from "./device.ts";
import { estMessages } from "./est.ts";
import { bundleMessages, hierarchyMessages, rolloverMessages } from "./hierarchy/mod.ts";
import { installationMessages } from "./installation.ts";
import {
  type DescribeCause,
  type ErrorsOf,
  type Message,
  type MessageTable,
  type Text,
  withoutArguments,
} from "./message.ts";
import { outputMessages, pkcs12Messages } from "./pkcs12/mod.ts";
import { rotationMessages } from "./rotation.ts";
import { serverMessages } from "./server/mod.ts";
import { caSettingsMessages, configurationMessages } from "./settings/mod.ts";
import { databaseMessages, postgresMessages } from "./store/mod.ts";
import { systemMessages } from "./system.ts";
import { transactionMessages } from "./transaction.ts";
import { trustMessages } from "./trust.ts";
import { x509Messages } from "./x509/mod.ts";
import type * as errors from "../errors.ts";

export { caRenewalHints, describeFinding } from "./ca/mod.ts";
export { brokenLineText } from "./inventory/mod.ts";
export { describeMistake } from "./settings/mod.ts";
export { alternativeNameText } from "./x509/mod.ts";
export type { Message } from "./message.ts";

/** Texts for errors of the command line. */
const cliMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "passphrase-refused": ({ reason }) => ({
    message: reason === "empty"
      ? "the new passphrase is empty: it would protect nothing"
      : "the two passphrases are different",
    hint: "Run the command again. Nothing was changed.",
  }),
  "usage": ({ problems, hint }) => ({
    message: problems.join("; "),
    ...present({ hint }),
  }),
};

/**
 * The texts of all errors by `code`, one table per folder.
 *
 * To add a message: give the error a class with a `code` in the `errors.ts` of its folder, and a text in the
 * table of that folder, next to this file. Without a text it does not compile. Only types are imported from
 * those folders, so that showing a message does not load code that was not needed before.
 */
const tables = {
  ...bundleMessages,
  ...caMessages,
  ...caSettingsMessages,
  ...cliMessages,
  ...configurationMessages,
  ...databaseMessages,
  ...deviceMessages,
  ...estMessages,
  ...hierarchyMessages,
  ...importMessages,
  ...installationMessages,
  ...outputMessages,
  ...pkcs12Messages,
  ...postgresMessages,
  ...rolloverMessages,
  ...rotationMessages,
  ...serverMessages,
  ...systemMessages,
  ...transactionMessages,
  ...trustMessages,
  ...x509Messages,
};

/** The message for any thrown value. Never throws, and never shows a stack trace. */
export function describe(error: unknown): Message {
  if (error instanceof AggregateError) return describeSeveral(error.errors);
  const text = textOf(error);
  return text === undefined ? describeDefect(error) : escape((error as CertswapError).code, text);
}

/** The message of an error as it is kept: without the arguments of commands, which may be tokens. */
export function keptMessage(error: unknown): string {
  return describe(withoutArguments(error)).message;
}

/** Several errors: what failed, then what failed during the rollback. */
function describeSeveral(errors: readonly unknown[]): Message {
  const [first, ...others] = errors.map(describe);
  if (first === undefined) return describeDefect(undefined);
  return { ...first, message: [first, ...others].map(({ message }) => message).join("; then ") };
}

/** Whether there is a text for this code. */
export function isDescribed(code: string): code is keyof typeof tables {
  return Object.hasOwn(tables, code);
}

/**
 * Looks up the text by code, not by class: a built certswap keeps the texts in a separate bundle, whose
 * classes differ from those of the bundle that threw.
 */
function textOf(error: unknown): Text | undefined {
  const { code } = error instanceof Error ? error as { code?: unknown } : {};
  if (typeof code !== "string" || !isDescribed(code)) return undefined;
  // Sound, because the text of a code accepts exactly the class with that code.
  const make = tables[code] as (error: unknown, describe: DescribeCause) => Text;
  return make(error, describe);
}

function describeDefect(error: unknown): Message {
  const name = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return escape("defect", {
    message: `internal error: ${name}`,
    hint: "Run 'certswap recover' and check the files before you rely on them. " +
      "This is a bug in certswap: please report it with this message.",
  });
}

function escape(code: string, text: Text): Message {
  if (typeof text === "string") return { code, message: visible(text) };
  return {
    code: text.code ?? code,
    message: visible(text.message),
    ...present({
      details: text.details?.map(visible),
      hint: text.hint === undefined ? undefined : visible(text.hint),
    }),
  };
}
