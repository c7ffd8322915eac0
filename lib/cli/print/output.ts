/** The only place that prints: results, messages and JSON, on standard output and standard error. */
import { OutputLostError } from "../../system/mod.ts";
import { type ExitCode, exitCodeFor, worstExitCode } from "../exit_code.ts";
import { type GivenFlags, repeatFlags } from "../given_flags.ts";
import type { Message } from "../messages/mod.ts";
import { type JournalPriority, withPriority, withUrgency } from "./journal.ts";
import { paintFor, visibleJson } from "../text.ts";
import type { PrintedWorld } from "../world.ts";

/** A value that JSON can hold. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

/** The result of a command that did not fail. */
export interface Outcome {
  /** Default: {@linkcode exitCode.done}, or the worst exit code of the failures. */
  readonly exit?: ExitCode;
  /** The object that `--json` prints; the warnings are added to it. */
  readonly json: { readonly [name: string]: Json | undefined };
  /** The lines for standard output without `--json`, escaped. Empty if there was nothing to do. */
  readonly lines: readonly string[];
  /** A result that is too long to be held in memory: instead of `lines`, and the first field in JSON. */
  readonly long?: LongResult | undefined;
  /** If there was nothing to do: the line to print on a terminal. */
  readonly idle?: string | undefined;
  /** Other lines for standard error. Escaped. */
  readonly notes?: readonly string[];
  /** Errors that did not stop the command. */
  readonly warnings?: readonly unknown[];
  /** Errors that stopped the work on one of several pairs. */
  readonly failures?: readonly unknown[];
  /** The warnings and failures that an earlier run reported. They are not printed again as text. */
  readonly told?: ReadonlySet<unknown>;
  /** Lines about pairs that are not healthy, for standard error, after the errors. Escaped. */
  readonly attention?: readonly string[];
  /** The warnings and failures are already in a log. They are not printed again as text. */
  readonly isLogged?: boolean;
}

/** A list that is printed page by page. */
export interface LongResult {
  /** The name of the field in JSON. */
  readonly name: string;
  readonly pages: () => AsyncIterable<LongPage>;
}

/** A part of a list. */
export interface LongPage {
  readonly json: readonly Json[];
  /** Escaped. */
  readonly lines: readonly string[];
}

/** How to print. */
export interface PrintOptions {
  readonly json: boolean;
  /** Standard error is the systemd journal: each line starts with its priority. */
  readonly journal?: boolean;
  /** The flags of the line, to be repeated in the commands that messages suggest. */
  readonly given?: GivenFlags;
}

/**
 * Prints the result of a command and returns its exit code. The rules, here and below:
 *
 * - Results go to standard output, everything else to standard error.
 * - An error is `Error: what happened`, then any details, then `Hint: what to do`.
 * - A warning is `Warning: what was noticed`, with the same hint.
 * - With `--json`, standard output is exactly one JSON object, also for an error
 *   (`{"error": {"code", "message", ...}}`). Standard error has the same as text.
 * - If there was nothing to do: one line on a terminal, nothing otherwise, so that cron is silent.
 * - Colour only on a terminal, never with NO_COLOR.
 * - Text from certificates, requests and paths is escaped before it gets here ({@linkcode visible}).
 * - Private keys, passphrases and tokens are never passed to this function.
 */
export async function printOutcome(
  world: PrintedWorld,
  outcome: Outcome,
  options: PrintOptions,
): Promise<ExitCode> {
  const { given = {} } = options;
  const notes = (outcome.notes ?? []).map((line) => repeatFlags(line, given));
  printNotes(world, options.journal ? notes.map((line) => withPriority(line, "notice")) : notes);
  const warnings = await describeAll(outcome.warnings ?? [], given);
  const failures = outcome.failures ?? [];
  const errors = await describeAll(failures, given);
  if (!outcome.isLogged) {
    const isNew = (error: unknown): boolean => outcome.told?.has(error) !== true;
    warnings.forEach((warning, index) => {
      if (isNew(outcome.warnings?.[index])) {
        printMessage(world, warning, { ...options, label: "Warning" });
      }
    });
    errors.forEach((error, index) => {
      if (isNew(failures[index])) printMessage(world, error, { ...options, label: "Error" });
    });
    const attention = (outcome.attention ?? []).map((line) => repeatFlags(line, given));
    printNotes(world, options.journal ? attention.map(withUrgency) : attention);
  }
  if (options.json) {
    const json = {
      ...outcome.json,
      errors: outcome.failures && errors.map(messageToJson),
      warnings: warnings.map(messageToJson),
    };
    if (outcome.long === undefined) printJson(world, json);
    else await printLongJson(world, outcome.long, json);
  } else {
    if (outcome.long !== undefined) {
      for await (const { lines } of outcome.long.pages()) {
        world.stdout.write(lines.map((line) => `${line}\n`).join(""));
      }
    }
    for (const line of outcome.lines) world.stdout.write(`${line}\n`);
    if (outcome.idle !== undefined && world.stderr.isTerminal) {
      world.stderr.write(`${repeatFlags(outcome.idle, given)}\n`);
    }
  }
  return outcome.exit ?? worstExitCode(failures.map(exitCodeFor));
}

/** Prints lines on standard error immediately: the next step may fail. */
export function printNotes(
  { stderr }: Pick<PrintedWorld, "stderr">,
  lines: readonly string[],
): void {
  for (const line of lines) stderr.write(`${line}\n`);
}

/** Prints the error that ended a command and returns its exit code. */
export async function printError(
  world: PrintedWorld,
  error: unknown,
  options: PrintOptions,
): Promise<ExitCode> {
  const [message] = await describeAll([error], options.given);
  if (message !== undefined) {
    printMessage(world, message, { ...options, label: "Error" });
    if (options.json) printJsonIfPossible(world, { error: messageToJson(message) });
  }
  return exitCodeFor(error);
}

async function describeAll(errors: readonly unknown[], given: GivenFlags = {}): Promise<Message[]> {
  if (errors.length === 0) return [];
  // Messages are loaded only by a run that has something to report.
  const { describe } = await import("../messages/mod.ts");
  return errors.map((error) => withFlags(describe(error), given));
}

/** The message with the given flags in the commands of its hint. */
export function withFlags(message: Message, given: GivenFlags): Message {
  const { hint } = message;
  return hint === undefined ? message : { ...message, hint: repeatFlags(hint, given) };
}

function printMessage(
  world: PrintedWorld,
  message: Message,
  { label, journal }: PrintOptions & { readonly label: "Error" | "Warning" },
): void {
  const paint = paintFor(world, world.stderr);
  const colour = label === "Error" ? "red" : "yellow";
  const text = [
    `${paint(`${label}:`, colour)} ${message.message}`,
    ...(message.details ?? []).map((detail) => `  ${detail}`),
    ...(message.hint === undefined ? [] : [`${paint("Hint:", "bold")} ${message.hint}`]),
  ].join("\n");
  const priority: JournalPriority = label === "Error" ? "error" : "warning";
  world.stderr.write(`${journal ? withPriority(text, priority) : text}\n`);
}

function printJson(world: PrintedWorld, value: Json): void {
  world.stdout.write(`${visibleJson(JSON.stringify(value, undefined, 2))}\n`);
}

/** Prints an object with one more field, a long list, before the others: the same text as in one piece. */
async function printLongJson(
  world: PrintedWorld,
  { name, pages }: LongResult,
  others: { readonly [name: string]: Json | undefined },
): Promise<void> {
  world.stdout.write(`{\n  ${JSON.stringify(name)}: [`);
  let separator = "";
  for await (const { json } of pages()) {
    if (json.length === 0) continue;
    const items = JSON.stringify(json, undefined, 2).slice("[".length, -"\n]".length);
    // In JSON, a line break is never part of a string.
    const indented = visibleJson(items).replaceAll("\n", "\n  ");
    world.stdout.write(`${separator}${indented}`);
    separator = ",";
  }
  const rest = JSON.stringify(others, undefined, 2).slice("{".length);
  world.stdout.write(`${separator === "" ? "" : "\n  "}],${visibleJson(rest)}\n`);
}

/** Prints an error as JSON. Standard error already has it as text: failing to print it again is no error. */
function printJsonIfPossible(world: PrintedWorld, value: Json): void {
  try {
    printJson(world, value);
  } catch (error) {
    if (!(error instanceof OutputLostError)) throw error;
  }
}

function messageToJson(message: Message): Json {
  const { code, message: text, details, hint } = message;
  return { code, message: text, details, hint };
}
