/** Text for people: what each error says. To add one: a row in its room's table, see `tables` below. */
import { type CertswapError, present } from "../../system/mod.ts";
import { visible } from "../text.ts";
import { caMessages } from "./ca.ts";
import { configurationMessages } from "./configuration.ts";
import { deviceMessages } from "./device.ts";
import { installationMessages } from "./installation.ts";
import type { DescribeCause, ErrorsOf, Message, MessageTable, Text } from "./message.ts";
import { pkcs12Messages } from "./pkcs12.ts";
import { rotationMessages } from "./rotation.ts";
import { systemMessages } from "./system.ts";
import { transactionMessages } from "./transaction.ts";
import { x509Messages } from "./x509/mod.ts";
import type * as errors from "../errors.ts";

export { newRootHint } from "./ca.ts";
export { describeFinding } from "./ca_findings.ts";
export type { Message } from "./message.ts";

/** Texts for what is wrong with the command line. */
const cliMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "usage": ({ problems, hint }) => ({
    message: problems.join("; "),
    ...present({ hint }),
  }),
};

/**
 * The texts by the errors' `code`, a table for each room.
 *
 * To add a message: give the error a class with a `code` in the `errors.ts` of its room, and its text in the
 * table of that room, beside this file: without one it does not compile. Only types are imported from the
 * rooms, so that saying something costs no loading of what was not needed to do it.
 */
const tables = {
  ...caMessages,
  ...cliMessages,
  ...configurationMessages,
  ...deviceMessages,
  ...installationMessages,
  ...pkcs12Messages,
  ...rotationMessages,
  ...systemMessages,
  ...transactionMessages,
  ...x509Messages,
};

/** The message for whatever was thrown. Never throws itself, never shows a stack. */
export function describe(error: unknown): Message {
  if (error instanceof AggregateError) return describeSeveral(error.errors);
  const text = textOf(error);
  return text === undefined ? describeDefect(error) : escape((error as CertswapError).code, text);
}

/** One error after another: what failed, then what failed while that was put right. */
function describeSeveral(errors: readonly unknown[]): Message {
  const [first, ...others] = errors.map(describe);
  if (first === undefined) return describeDefect(undefined);
  return { ...first, message: [first, ...others].map(({ message }) => message).join("; then ") };
}

/** Whether there is a text for errors with this code. */
export function isDescribed(code: string): code is keyof typeof tables {
  return Object.hasOwn(tables, code);
}

/**
 * By its code alone, not by its class: a built certswap keeps these texts in a file of their own, which has
 * no class in common with the one that threw.
 */
function textOf(error: unknown): Text | undefined {
  const { code } = error instanceof Error ? error as { code?: unknown } : {};
  if (typeof code !== "string" || !isDescribed(code)) return undefined;
  // Sound by construction: the table of a code takes the one class that has it.
  const make = tables[code] as (error: unknown, describe: DescribeCause) => Text;
  return make(error, describe);
}

function describeDefect(error: unknown): Message {
  const name = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return escape("defect", {
    message: `certswap met something it was not made for: ${name}`,
    hint: "This is a defect of certswap. Look at the files before you rely on them, " +
      "run 'certswap recover', and report it with this message.",
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
