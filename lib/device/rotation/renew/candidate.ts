/** A pair that may become the active one: what the issuer has answered, or what has been waiting for its time. */
import { fingerprint, isValidAt } from "../../../x509/mod.ts";
import { type ActivePair, readActivePair } from "../../pair/active_pair.ts";
import {
  activationEntries,
  previousEntries,
  stateEntries,
  type SwapProposal,
} from "../../change/activation.ts";
import { perform, type Performed } from "../../change/change.ts";
import { dropPair, put } from "../../pair/entries.ts";
import { CertificateNotYetValidError } from "../../errors.ts";
import {
  isWhole,
  loadAnchors,
  type LoadedPair,
  loadStoredPair,
  readStoredPair,
} from "../../pair/read_pair.ts";
import { attributesLike } from "../../change/stage.ts";
import type { Owed, PairState } from "../../pair/state.ts";
import { type CertificateSummary, summarize } from "../../pair/summary.ts";
import { requireIdentity, requireSuccessor, requireUsable } from "../../pair/validation.ts";
import { type Rotation, stateChange } from "../context.ts";
import { DueAtOnceError } from "../errors.ts";
import { withSuccess } from "../progress.ts";
import { dropRequest } from "./request.ts";
import { renewalTimeOf } from "../decide/schedule.ts";
import { wantedIdentity } from "../decide/wanted.ts";
import { CertswapError } from "../../../system/mod.ts";
import { isBeforeBuild } from "../decide/clock_rules.ts";
import type { DueReason } from "../event.ts";

/**
 * Holds a candidate against everything that is asked of a new pair.
 *
 * @returns the time from which it can be used, where that is yet to come and all else is well.
 * @throws what `requireUsable`, `requireIdentity` and `requireSuccessor` throw.
 */
export async function judgeCandidate(
  { system, configuration }: Rotation,
  candidate: LoadedPair,
  active: ActivePair,
): Promise<{ readonly usableFrom: Date | undefined }> {
  const { trust } = configuration;
  const now = system.clock.now();
  const { notBefore } = candidate.leaf;
  const usableFrom = now < notBefore ? notBefore : undefined;
  const anchors = trust === undefined ? undefined : loadAnchors(system.files, trust);
  await requireUsable(candidate, { now: usableFrom ?? now, anchors });
  const wanted = wantedIdentity(configuration, active);
  if (wanted !== undefined) requireIdentity(candidate, wanted);
  if (active.condition === "sound") {
    // An active pair of the future is one of a clock that was ahead: it stands in nobody's way.
    const allowOlder = now < active.loaded.leaf.notBefore;
    requireSuccessor(candidate, active.loaded, { allowIdentityChange: true, allowOlder });
  }
  return { usableFrom };
}

/** What became of a candidate. */
export interface Placed {
  /** `pending`: it is not valid yet, and waits. */
  readonly as: "active" | "pending";
  readonly certificate: CertificateSummary;
  readonly replaced: CertificateSummary | undefined;
  /** What the service is owed for it. */
  readonly debt: Owed | undefined;
  readonly warnings: readonly unknown[];
}

/**
 * Puts a candidate where it belongs, in one transaction with everything that follows from it: it becomes the
 * active pair, and what the service is owed for that is written down; or it is not valid yet, and waits as the
 * pending pair. The request that it came from is used up.
 *
 * @throws the errors of {@linkcode judgeCandidate}: nothing has changed then; those of `perform`.
 */
export async function placeCandidate(rotation: Rotation, candidate: LoadedPair): Promise<Placed> {
  const { system, pair, options: { lockTimeout } } = rotation;
  let as: Placed["as"] = "active";
  let debt: Owed | undefined;
  const { proposal, warnings }: Performed<SwapProposal> = await perform(system, pair, {
    lockTimeout,
    propose: async () => {
      const active = await readActivePair(system.files, pair.active);
      const { usableFrom } = await judgeCandidate(rotation, candidate, active);
      as = usableFrom === undefined ? "active" : "pending";
      if (as === "pending") return await proposePending(rotation, candidate, active);
      debt = await owedAfter(rotation, candidate, active);
      return await proposeActive(rotation, { next: candidate, active, debt });
    },
  });
  return { as, debt, warnings, certificate: proposal.certificate, replaced: proposal.replaced };
}

async function proposeActive(
  rotation: Rotation,
  { next, active, debt }: {
    readonly next: LoadedPair;
    readonly active: ActivePair;
    readonly debt: Owed | undefined;
  },
): Promise<SwapProposal> {
  const { system, configuration, pair } = rotation;
  const certificate = await summarize(next.leaf);
  const replaced = active.condition === "sound" ? await summarize(active.loaded.leaf) : undefined;
  const now = system.clock.now();
  const due = await renewalTimeOf(next.leaf, configuration.renewBefore);
  const activation = {
    next,
    active,
    by: "swap",
    fingerprint: certificate.fingerprint,
    also: (state: PairState): PairState =>
      debt === undefined ? withSuccess(state, now, due) : { ...state, owed: debt },
  } as const;
  const changes = await activationEntries(system, pair, activation);
  const state = await stateEntries(system, pair, activation);
  // Without it there is nothing to go back to where the service does not take the new one.
  const keep = configuration.keepPrevious > 0 || configuration.probe !== undefined;
  const pending = await readStoredPair(system.files, pair.pending);
  return {
    certificate,
    replaced,
    isChange: true,
    keepsPrevious: keep && replaced !== undefined,
    entries: [
      ...changes,
      ...state.entries,
      ...dropPair(pending),
      ...await dropRequest(system, pair),
      ...await previousEntries(system, pair, { active, keep }),
    ],
    warnings: [
      ...(active.condition === "broken" ? [active.defect] : []),
      ...(due > now ? [] : [new DueAtOnceError(due)]),
      ...state.warnings,
    ],
  };
}

/** What the service has to be told, and seen to have taken, of a new pair. */
async function owedAfter(
  { system, configuration: { hook, probe } }: Rotation,
  { leaf }: LoadedPair,
  active: ActivePair,
): Promise<Owed | undefined> {
  if (hook === undefined && probe === undefined) return undefined;
  const replaced = active.condition === "sound" ? active.loaded.leaf : undefined;
  return {
    hook: hook !== undefined,
    probe: probe !== undefined,
    since: system.clock.now(),
    fingerprint: await fingerprint(leaf),
    ...(replaced === undefined ? {} : { replacedSerial: replaced.serialNumber }),
    ...(replaced === undefined || probe === undefined
      ? {}
      : { restorable: await fingerprint(replaced) }),
  };
}

async function proposePending(
  rotation: Rotation,
  candidate: LoadedPair,
  active: ActivePair,
): Promise<SwapProposal> {
  const { system, pair } = rotation;
  const first = attributesLike(system, pair, active);
  const pending = await readStoredPair(system.files, pair.pending);
  const now = system.clock.now();
  return {
    certificate: await summarize(candidate.leaf),
    replaced: undefined,
    isChange: false,
    keepsPrevious: false,
    entries: [
      ...put(pair.pending.key, {
        content: candidate.keyContent,
        old: pending.key,
        first: first.key,
      }),
      ...put(pair.pending.certificate, {
        content: candidate.certificateContent,
        old: pending.certificate,
        first: first.certificate,
      }),
      ...await stateChange(rotation),
      ...await dropRequest(system, pair),
    ],
    warnings: [
      new CertificateNotYetValidError(pair.pending.certificate, candidate.leaf.notBefore, now),
    ],
  };
}

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
