/** `recover`: finishes or undoes a change of a pair that a crash interrupted. */
import type { System } from "../../system/mod.ts";
import {
  type Keep,
  lookAgain,
  recover,
  type RecoveryOutlook,
  type RecoveryReport,
  type SessionOptions,
  withSession,
} from "../../transaction/mod.ts";
import {
  type Pair,
  type PairPaths,
  requireKnownFormat,
  resolveMounted,
  resolveTrusted,
} from "../pair/mod.ts";
import { requireMounted } from "../pair/last_known/mod.ts";
import { type MissingOptions, requireNothingMissing } from "./missing.ts";
import { inspectPair } from "./outlook.ts";

/** Options of a recovery. */
export interface RecoverOptions extends SessionOptions, MissingOptions {
  /** The operator's decision for what recovery cannot decide. */
  readonly keep?: Keep | undefined;
}

/**
 * Finishes or undoes an interrupted change of this pair. Creates nothing if certswap never ran here, and
 * succeeds on a read-only file system if there is nothing to do.
 *
 * @throws the errors of resolving; those of the transaction's `recover`; NewerStateError, when the files of
 *   the pair have been recovered.
 */
export async function recoverPair(
  system: System,
  paths: PairPaths,
  { lockTimeout, keep, acceptMissing }: RecoverOptions,
): Promise<RecoveryReport> {
  const pair = await resolveTrusted(system, paths);
  return await recoverResolved(system, pair, { lockTimeout, keep, acceptMissing });
}

/**
 * {@linkcode recoverPair} for a pair that has been resolved. A run resolves a pair only once: later, a link
 * at one of its paths may be another program's.
 *
 * @throws as {@linkcode recoverPair}, except the errors of resolving.
 */
export async function recoverResolved(
  system: System,
  pair: Pair,
  { lockTimeout, keep, acceptMissing }: RecoverOptions,
): Promise<RecoveryReport> {
  await requireNothingMissing(system, pair, { acceptMissing, lockTimeout });
  const report = await recover(system, pair.site, { lockTimeout, keep });
  // A pair that is whole again comes first: the journal is of a format that is known.
  await requireKnownFormat(system, pair);
  return pair.shape === "flip" ? await sweepAfter(system, pair, { lockTimeout, report }) : report;
}

/**
 * Removes the versions that a crash left behind, and makes it durable that they are gone: a change that was
 * interrupted may have removed them without an fsync, and a power cut would bring them back.
 */
async function sweepAfter(
  system: System,
  pair: Pair,
  { lockTimeout, report }: SessionOptions & { readonly report: RecoveryReport },
): Promise<RecoveryReport> {
  const { settleVersions, staleVersions, sweepVersions } = await import("../pair/flip/mod.ts");
  if ((await staleVersions(system, pair)).length === 0) {
    settleVersions(system.files, pair);
    return report;
  }
  const swept = await withSession(system, pair.site, {
    lockTimeout,
    work: () => sweepVersions(system, pair),
  });
  const outcome = report.outcome === "clean" ? "cleaned" : report.outcome;
  return { ...report, outcome, removed: [...report.removed, ...swept] };
}

/** What {@linkcode recoverPair} would do. Only reads, and takes no lock. */
export async function planRecovery(
  system: System,
  paths: PairPaths,
  { acceptMissing = false }: MissingOptions = {},
): Promise<RecoveryOutlook> {
  const pair = await resolveMounted(system, paths);
  const look = async (): Promise<RecoveryOutlook> => {
    if (!acceptMissing) await requireMounted(system, pair);
    await requireKnownFormat(system, pair);
    return await inspectPair(system, pair);
  };
  return await lookAgain(system.clock, look, ({ outcome }) => outcome === "clean");
}
