/** What stage, swap and rollback have in common: a proposal is made, then performed or only shown. */
import { statIfPresent, type System } from "../../system/mod.ts";
import {
  type Entry,
  type RecoveryReport,
  type Session,
  type SessionOptions,
  withSession,
} from "../../transaction/mod.ts";
import { keepRights, type KeptRights, lookAtRights, type Rights } from "../access/mod.ts";
import { BrokenActivePairError, RecoveryDueError } from "../errors.ts";
import {
  anchorsUsed,
  type Pair,
  type PairPaths,
  requireKnownFormat,
  requireSoleName,
  resolvePair,
  untrustedPlacesOf,
} from "../pair/mod.ts";
import { noteLastKnown, requireMounted } from "../pair/last_known/mod.ts";
import { type MissingOptions, requireNothingMissing } from "./missing.ts";
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
export interface ChangeOptions extends SessionOptions, MissingOptions {
  /** Told what had to be recovered first, even if the change itself is refused afterwards. */
  readonly onRecovery?: ((recovery: RecoveryReport) => void) | undefined;
}

/** How a change is made. */
interface PerformOptions<P extends Proposal> extends ChangeOptions {
  readonly propose: Propose<P>;
  /** Who may read the files that are replaced; looked at when it is needed, if it is left out. */
  readonly rights?: Rights;
  /** Turns the error of a failed commit into the one to throw, and may clean up. The lock is held. */
  readonly onFailure?: (error: unknown, session: Session) => Promise<unknown>;
}

/**
 * Makes a change: lock, recover, validate, commit.
 *
 * @throws NewerStateError; the errors of `propose` and of `withSession`; what `onFailure` returns.
 */
export async function perform<P extends Proposal>(
  system: System,
  pair: Pair,
  { lockTimeout, acceptMissing, propose, rights, onRecovery, onFailure }: PerformOptions<P>,
): Promise<Performed<P>> {
  await requireNothingMissing(system, pair, { acceptMissing, lockTimeout });
  // Where certswap never ran there is nothing to recover, and a refusal need not leave a directory.
  if (statIfPresent(system.files, pair.site.stateDirectory) === undefined) await propose();
  return await withSession(system, pair.site, {
    lockTimeout,
    work: async (session) => {
      const { recovery } = session;
      onRecovery?.(recovery);
      // Once more: this run may have waited for the lock.
      await requireMounted(system, pair);
      await requireKnownFormat(system, pair);
      const { proposal, noted } = await proposeAndNote(system, pair, { session, propose });
      return await withRights(system, pair, {
        rights,
        entries: proposal.entries,
        work: async (kept) => {
          try {
            const { warnings } = await session.commit([...kept.entries, ...noted]);
            const all = [...proposal.warnings, ...kept.warnings, ...warnings];
            return { proposal, recovery, warnings: all };
          } catch (error) {
            throw onFailure === undefined ? error : await onFailure(error, session);
          }
        },
      });
    },
  });
}

/** Entries, and what is done with them once they keep the rights on what they replace. */
interface WorkWithRights<T> {
  readonly rights: Rights | undefined;
  readonly entries: readonly Entry[];
  readonly work: (kept: KeptRights) => Promise<T>;
}

async function withRights<T>(
  system: System,
  pair: Pair,
  { rights: given, entries, work }: WorkWithRights<T>,
): Promise<T> {
  if (!entries.some(({ target }) => isServed(pair, target))) {
    return await work({ entries, warnings: [] });
  }
  const rights = given ?? await lookAtRights(system, pair);
  try {
    return await work(keepRights(pair, entries, rights));
  } finally {
    if (given === undefined) await rights.close();
  }
}

/** Whether a service reads a file. */
function isServed({ active, combined }: Pair, target: string): boolean {
  return [active.certificate, active.key, combined].includes(target);
}

/** How the active pair is changed by a command that gives up starting programs on its way. */
export interface ActivationOptions extends ChangeOptions {
  /** Told when no program has to be started any more. Nothing has been parsed by then. */
  readonly onRightsKnown?: (() => void) | undefined;
}

/**
 * Looks who may read the files of a pair, tells that this is known, and does `work`.
 *
 * @throws FileSystemError where a list cannot be read, and the errors of `work`.
 */
export async function withKnownRights<T>(
  system: System,
  pair: Pair,
  { onRightsKnown, work }: Pick<ActivationOptions, "onRightsKnown"> & {
    readonly work: (rights: Rights) => Promise<T>;
  },
): Promise<T> {
  const rights = await lookAtRights(system, pair);
  try {
    onRightsKnown?.();
    return await work(rights);
  } finally {
    await rights.close();
  }
}

/** Has where the pair is written down, before it is changed. What that has changed is looked at again. */
async function proposeAndNote<P extends Proposal>(
  system: System,
  pair: Pair,
  { session, propose }: { readonly session: Session; readonly propose: Propose<P> },
): Promise<{ readonly proposal: P; readonly noted: readonly Entry[] }> {
  while (true) {
    const proposal = await propose(session.recovery);
    requireOwnFiles(system, pair, proposal);
    const { entries } = proposal;
    const noted = entries.length === 0
      ? []
      : await noteLastKnown({ session, system, pair }, entries);
    if (noted !== undefined) return { proposal, noted };
  }
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

/** How a change is thought through. */
interface PreviewOptions<P extends Proposal> extends MissingOptions {
  /** How the change of this pair is proposed. */
  readonly proposer: (pair: Pair) => Propose<P> | Promise<Propose<P>>;
  /** A file of trust anchors that the change uses. */
  readonly trust?: string | undefined;
}

/** Says what a change would do. Takes no lock and writes nothing. */
export async function preview<P extends Proposal>(
  system: System,
  paths: PairPaths,
  { proposer, trust, acceptMissing = false }: PreviewOptions<P>,
): Promise<Plan<P>> {
  const pair = resolvePair(system.files, paths);
  const warnings = untrustedPlacesOf(system, paths, anchorsUsed(trust));
  const propose = await proposer(pair);
  const look = async () => {
    if (!acceptMissing) await requireMounted(system, pair);
    await requireKnownFormat(system, pair);
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
      ...warnings,
      ...(isDue ? [new RecoveryDueError(pair.active.certificate)] : []),
      ...proposal.warnings,
    ],
  };
}

function isConclusive({ isDue, proposal }: { isDue: boolean; proposal: Proposal }): boolean {
  return !isDue && !proposal.warnings.some((warning) => warning instanceof BrokenActivePairError);
}
