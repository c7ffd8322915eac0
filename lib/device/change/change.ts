/** The common part of stage, swap and rollback: a proposal is made, then performed or only shown. */
import { statIfPresent, type System } from "../../system/mod.ts";
import {
  type Entry,
  lookAgain,
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
  resolveForPlan,
  untrustedPlacesOf,
} from "../pair/mod.ts";
import { noteLastKnown, requireMounted } from "../pair/last_known/mod.ts";
import type { NewVersion } from "../pair/flip/mod.ts";
import { noteOutputs, servedFiles } from "../pair/outputs/mod.ts";
import { type MissingOptions, requireNothingMissing } from "./missing.ts";
import { inspectPair } from "./outlook.ts";

/** A change that has passed every check. Nothing has been written yet. */
export interface Proposal {
  /** Applied in this order. */
  readonly entries: readonly Entry[];
  /** For a flip: what has to be complete before the entries are applied. */
  readonly version?: NewVersion | undefined;
  /** Warnings. */
  readonly warnings: readonly unknown[];
}

/**
 * Makes a proposal. Only reads; called again if the files may have changed.
 *
 * @param recovery what had to be recovered first, if that has been done.
 */
export type Propose<P extends Proposal> = (recovery?: RecoveryReport) => Promise<P>;

/** The result of a change. */
export interface Performed<P extends Proposal> {
  readonly proposal: P;
  /** What had to be recovered first. */
  readonly recovery: RecoveryReport;
  readonly warnings: readonly unknown[];
}

/** Options for making a change. */
export interface ChangeOptions extends SessionOptions, MissingOptions {
  /** Called with what had to be recovered first, even if the change itself is refused afterwards. */
  readonly onRecovery?: ((recovery: RecoveryReport) => void) | undefined;
}

/** A change to make. */
interface PerformOptions<P extends Proposal> extends ChangeOptions {
  readonly propose: Propose<P>;
  /** Who may read the replaced files. If left out, it is found out when needed. */
  readonly rights?: Rights;
  /** Turns the error of a failed commit into the one to throw; may clean up. The lock is held. */
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
  // If certswap never ran here, there is nothing to recover, and a refusal need not leave a directory.
  if (statIfPresent(system.files, pair.site.stateDirectory) === undefined) await propose();
  return await withSession(system, pair.site, {
    lockTimeout,
    work: async (session) => {
      const { recovery } = session;
      onRecovery?.(recovery);
      // Again: this run may have waited for the lock.
      await requireMounted(system, pair);
      await requireKnownFormat(system, pair);
      if (pair.shape === "flip") {
        const { sweepVersions } = await import("../pair/flip/mod.ts");
        await sweepVersions(system, pair);
      }
      const { proposal, noted } = await proposeAndNote(system, pair, { session, propose });
      return await withRights(system, pair, {
        rights,
        proposal,
        work: async (kept) => {
          try {
            const commit = () => session.commit([...kept.entries, ...noted]);
            const { warnings } = kept.version === undefined
              ? await commit()
              : await (await flipSteps()).withVersion(system, pair, {
                version: kept.version,
                commit,
              });
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

/** Only a flip needs them. */
async function flipSteps(): Promise<typeof import("./files/flip_steps.ts")> {
  return await import("./files/flip_steps.ts");
}

/** Entries, and the work to do once they preserve the rights on the files they replace. */
interface WorkWithRights<T> {
  readonly rights: Rights | undefined;
  readonly proposal: Pick<Proposal, "entries" | "version">;
  readonly work: (kept: KeptRights) => Promise<T>;
}

async function withRights<T>(
  system: System,
  pair: Pair,
  { rights: given, proposal: { entries, version }, work }: WorkWithRights<T>,
): Promise<T> {
  if (version === undefined && !entries.some(({ target }) => isServed(pair, target))) {
    return await work({ entries, version, warnings: [] });
  }
  const rights = given ?? await lookAtRights(system, pair);
  try {
    return await work(keepRights(pair, { entries, version }, rights));
  } finally {
    if (given === undefined) await rights.close();
  }
}

/** Whether services read a file. */
function isServed(pair: Pair, target: string): boolean {
  return servedFiles(pair).some(({ path }) => path === target);
}

/** Options of a command that gives up the permission to start programs on its way. */
export interface ActivationOptions extends ChangeOptions {
  /** Called when no more programs have to be started. Nothing has been parsed by then. */
  readonly onRightsKnown?: (() => void) | undefined;
}

/**
 * Finds out who may read the files of a pair, reports that, and does `work`.
 *
 * @throws FileSystemError if a list cannot be read, and the errors of `work`.
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

/** Records the pair's location before the change. Files that this changed are read again. */
async function proposeAndNote<P extends Proposal>(
  system: System,
  pair: Pair,
  { session, propose }: { readonly session: Session; readonly propose: Propose<P> },
): Promise<{ readonly proposal: P; readonly noted: readonly Entry[] }> {
  while (true) {
    const proposal = await propose(session.recovery);
    requireOwnFiles(system, pair, proposal);
    const { entries } = proposal;
    if (entries.length === 0) return { proposal, noted: [] };
    const noted = await noteLastKnown({ session, system, pair }, entries);
    if (noted === undefined || await noteOutputs({ session, system, pair }, entries)) continue;
    return { proposal, noted };
  }
}

/** The staged pair will be swapped in later: refuse now what would be refused then. */
function requireOwnFiles({ files }: System, pair: Pair, { entries }: Proposal): void {
  const keys = [pair.active.key, pair.pending.key];
  if (entries.some(({ target }) => keys.includes(target))) requireSoleName(files, pair);
}

/** A file that a change would touch. */
export interface PlannedChange {
  readonly action: "create" | "replace" | "remove";
  readonly path: string;
}

/** The result of a dry run. */
export interface Plan<P extends Proposal> {
  readonly proposal: P;
  readonly changes: readonly PlannedChange[];
  readonly warnings: readonly unknown[];
}

/** Options of a dry run. */
interface PreviewOptions<P extends Proposal> extends MissingOptions {
  /** Makes the proposal for this pair. */
  readonly proposer: (pair: Pair) => Propose<P> | Promise<Propose<P>>;
  /** A file of trust anchors that the change uses. */
  readonly trust?: string | undefined;
}

/** Dry run: finds out what a change would do. Takes no lock and writes nothing. */
export async function preview<P extends Proposal>(
  system: System,
  paths: PairPaths,
  { proposer, trust, acceptMissing = false }: PreviewOptions<P>,
): Promise<Plan<P>> {
  const pair = await resolveForPlan(system, paths);
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
    changes: proposal.entries.flatMap((entry) => {
      // The state is an internal matter, and no pair needs a new directory.
      if (entry.kind === "makeDirectory" || entry.target === pair.state) return [];
      const made = "old" in entry && entry.old !== undefined ? "replace" : "create";
      return [{ action: entry.kind === "link" ? made : entry.kind, path: entry.target }];
    }),
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
