/** A pair that may become the active one: from the issuer, or pending until it is valid. */
import { CertswapError, type System } from "../../../system/mod.ts";
import { fingerprint, isValidAt, kindOf } from "../../../x509/mod.ts";
import type { PairConfiguration } from "../../configuration/mod.ts";
import {
  type ActivePair,
  isWhole,
  loadAnchors,
  type LoadedPair,
  loadStoredPair,
  type PairState,
  readState,
  readStoredPair,
  requireIdentity,
  requireSuccessor,
  requireUsable,
} from "../../pair/mod.ts";
import type { Rotation } from "../context.ts";
import { type Built, isBeforeBuild, renewalTimeOf, wantedIdentity } from "../decide/mod.ts";
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
  { system, pair, built }: Pick<Rotation, "system" | "pair" | "built">,
  { reason, active }: Due,
  rules: CandidateRules & TriedRules,
): Promise<LoadedPair | Date | undefined> {
  const stored = await readStoredPair(system.files, pair.pending);
  if (!isWhole(stored)) return undefined;
  try {
    const pending = await loadStoredPair(stored);
    const { usableFrom } = await judgeCandidate(system, pending, { ...rules, active });
    if (usableFrom === undefined) {
      const { state } = await readState(system, pair);
      return await isSpent(pending, state, { ...rules, now: system.clock.now() })
        ? undefined
        : pending;
    }
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

/** How often a service is given one pair before the issuer is asked for another. */
const triesOfOnePair = 8;

/** How many certificates a renewal asks for because the service does not take them. */
const mostCertificates = 2;

/** What a pair that the service did not take is held against. */
type TriedRules = Pick<PairConfiguration, "renewBefore" | "keyAlgorithm" | "keyPolicy">;

/**
 * Whether a pair that the service did not take is to be replaced by another from the issuer: its key is of
 * another kind than is configured by now, it was tried often enough, or it is due itself. That happens once,
 * unless a person has changed the kind. If the service does not take the second one either,
 * it is not the certificate that is at fault.
 */
async function isSpent(
  { leaf }: LoadedPair,
  { takenBack }: PairState,
  { renewBefore, keyAlgorithm, keyPolicy, now }: TriedRules & { readonly now: Date },
): Promise<boolean> {
  if (takenBack === undefined || await fingerprint(leaf) !== takenBack.fingerprint) return false;
  const isOfKind = kindOf(leaf.subjectPublicKeyInfo.algorithm) === keyAlgorithm;
  if (keyPolicy !== "keep" && !isOfKind) return true;
  if (takenBack.certificates >= mostCertificates) return false;
  return takenBack.times >= triesOfOnePair || await renewalTimeOf(leaf, renewBefore) <= now;
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
