/** `swap`: making the pending pair, or a new one, the active pair. */
import type { System } from "../../system/mod.ts";
import { type Session, TargetChangedError, TransactionFailedError } from "../../transaction/mod.ts";
import { NoPendingPairError, SwapFailedError } from "../errors.ts";
import {
  anchorsUsed,
  dropPair,
  isWhole,
  loadAnchors,
  loadStoredPair,
  type Pair,
  type PairPaths,
  readActivePair,
  readStoredPair,
  requireSuccessor,
  requireUsable,
  resolveForChange,
  type Waivers,
} from "../pair/mod.ts";
import { finishedByRecovery, proposeActivation, type SwapProposal } from "./activation.ts";
import {
  type ActivationOptions,
  perform,
  type Performed,
  type Plan,
  preview,
  type Propose,
  withKnownRights,
} from "./change.ts";
import type { MissingOptions } from "./missing.ts";
import { loadNewPair, type NewPair } from "./new_pair.ts";

/** What is swapped in, and what is asked of it. */
export interface SwapOptions extends Waivers {
  /** A new pair's files, staged and swapped in one go. `undefined`: the pending pair. */
  readonly newPair?: NewPair | undefined;
  /** A file of trust anchors that the chain has to lead to. */
  readonly trust?: string | undefined;
  /** Whether the certificate may be a CA's, as a self-signed one often is. */
  readonly allowCa?: boolean | undefined;
  /** Whether the pair that is replaced is kept for `rollback`. */
  readonly keepPrevious: boolean;
}

/**
 * Swaps in the pending pair, or a new one. A pending pair is used up either way. Where an interrupted
 * swap of the pending pair was finished by recovery just now, there is nothing more to do.
 *
 * @throws the errors of resolving, reading and validating, NoPendingPairError: the pending pair stays.
 * @throws SwapFailedError where the pending pair passed and could not be swapped in: it is removed.
 * @throws the errors of `withSession` and, for a new pair, those of its commit.
 */
export async function swap(
  system: System,
  paths: PairPaths,
  options: SwapOptions & ActivationOptions,
): Promise<Performed<SwapProposal>> {
  const pair = resolveForChange(system, paths, anchorsUsed(options.trust));
  const isPending = options.newPair === undefined;
  return await withKnownRights(system, pair, {
    onRightsKnown: options.onRightsKnown,
    work: async (rights) =>
      await perform(system, pair, {
        ...options,
        rights,
        propose: await swapProposer(system, pair, options),
        onFailure: async (error, session) =>
          isPending && isFailure(error)
            ? new SwapFailedError(await removePending(system, pair, session), { cause: error })
            : error,
      }),
  });
}

/** What {@linkcode swap} would do. */
export async function planSwap(
  system: System,
  paths: PairPaths,
  options: SwapOptions & MissingOptions,
): Promise<Plan<SwapProposal>> {
  const proposer = (pair: Pair) => swapProposer(system, pair, options);
  return await preview(system, paths, { ...options, proposer });
}

/** An interrupted swap may be called again; one whose outcome is unknown is recovery's. */
function isFailure(error: unknown): boolean {
  return error instanceof TransactionFailedError || error instanceof TargetChangedError;
}

/**
 * Removes the pending pair, in a transaction: half of one is never taken for what a crash has left.
 *
 * @returns whether that succeeded.
 */
async function removePending({ files }: System, pair: Pair, session: Session): Promise<boolean> {
  try {
    await session.commit(dropPair(await readStoredPair(files, pair.pending)));
    return true;
  } catch {
    // The error that the swap failed with is the one to report, and most often it is the same.
    return false;
  }
}

/** Reads what does not depend on the device before the lock is taken. */
async function swapProposer(
  system: System,
  pair: Pair,
  options: SwapOptions,
): Promise<Propose<SwapProposal>> {
  const { files, clock } = system;
  const { anchors, warnings } = loadAnchors(files, options.trust);
  const { allowCa } = options;
  const given = options.newPair && await loadNewPair(system, options.newPair);
  const { purposes } = options;
  if (given) await requireUsable(given, { now: clock.now(), anchors, allowCa, purposes });
  return async (recovery) => {
    const pending = await readStoredPair(files, pair.pending);
    const active = await readActivePair(files, pair.active);
    const next = given ?? (isWhole(pending) ? await loadStoredPair(pending) : undefined);
    if (next === undefined) {
      const finished = await finishedByRecovery(system, pair, { recovery, active, by: "swap" });
      if (finished === undefined) throw new NoPendingPairError(pair.active.certificate);
      return finished;
    }
    if (next !== given) await requireUsable(next, { now: clock.now(), anchors, allowCa, purposes });
    requireSuccessor(next, active, options);
    const proposal = await proposeActivation(system, pair, {
      next,
      active,
      by: "swap",
      keepPrevious: options.keepPrevious,
      beside: dropPair(pending),
    });
    return { ...proposal, warnings: [...warnings, ...proposal.warnings] };
  };
}
