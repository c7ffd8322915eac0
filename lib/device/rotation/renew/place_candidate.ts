/** Putting a candidate where it belongs: in use, or beside the active pair until it is valid. */
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

/** What placing goes by: what is asked of the candidate, and what follows from it. */
export type PlacingRules = CandidateRules & OwedConfiguration;

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
 * active pair, and what the service is owed for that is written down; or it is not valid yet, and waits as
 * the pending pair. The request that it came from is used up.
 *
 * @throws the errors of {@linkcode judgeCandidate}: nothing has changed then; those of `perform`. After
 * InterruptedError, and after TransactionFailedError if that can be written, the candidate is kept as the
 * pending pair.
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
      const active = await readActivePair(system.files, pair.active);
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
        // Of a pair that somebody has put there since, the probes have seen nothing.
        before: seen !== undefined && seen.fingerprint === restorable ? seen.sights : undefined,
      });
      return await proposeActive(rotation, { ...rules, next: candidate, active, debt });
    },
  });
  const { proposal, warnings } = await performed.catch(async (error) => {
    // A file that cannot be replaced, a mount point for one, cannot be at the next attempt either: the issuer
    // need not be asked again for that.
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
    // Without it there is nothing to go back to if the service does not take the new one.
    keepPrevious: keepPrevious > 0 || probes.length > 0,
    beside: [
      ...dropPair(await readStoredPair(system.files, pair.pending)),
      ...await dropRequest(system, pair),
    ],
    also: (state: PairState): PairState =>
      debt === undefined ? withSuccess(state, now, due) : { ...withNewRow(state), owed: debt },
  });
  const isDue = due <= now;
  return isDue
    ? { ...proposal, warnings: [...proposal.warnings, new DueAtOnceError(due)] }
    : proposal;
}

/**
 * Has the probes look before the change. If certswap is asked to stop meanwhile, what the issuer gave is kept
 * as the pending pair: the next run need not ask again.
 *
 * @returns `undefined` for a candidate that is not to become active yet.
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

/** Makes a candidate the pending pair: the next run need not ask the issuer. */
async function keep(
  rotation: Rotation,
  candidate: LoadedPair,
  rules: CandidateRules,
): Promise<void> {
  const { system, pair, lockTimeout } = rotation;
  await perform(system, pair, {
    lockTimeout,
    propose: async () => {
      const active = await readActivePair(system.files, pair.active);
      await judgeCandidate(system, candidate, { ...rules, active });
      const kept = { next: candidate, active, reason: "not-placed" } as const;
      return { entries: await keptEntries(rotation, kept), warnings: [] };
    },
  });
}

/** The same. If that fails, most often for the same reason as the change, that is not the error to report. */
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

/** The entries that make a candidate the pending pair, and its request used up. */
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
    ...await stateChange(rotation, (state) => withKept(state, kept)),
    ...await dropRequest(system, pair),
  ];
}
