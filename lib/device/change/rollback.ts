/** `rollback`: makes the previous pair active again. */
import type { System } from "../../system/mod.ts";
import { NoPreviousPairError } from "../errors.ts";
import {
  anchorsUsed,
  isWhole,
  loadAnchors,
  loadStoredPair,
  type Pair,
  type PairPaths,
  readActivePair,
  readStoredPair,
  requireRestorable,
  resolveForActivation,
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

/** Options of a rollback. */
export interface RollbackOptions {
  /** A file of trust anchors that the chain must lead to. */
  readonly trust?: string | undefined;
  /** Whether the replaced pair is kept as the previous one, so that the rollback can be undone. */
  readonly keepPrevious: boolean;
}

/**
 * Makes the previous pair active again, and uses it up. Its age, identity, purposes and the order of its
 * chain are not checked: it was active before. A pending pair stays.
 *
 * @throws NoPreviousPairError, the errors of resolving, reading and validating.
 * @throws the errors of `withSession` and of its commit.
 */
export async function rollback(
  system: System,
  paths: PairPaths,
  options: RollbackOptions & ActivationOptions,
): Promise<Performed<SwapProposal>> {
  const pair = await resolveForActivation(system, paths, anchorsUsed(options.trust));
  return await withKnownRights(system, pair, {
    onRightsKnown: options.onRightsKnown,
    work: async (rights) => {
      const propose = rollbackProposer(system, pair, options);
      return await perform(system, pair, { ...options, rights, propose });
    },
  });
}

/** What {@linkcode rollback} would do. */
export async function planRollback(
  system: System,
  paths: PairPaths,
  options: RollbackOptions & MissingOptions,
): Promise<Plan<SwapProposal>> {
  const proposer = (pair: Pair) => rollbackProposer(system, pair, options);
  return await preview(system, paths, { ...options, proposer });
}

function rollbackProposer(
  system: System,
  pair: Pair,
  { trust, keepPrevious }: RollbackOptions,
): Propose<SwapProposal> {
  const { files, clock } = system;
  const { anchors, warnings } = loadAnchors(files, trust);
  return async (recovery) => {
    const previous = await readStoredPair(files, pair.previous);
    const active = await readActivePair(files, pair);
    if (!isWhole(previous)) {
      const finished = await finishedByRecovery(system, pair, { recovery, active, by: "rollback" });
      if (finished === undefined) throw new NoPreviousPairError(pair.active.certificate);
      return finished;
    }
    const next = await loadStoredPair(previous);
    await requireRestorable(next, { now: clock.now(), anchors });
    const proposal = await proposeActivation(system, pair, {
      next,
      active,
      by: "rollback",
      keepPrevious,
    });
    return { ...proposal, warnings: [...warnings, ...proposal.warnings] };
  };
}
