/** A pair that may become the active one: from the issuer, or pending until it is valid. */
import { CertswapError, type System } from "../../../system/mod.ts";
import { isValidAt } from "../../../x509/mod.ts";
import type { PairConfiguration } from "../../configuration/configuration.ts";
import type { ActivePair } from "../../pair/active_pair.ts";
import {
  isWhole,
  loadAnchors,
  type LoadedPair,
  loadStoredPair,
  readStoredPair,
} from "../../pair/read_pair.ts";
import { requireIdentity, requireSuccessor, requireUsable } from "../../pair/validation.ts";
import type { Rotation } from "../context.ts";
import { type Built, isBeforeBuild } from "../decide/clock_rules.ts";
import { wantedIdentity } from "../decide/wanted.ts";
import type { DueReason } from "../event.ts";

/** The pair that is due, and why. */
export interface Due {
  readonly reason: DueReason;
  readonly active: ActivePair;
}

/** What a candidate is held against. */
export type CandidateRules = Pick<
  PairConfiguration,
  "trust" | "identity" | "allowCa" | "purposes"
>;

/**
 * Holds a candidate against everything that is asked of a new pair.
 *
 * @returns the time from which it can be used, if that is yet to come and all else is well.
 * @throws what `requireUsable`, `requireIdentity` and `requireSuccessor` throw.
 */
export async function judgeCandidate(
  system: System,
  candidate: LoadedPair,
  { trust, identity, allowCa, purposes, active }: CandidateRules & { readonly active: ActivePair },
): Promise<{ readonly usableFrom: Date | undefined }> {
  const now = system.clock.now();
  const { notBefore } = candidate.leaf;
  const usableFrom = now < notBefore ? notBefore : undefined;
  const { anchors } = loadAnchors(system.files, trust);
  await requireUsable(candidate, { now: usableFrom ?? now, anchors, allowCa, purposes });
  const wanted = wantedIdentity(identity, active);
  if (wanted !== undefined) requireIdentity(candidate, wanted);
  if (active.condition === "sound") {
    // An active pair of the future is one of a clock that was ahead: it is in nobody's way.
    const allowOlder = now < active.loaded.leaf.notBefore;
    const waivers = { allowIdentityChange: true, allowOlder, purposes };
    requireSuccessor(candidate, active, waivers);
  }
  return { usableFrom };
}

/**
 * The pending pair, if it can be swapped in: there is nothing to ask for then. One that is not valid yet is
 * waited for, if that loses nothing.
 *
 * @returns the time from which it can be used, if that is yet to come.
 */
export async function pendingCandidate(
  { system, pair, built }: Rotation,
  { reason, active }: Due,
  rules: CandidateRules,
): Promise<LoadedPair | Date | undefined> {
  const stored = await readStoredPair(system.files, pair.pending);
  if (!isWhole(stored)) return undefined;
  try {
    const pending = await loadStoredPair(stored);
    const { usableFrom } = await judgeCandidate(system, pending, { ...rules, active });
    if (usableFrom === undefined) return pending;
    const now = system.clock.now();
    return reason !== "forced" && canWait(active, usableFrom, { now, built })
      ? usableFrom
      : undefined;
  } catch (error) {
    // Expired, or for another identity than the one that is configured by now: a new one takes its place.
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}

/**
 * Whether nothing is lost by waiting for a pair that is valid from this time on. After the clock has
 * certainly gone back, every new certificate looks not yet valid. With any other clock it is the issuer's
 * that is ahead: its pair must not come too late.
 */
export function canWait(
  active: ActivePair,
  usableFrom: Date,
  { now, built }: Built & { readonly now: Date },
): boolean {
  if (isBeforeBuild(now, { built })) return true;
  if (active.condition !== "sound") return false;
  const { leaf } = active.loaded;
  return now < leaf.notBefore || isValidAt(leaf, now) && isValidAt(leaf, usableFrom);
}
