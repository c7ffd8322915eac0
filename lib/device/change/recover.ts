/** `recover`: finishing or undoing what a crash left of a change of a pair. */
import type { System } from "../../system/mod.ts";
import {
  type Keep,
  recover,
  type RecoveryOutlook,
  type RecoveryReport,
  type SessionOptions,
  withSession,
} from "../../transaction/mod.ts";
import type { PairPaths } from "../pair/layout.ts";
import { findHalfPending, removeHalfPending } from "../pair/pending.ts";
import { resolveForChange, resolvePair } from "../pair/resolve.ts";
import { alsoRemoved } from "./change.ts";
import { inspectPair, lookAgain } from "./outlook.ts";

/** How a pair is recovered. */
export interface RecoverOptions extends SessionOptions {
  /** A person's word on what recovery cannot decide. */
  readonly keep?: Keep | undefined;
}

/**
 * Finishes or undoes what a crash left of a change of this pair. Creates nothing where certswap never
 * ran, and succeeds on a read-only file system where there is nothing to do.
 *
 * @throws the errors of resolving; those of the transaction's `recover`.
 */
export async function recoverPair(
  system: System,
  paths: PairPaths,
  { lockTimeout, keep }: RecoverOptions,
): Promise<RecoveryReport> {
  const { files } = system;
  const pair = resolveForChange(system, paths);
  const report = await recover(system, pair.site, { lockTimeout, keep });
  if (findHalfPending(files, pair) === undefined) return report;
  return await withSession(system, pair.site, {
    lockTimeout,
    work: () => Promise.resolve(alsoRemoved(report, removeHalfPending(files, pair))),
  });
}

/** What {@linkcode recoverPair} would do. Reads only and takes no lock. */
export async function planRecovery(system: System, paths: PairPaths): Promise<RecoveryOutlook> {
  const pair = resolvePair(system.files, paths);
  const look = () => inspectPair(system, pair);
  return await lookAgain(system.clock, look, ({ outcome }) => outcome === "clean");
}
