/** `ca rollover status`: how far the replacement of a CA is. */
import { attemptAsync, day, type System } from "../../system/mod.ts";
import { formatName } from "../../x509/mod.ts";
import { findCa } from "../ca.ts";
import type { ReadAllOptions } from "../inventory/mod.ts";
import { readRoot } from "../issue/mod.ts";
import type { CaLocation, StoreReader } from "../store/mod.ts";
import {
  openNext,
  readRollover,
  type RolloverPhase,
  type RolloverRecord,
} from "../succession/mod.ts";
import { RolloverForgottenError, type RolloverStep } from "./errors.ts";
import { type Fetched, fetchedSince } from "./fetched.ts";
import { compareLeaves, type Leaves } from "./leaves.ts";

/** After this time in one phase, a rollover may have been forgotten; likewise this long before the end. */
const patience = 180 * day;

/** One of the CAs of a rollover. */
export interface RolloverCa {
  readonly dataDirectory: string;
  /** RFC 4514, escaped. */
  readonly subject: string;
  /** When its own certificate ends. */
  readonly notAfter: Date;
}

/** How far the replacement of a CA is. */
export interface RolloverStatus {
  readonly record: RolloverRecord;
  readonly old: RolloverCa;
  readonly next: RolloverCa;
  /** The certificates of the replaced CA, compared with those of the next one. */
  readonly leaves: Leaves;
  /** Devices that have fetched the certificates of both, as far as a server has noticed. */
  readonly fetched: Fetched;
  /** Why a person should look at it: see {@linkcode RolloverForgottenError}. */
  readonly warnings: readonly RolloverForgottenError[];
}

/**
 * How far the replacement of a CA is; `undefined`: there never was one. Takes no lock, and writes nothing.
 *
 * @throws NextCaUnusableError, BadRolloverFileError, and the errors of reading both CAs.
 */
export async function rolloverStatus(
  system: System,
  { dataDirectory }: CaLocation,
): Promise<RolloverStatus | undefined> {
  const store = await findCa(system, { dataDirectory });
  const record = await readRollover(store);
  if (record === undefined) return undefined;
  const next = await openNext(system, record, dataDirectory);
  return await compareCas(system, { dataDirectory, record, store, next });
}

/** What {@linkcode compareCas} compares. */
export interface ComparedCas extends CaLocation, Pick<ReadAllOptions, "pause"> {
  readonly record: RolloverRecord;
  readonly store: StoreReader;
  readonly next: StoreReader;
}

/** As {@linkcode rolloverStatus}, with stores that are open. @throws the errors of reading both CAs. */
export async function compareCas(
  system: System,
  { dataDirectory, record, store, next, ...options }: ComparedCas,
): Promise<RolloverStatus> {
  const now = system.clock.now();
  const leaves = await compareLeaves(store, next, { now, ...options });
  const old = await describeCa(store, dataDirectory);
  return {
    record,
    old,
    next: await describeCa(next, record.next),
    leaves,
    fetched: await attemptAsync(() => fetchedSince(system, dataDirectory, record)) ??
      { devices: 0, isComplete: false },
    warnings: warningsOf({ record, old, leaves }, now),
  };
}

async function describeCa(store: StoreReader, dataDirectory: string): Promise<RolloverCa> {
  const { certificate: { subject, notAfter } } = await readRoot(store);
  return { dataDirectory, subject: formatName(subject), notAfter };
}

function warningsOf(
  { record: { phase, since }, old: { notAfter }, leaves: { remainingDevices: devices } }: Pick<
    RolloverStatus,
    "record" | "old" | "leaves"
  >,
  now: Date,
): readonly RolloverForgottenError[] {
  if (nextStepOf(phase) === undefined || phase === "cancelled") return [];
  const isLong = now.getTime() - Date.parse(since) > patience;
  const isLate = devices > 0 && notAfter.getTime() - now.getTime() < patience;
  const terms = { phase, since, notAfter, devices };
  return [
    ...(isLong ? [new RolloverForgottenError({ ...terms, reason: "long-phase" })] : []),
    ...(isLate ? [new RolloverForgottenError({ ...terms, reason: "old-expires" })] : []),
  ];
}

/** What can be done next in a rollover, as words of `ca rollover`. */
export interface NextRolloverStep {
  readonly step: RolloverStep;
  /** What to wait for; `undefined`: it starts again. */
  readonly awaits: "fetched" | "renewed" | undefined;
  /** The step that goes back; `undefined`: there is none. */
  readonly undo: RolloverStep | undefined;
}

/** What can be done next; `undefined`: it is finished. */
export function nextStepOf(phase: RolloverPhase): NextRolloverStep | undefined {
  switch (phase) {
    case "started":
      return { step: "switch", awaits: "fetched", undo: "cancel" };
    case "switched":
      return { step: "finish", awaits: "renewed", undo: "switch --back" };
    case "cancelled":
      return { step: "start", awaits: undefined, undo: undefined };
    case "finished":
      return undefined;
  }
}
