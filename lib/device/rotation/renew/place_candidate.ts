/** Puts a candidate in place: makes it the active pair, or keeps it as the pending pair until it is valid. */
import { CertswapError } from "../../../system/mod.ts";
import {
  type Entry,
  OutcomeUnknownError,
  TransactionFailedError,
} from "../../../transaction/mod.ts";
import { fingerprint } from "../../../x509/mod.ts";
import {
  pendingEntries,
  perform,
  type Performed,
  proposeActivation,
  type SwapProposal,
} from "../../change/mod.ts";
import { CertificateNotYetValidError } from "../../errors.ts";
import {
  type ActivePair,
  type CertificateSummary,
  dropPair,
  type KeptReason,
  type LoadedPair,
  type Owed,
  type PairState,
  readActivePair,
  readStoredPair,
  summarize,
  withKept,
} from "../../pair/mod.ts";
import { type Rotation, stateChange } from "../context.ts";
import { renewalTimeOf } from "../decide/mod.ts";
import { DueAtOnceError } from "../errors.ts";
import { type EarlierSights, lookBefore, type OwedConfiguration, owedFor } from "../owed/mod.ts";
import { ProbeStoppedError } from "../../service/mod.ts";
import { withNewRow, withSuccess } from "../progress.ts";
import { type CandidateRules, judgeCandidate } from "./candidate.ts";
import { dropRequest } from "./request.ts";
import { withSecretUsed } from "./secret.ts";

/** What a candidate must satisfy, and which hooks and probes follow. */
export type PlacingRules = CandidateRules & OwedConfiguration;

/** The result of putting a candidate in place. */
export interface Placed {
  /** `pending`: it is not yet valid. */
  readonly as: "active" | "pending";
  readonly certificate: CertificateSummary;
  readonly replaced: CertificateSummary | undefined;
  /** The hook and probe that are pending for it. */
  readonly debt: Owed | undefined;
  readonly warnings: readonly unknown[];
}

/**
 * Puts a candidate in place, in one transaction with everything that follows from it. It becomes the active
 * pair, and its hook and probe are recorded as pending. If it is not yet valid, it becomes the pending pair.
 * The request that it came from is removed.
 *
 * @throws the errors of {@linkcode judgeCandidate}, with nothing changed; those of `perform`. After
 *   InterruptedError, and after TransactionFailedError if that can be written, the candidate is kept as the
 *   pending pair.
 */
export async function placeCandidate(
  rotation: Rotation,
  candidate: LoadedPair,
  rules: PlacingRules,
): Promise<Placed> {
  const { system, pair, lockTimeout } = rotation;
  const seen = await lookOrKeep(rotation, candidate, rules);
  let as: Placed["as"] = "active";
  let debt: Owed | undefined;
  const performed: Promise<Performed<SwapProposal>> = perform(system, pair, {
    lockTimeout,
    propose: async () => {
      const active = await readActivePair(system.files, pair);
      const { usableFrom } = await judgeCandidate(system, candidate, { ...rules, active });
      as = usableFrom === undefined ? "active" : "pending";
      if (as === "pending") return await proposePending(rotation, candidate, active);
      const replaced = active.condition === "sound" ? active.loaded.leaf : undefined;
      const restorable = replaced && await fingerprint(replaced);
      debt = owedFor(rules, {
        since: system.clock.now(),
        fingerprint: await fingerprint(candidate.leaf),
        replacedSerial: replaced?.serialNumber,
        restorable,
        // If the active pair was replaced since, the probes did not look for the one that is replaced now.
        before: seen !== undefined && seen.fingerprint === restorable ? seen.sights : undefined,
      });
      return await proposeActive(rotation, { ...rules, next: candidate, active, debt });
    },
  });
  const { proposal, warnings } = await performed.catch(async (error) => {
    // A file that cannot be replaced, such as a mount point, will not be replaceable at the next attempt
    // either. Keep the candidate, so that the issuer is not asked again.
    if (error instanceof TransactionFailedError) await keepIfPossible(rotation, candidate, rules);
    throw error;
  });
  return { as, debt, warnings, certificate: proposal.certificate, replaced: proposal.replaced };
}

async function proposeActive(
  { system, pair }: Rotation,
  { next, active, debt, probes, renewBefore, keepPrevious }: OwedConfiguration & {
    readonly next: LoadedPair;
    readonly active: ActivePair;
    readonly debt: Owed | undefined;
  },
): Promise<SwapProposal> {
  const now = system.clock.now();
  const due = await renewalTimeOf(next.leaf, renewBefore);
  const proposal = await proposeActivation(system, pair, {
    next,
    active,
    by: "swap",
    // A rollback needs the previous pair if the service refuses the new one.
    keepPrevious: keepPrevious > 0 || probes.length > 0,
    beside: [
      ...dropPair(await readStoredPair(system.files, pair.pending)),
      ...await dropRequest(system, pair),
    ],
    also: (state: PairState): PairState =>
      withSecretUsed(
        debt === undefined ? withSuccess(state, now, due) : { ...withNewRow(state), owed: debt },
      ),
  });
  const isDue = due <= now;
  return isDue
    ? { ...proposal, warnings: [...proposal.warnings, new DueAtOnceError(due)] }
    : proposal;
}

/**
 * Has the probes look before the change. If certswap is asked to stop meanwhile, the candidate is kept as
 * the pending pair, so that the next run need not ask the issuer.
 *
 * @returns `undefined` for a candidate that is not yet valid.
 * @throws InterruptedError
 */
async function lookOrKeep(
  rotation: Rotation,
  candidate: LoadedPair,
  rules: PlacingRules,
): Promise<EarlierSights | undefined> {
  if (rotation.system.clock.now() < candidate.leaf.notBefore) return undefined;
  try {
    return await lookBefore(rotation, rules);
  } catch (error) {
    if (!(error instanceof ProbeStoppedError)) throw error;
    await keep(rotation, candidate, rules);
    throw error.cause;
  }
}

/** Keeps a candidate as the pending pair, so that the next run need not ask the issuer. */
async function keep(
  rotation: Rotation,
  candidate: LoadedPair,
  rules: CandidateRules,
): Promise<void> {
  const { system, pair, lockTimeout } = rotation;
  await perform(system, pair, {
    lockTimeout,
    propose: async () => {
      const active = await readActivePair(system.files, pair);
      await judgeCandidate(system, candidate, { ...rules, active });
      const kept = { next: candidate, active, reason: "not-placed" } as const;
      return { entries: await keptEntries(rotation, kept), warnings: [] };
    },
  });
}

/**
 * Keeps a candidate if possible. If that fails, usually for the same reason as the change, the change's
 * error is the one to report.
 */
async function keepIfPossible(
  rotation: Rotation,
  candidate: LoadedPair,
  rules: CandidateRules,
): Promise<void> {
  try {
    await keep(rotation, candidate, rules);
  } catch (error) {
    if (!(error instanceof CertswapError) || error instanceof OutcomeUnknownError) throw error;
  }
}

async function proposePending(
  rotation: Rotation,
  candidate: LoadedPair,
  active: ActivePair,
): Promise<SwapProposal> {
  const { system, pair } = rotation;
  const { notBefore } = candidate.leaf;
  return {
    certificate: await summarize(candidate.leaf),
    replaced: undefined,
    isChange: false,
    keepsPrevious: false,
    entries: await keptEntries(rotation, { next: candidate, active, reason: "not-yet-valid" }),
    warnings: [
      new CertificateNotYetValidError(pair.pending.certificate, notBefore, system.clock.now()),
    ],
  };
}

/** The entries that make a candidate the pending pair and remove its request. */
async function keptEntries(
  rotation: Rotation,
  { next, active, reason }: {
    readonly next: LoadedPair;
    readonly active: ActivePair;
    readonly reason: KeptReason;
  },
): Promise<Entry[]> {
  const { system, pair } = rotation;
  const kept = { fingerprint: await fingerprint(next.leaf), since: system.clock.now(), reason };
  return [
    ...await pendingEntries(system, pair, { next, active }),
    ...await stateChange(rotation, (state) => withSecretUsed(withKept(state, kept))),
    ...await dropRequest(system, pair),
  ];
}
