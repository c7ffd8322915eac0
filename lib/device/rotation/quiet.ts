/** Records what was reported about a pair, so that `--quiet-for` need not repeat it. */
import { CertswapError, sha256Hex, type System } from "../../system/mod.ts";
import { mostTold, type Pair, readState, type Told } from "../pair/mod.ts";
import type { Attention } from "./attention.ts";
import { type Rotation, writeDown } from "./context.ts";
import { identityOf } from "./same_error.ts";

/** What there is to report about a pair, and for how long it need not be repeated. */
interface ToTell extends Pick<Rotation, "name" | "lockTimeout" | "built" | "textOf"> {
  /** As resolved at the start of the run; `undefined` if it could not be. */
  readonly pair: Pair | undefined;
  readonly attention: Attention;
  /** The errors and warnings of the run. */
  readonly errors: readonly unknown[];
  /** Milliseconds. */
  readonly quietFor: number;
}

const urgencies: readonly Attention["urgency"][] = ["notice", "warning", "critical"];

/**
 * Whether everything that there is to report about a pair was reported within `quietFor`, and nothing has
 * become worse since. If not, it is recorded as reported now. If that record cannot be written, the report
 * is repeated.
 */
export async function wasTold(
  system: System,
  { name, pair, attention, errors, quietFor, lockTimeout, built, textOf }: ToTell,
): Promise<boolean> {
  if (pair === undefined) return false;
  const now = system.clock.now();
  try {
    const { state: { told } } = await readState(system, pair);
    const { urgency } = attention;
    const things = [...thingsToTell(attention), ...errors.map(identityOf)];
    const what = [...new Set(await Promise.all(things.map(shortDigest)))];
    const isRecent = told !== undefined && told.at <= now &&
      now.getTime() - told.at.getTime() < quietFor;
    if (isRecent && isCovered(told, { urgency, what })) return true;
    const known = isRecent ? told.what : [];
    const next: Told = {
      at: now,
      urgency,
      what: [...new Set([...what, ...known])].slice(0, mostTold),
    };
    const onEvent = (): void => {};
    const row = { isCounted: false };
    const rotation: Rotation = { system, name, pair, row, lockTimeout, onEvent, textOf, built };
    await writeDown(rotation, (state) => ({ ...state, told: next }));
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
  }
  return false;
}

/**
 * Describes a report by strings that stay the same as long as the problem does. A certificate that has
 * expired meanwhile, or a pair that is gone, is a new problem, also if the pair was already critical.
 */
function thingsToTell({ failure, condition, notAfter, now, waitsFor }: Attention): string[] {
  return [
    failure === undefined
      ? `overdue ${waitsFor}`
      : failure.identity ?? JSON.stringify([failure.code, failure.text]),
    ...(condition === "sound" ? [] : [`the pair is ${condition}`]),
    ...(notAfter !== undefined && notAfter < now ? ["expired"] : []),
  ];
}

function isCovered(told: Told, { urgency, what }: Omit<Told, "at">): boolean {
  return urgencies.indexOf(urgency) <= urgencies.indexOf(told.urgency) &&
    what.every((text) => told.what.includes(text));
}

async function shortDigest(text: string): Promise<string> {
  return (await sha256Hex(new TextEncoder().encode(text))).slice(0, 16);
}
