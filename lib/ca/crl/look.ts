/** The state of a CA's last CRL, for monitoring. */
import { attemptAsync, type System } from "../../system/mod.ts";
import { findCa } from "../ca.ts";
import { readLastCrl, readRoot } from "../issue/mod.ts";
import type { CaLocation } from "../store/mod.ts";

/** The last CRL. */
export interface CrlSight {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  readonly number: bigint;
  /** How many certificates it lists. */
  readonly revoked: number;
  /** Whether the publish hook was run for it. */
  readonly isPublished: boolean;
  /** The sequence number of the newest entry of the history; left out if it is not known. */
  readonly historySequence?: number | undefined;
}

/** Reads the last CRL of a CA; `undefined` if there is none. @throws the errors of reading it. */
export async function lookAtCrl(
  system: System,
  location: CaLocation,
): Promise<CrlSight | undefined> {
  const store = await findCa(system, location);
  const crl = await readLastCrl(store, await readRoot(store));
  if (crl === undefined) return undefined;
  const { thisUpdate, nextUpdate, number, entries } = crl;
  const isPublished = await store.publishedCrl() === number;
  const head = await attemptAsync(() => store.historyHead());
  const historySequence = head?.sequence;
  return {
    thisUpdate,
    nextUpdate,
    number,
    revoked: entries.length,
    isPublished,
    historySequence,
  };
}
