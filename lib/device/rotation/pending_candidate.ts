/** What becomes of a pending pair where one is due. */
import { CertswapError } from "../../system/mod.ts";
import { isValidAt } from "../../x509/mod.ts";
import type { ActivePair } from "../active_pair.ts";
import { type LoadedPair, loadStoredPair } from "../loaded_pair.ts";
import { isWhole, readStoredPair } from "../stored_pair.ts";
import { judgeCandidate } from "./candidate.ts";
import { isBeforeBuild } from "./clock_rules.ts";
import type { Rotation } from "./context.ts";
import type { DueReason } from "./event.ts";

/** The pair that is due, and why. */
export interface Due {
  readonly reason: DueReason;
  readonly active: ActivePair;
}

/**
 * The pending pair, where it can be swapped in: there is nothing to ask for then. One that is not valid yet is
 * waited for, where that can be waited for.
 *
 * @returns the time from which it can be used, where that is yet to come.
 */
export async function pendingCandidate(
  rotation: Rotation,
  due: Due,
): Promise<LoadedPair | Date | undefined> {
  const { system, pair } = rotation;
  const stored = await readStoredPair(system.files, pair.pending);
  if (!isWhole(stored)) return undefined;
  try {
    const pending = await loadStoredPair(stored);
    const { usableFrom } = await judgeCandidate(rotation, pending, due.active);
    if (usableFrom === undefined) return pending;
    const waits = due.reason !== "forced" && canWait(rotation, due.active, usableFrom);
    return waits ? usableFrom : undefined;
  } catch (error) {
    // Expired, or for another identity than the one that is configured by now: a new one takes its place.
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}

/**
 * Whether nothing is lost by waiting for a pair that is valid from this time on. By a clock that certainly went
 * back, everything new is of the future. By any other an issuer is ahead: its pair must not come too late.
 */
export function canWait(
  { system, options }: Rotation,
  active: ActivePair,
  usableFrom: Date,
): boolean {
  const now = system.clock.now();
  if (isBeforeBuild(now, options)) return true;
  if (active.condition !== "sound") return false;
  const { leaf } = active.loaded;
  return now < leaf.notBefore || isValidAt(leaf, now) && isValidAt(leaf, usableFrom);
}
