/** `ca rollover status`: how far the replacement of a CA is. */
import { attemptAsync, type System } from "../../system/mod.ts";
import { formatName } from "../../x509/mod.ts";
import { findCa } from "../ca.ts";
import { readRoot } from "../issue/mod.ts";
import type { CaLocation, DescribedRecord } from "../store/mod.ts";
import { openNext, readRollover, type RolloverRecord } from "../succession/mod.ts";
import { type Fetched, fetchedSince } from "./fetched.ts";
import { compareLeaves, type Leaves } from "./leaves.ts";

/** One of the CAs of a rollover. */
export interface RolloverCa {
  readonly dataDirectory: string;
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly leaves: Leaves;
}

/** Report of `ca rollover status`. */
export interface RolloverStatus {
  readonly record: RolloverRecord;
  readonly old: RolloverCa;
  readonly next: RolloverCa;
  /** Devices with a certificate of the replaced CA that have none of the next CA, issued later. */
  readonly remaining: readonly DescribedRecord[];
  /** Devices that have fetched the certificates of both, as far as a server has noticed. */
  readonly fetched: Fetched;
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
  const old = await findCa(system, { dataDirectory });
  const record = await readRollover(old);
  if (record === undefined) return undefined;
  const next = await openNext(system, record, dataDirectory);
  const now = system.clock.now();
  const leaves = await compareLeaves(old, next, now);
  const subjectOf = async (store: typeof old): Promise<string> =>
    formatName((await readRoot(store)).certificate.subject);
  return {
    record,
    old: { dataDirectory, subject: await subjectOf(old), leaves },
    next: {
      dataDirectory: record.next,
      subject: await subjectOf(next),
      leaves: await compareLeaves(next, old, now),
    },
    remaining: leaves.remaining,
    fetched: await attemptAsync(() => fetchedSince(system, dataDirectory, record)) ??
      { devices: 0, isComplete: false },
  };
}
