/** Candidates for the active pair: the issuer's answer, or the pending pair once it is valid. */
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

/** What a candidate is validated against. */
export type CandidateRules = Pick<
  PairConfiguration,
  "trust" | "identity" | "allowCa" | "purposes"
>;

/**
 * Validates a candidate as a new pair.
 *
 * @returns the time from which it is valid, if that is in the future and everything else is correct.
 * @throws the errors of `requireUsable`, `requireIdentity` and `requireSuccessor`.
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
    // If the active pair is not yet valid, the clock was ahead when it was issued: do not compare with it.
    const allowOlder = now < active.loaded.leaf.notBefore;
    const waivers = { allowIdentityChange: true, allowOlder, purposes };
    requireSuccessor(candidate, active, waivers);
  }
  return { usableFrom };
}

/**
 * The pending pair, if it can be swapped in, so that the issuer need not be asked. If it is not yet valid,
 * and the active pair lasts until then, it is waited for.
 *
 * @returns the time from which it is valid, if that is in the future.
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
    // Expired, or does not have the names that are now configured: request a new one.
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}

/** How often one pair is tried with a service before another is requested. */
const triesOfOnePair = 8;

/** How many certificates a renewal requests because the service refuses them. */
const mostCertificates = 2;

/** What decides whether a refused pair is tried again. */
type TriedRules = Pick<PairConfiguration, "renewBefore" | "keyAlgorithm" | "keyPolicy">;

/**
 * Whether a pair that the service refused is replaced by another from the issuer: its type of key is not the
 * configured one, it was tried often enough, or it is due itself. This happens once, unless the configured
 * type of key has changed. If the service also refuses the second one, the certificate is not the cause.
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
 * Whether it is safe to wait for a pair that becomes valid at this time. After the clock has certainly gone
 * back, every new certificate looks not yet valid. Otherwise the issuer's clock is ahead, and the pair must
 * become valid before the active one expires.
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
