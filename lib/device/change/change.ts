/** What stage, swap and rollback have in common: a proposal is made, then performed or only shown. */
import { statIfPresent, type System } from "../../system/mod.ts";
import {
  type Entry,
  type RecoveryReport,
  type SessionOptions,
  withSession,
} from "../../transaction/mod.ts";
import { BrokenActivePairError, RecoveryDueError } from "../errors.ts";
import type { Pair } from "../pair/layout.ts";
import { requireSoleName } from "../pair/own_key.ts";
import { removeHalfPending } from "../pair/pending.ts";
import { inspectPair, lookAgain } from "./outlook.ts";

/** A change that has passed every check. Nothing has been written yet. */
export interface Proposal {
  /** Applied in this order. */
  readonly entries: readonly Entry[];
  /** Errors that do not stand in the way. */
  readonly warnings: readonly unknown[];
}

/**
 * How a proposal is made. Reads only; called again where what it read may have changed.
 *
 * @param recovery what had to be recovered first, if that was done already.
 */
export type Propose<P extends Proposal> = (recovery?: RecoveryReport) => Promise<P>;

/** A change that was made. */
export interface Performed<P extends Proposal> {
  readonly proposal: P;
  /** What had to be recovered first. */
  readonly recovery: RecoveryReport;
  readonly warnings: readonly unknown[];
}

/** How long to wait, and whom to tell. */
export interface ChangeOptions extends SessionOptions {
  /** Told what had to be recovered first, even if the change itself is refused afterwards. */
  readonly onRecovery?: ((recovery: RecoveryReport) => void) | undefined;
}

/** How a change is made. */
interface PerformOptions<P extends Proposal> extends ChangeOptions {
  readonly propose: Propose<P>;
  /** Turns the error of a failed commit into the one to throw, and may clean up. The lock is held. */
  readonly onFailure?: (error: unknown) => unknown;
}

/**
 * Makes a change: lock, recover, validate, commit.
 *
 * @throws the errors of `propose` and of `withSession`; what `onFailure` returns.
 */
export async function perform<P extends Proposal>(
  system: System,
  pair: Pair,
  { lockTimeout, propose, onRecovery, onFailure }: PerformOptions<P>,
): Promise<Performed<P>> {
  // Where certswap never ran there is nothing to recover, and a refusal need not leave a directory.
  if (statIfPresent(system.files, pair.site.stateDirectory) === undefined) await propose();
  return await withSession(system, pair.site, {
    lockTimeout,
    work: async (session) => {
      const recovery = alsoRemoved(session.recovery, removeHalfPending(system.files, pair));
      onRecovery?.(recovery);
      const proposal = await propose(recovery);
      requireOwnFiles(system, pair, proposal);
      try {
        const { warnings } = await session.commit(proposal.entries);
        return { proposal, recovery, warnings: [...proposal.warnings, ...warnings] };
      } catch (error) {
        throw onFailure === undefined ? error : onFailure(error);
      }
    },
  });
}

/** What has been staged is going to be swapped in: that it cannot be is said before. */
function requireOwnFiles({ files }: System, pair: Pair, { entries }: Proposal): void {
  const keys = [pair.active.key, pair.pending.key];
  if (entries.some(({ target }) => keys.includes(target))) requireSoleName(files, pair);
}

/** One file that a change would touch. */
export interface PlannedChange {
  readonly action: "create" | "replace" | "remove";
  readonly path: string;
}

/** A change that was only thought through. */
export interface Plan<P extends Proposal> {
  readonly proposal: P;
  readonly changes: readonly PlannedChange[];
  readonly warnings: readonly unknown[];
}

/** Says what a change would do. Takes no lock and writes nothing. */
export async function preview<P extends Proposal>(
  system: System,
  pair: Pair,
  propose: Propose<P>,
): Promise<Plan<P>> {
  const look = async () => {
    const { outcome } = await inspectPair(system, pair);
    const proposal = await propose();
    requireOwnFiles(system, pair, proposal);
    return { isDue: outcome !== "clean", proposal };
  };
  const { isDue, proposal } = await lookAgain(system.clock, look, isConclusive);
  return {
    proposal,
    changes: proposal.entries.flatMap(({ kind, target }) =>
      // The state is certswap's own business, and no pair needs a directory made.
      kind === "makeDirectory" || target === pair.state ? [] : [{ action: kind, path: target }]
    ),
    warnings: [
      ...(isDue ? [new RecoveryDueError(pair.active.certificate)] : []),
      ...proposal.warnings,
    ],
  };
}

function isConclusive({ isDue, proposal }: { isDue: boolean; proposal: Proposal }): boolean {
  return !isDue && !proposal.warnings.some((warning) => warning instanceof BrokenActivePairError);
}

/** Adds files that were removed beside the transaction's own to what recovery did. */
export function alsoRemoved(report: RecoveryReport, removed: readonly string[]): RecoveryReport {
  if (removed.length === 0) return report;
  return {
    ...report,
    outcome: report.outcome === "clean" ? "cleaned" : report.outcome,
    removed: [...report.removed, ...removed],
  };
}
