/** `ca rollover finish` and `cancel`: clients get the certificates of only one of the two CAs. */
import { CertswapError, type System } from "../../system/mod.ts";
import { type Certificate, formatSerial } from "../../x509/mod.ts";
import { removeByFingerprint } from "../bundle/mod.ts";
import type { CaOptions } from "../ca.ts";
import { currentSecond, readHierarchy, readRoot } from "../issue/mod.ts";
import { type CaStore, openStore, type StoreChange, type StoreReader } from "../store/mod.ts";
import { openNext, readRollover, type RolloverRecord } from "../succession/mod.ts";
import { forgetCopies, removeAll, removeReplaced } from "./enrolments.ts";
import { LeavesRemainError, refuse } from "./errors.ts";
import { activeCrosses, issuedCrosses } from "./exchange.ts";
import { compareLeaves } from "./leaves.ts";
import {
  enter,
  findRollover,
  openBoth,
  Progress,
  recordIn,
  type RolloverReport,
} from "./parties.ts";

/** Options of `ca rollover finish` and `cancel`. */
export interface EndOptions extends CaOptions {
  /** How many certificates may be left that the other CA has not replaced. */
  readonly leaveBehind: number | undefined;
}

/** Options of `ca rollover cancel`. */
export interface CancelOptions extends EndOptions {
  /** The next CA does not exist any more. */
  readonly isNextLost: boolean;
}

/**
 * Finishes a rollover: from now on, clients get only the certificates of the next CA. The replaced one can
 * still revoke what it has issued, and goes on with its CRL and OCSP. The phase is recorded first: if the
 * rest is interrupted, the same call makes up for it.
 *
 * @throws RolloverRefusedError, LeavesRemainError: nothing has changed.
 */
export async function finishRollover(
  system: System,
  options: EndOptions,
): Promise<RolloverReport> {
  const step = "finish";
  const { dataDirectory, lockTimeout, leaveBehind } = options;
  const { record } = await findRollover(system, options, step);
  requirePhase(record, "switched", { step, dataDirectory });
  const { old, next } = await openBoth(system, options, record);
  const progress = new Progress(step, dataDirectory);
  return await progress.around(async () => {
    const { value: isUnchanged, recovery, warnings } = await old.change({
      lockTimeout,
      async work(change) {
        const current = await recordIn(change, { next: record.next, step, dataDirectory });
        requirePhase(current, "switched", { step, dataDirectory });
        if (current.phase === "finished") return true;
        const { remaining } = await compareLeaves(change, next, { now: system.clock.now() });
        requireFew(remaining, { step, dataDirectory, accepted: leaveBehind });
        await enter(system, change, { ...current, phase: "finished" });
        return false;
      },
    });
    progress.noteChange();
    await removeReplaced(old, { lockTimeout });
    const removed = await next.change({
      lockTimeout,
      work: (change) => removeByFingerprint(change, record.certificates),
    });
    return {
      phase: "finished",
      next: record.next,
      isUnchanged,
      recovery,
      warnings: [...warnings, ...removed.warnings],
    };
  });
}

/**
 * Cancels a rollover before the next CA issues: clients get only the certificates of this CA again, and both
 * cross-certificates are revoked. The next CA stays where it is.
 *
 * @throws RolloverRefusedError, LeavesRemainError: nothing has changed.
 */
export async function cancelRollover(
  system: System,
  options: CancelOptions,
): Promise<RolloverReport> {
  const step = "cancel";
  const { dataDirectory } = options;
  const { record } = await findRollover(system, options, step);
  requirePhase(record, "started", { step, dataDirectory });
  const old = await openStore(system, options);
  const progress = new Progress(step, dataDirectory);
  return await progress.around(async () => {
    const next = await openUnlessLost(system, record, options);
    if (next === undefined) return await cancelHere(system, { old, next, record, options });
    const { value, warnings } = await next.change({
      lockTimeout: options.lockTimeout,
      async work(change) {
        const cancelled = await cancelHere(system, { old, next: change, record, options });
        progress.noteChange();
        if ((await readRollover(old))?.hasCopies) await removeAll(change);
        await removeByFingerprint(change, record.certificates);
        await revokeCrosses(system, change, old);
        return cancelled;
      },
    });
    await forgetCopies(old, options);
    return { ...value, warnings: [...value.warnings, ...warnings] };
  });
}

/** Opens the next CA. @returns `undefined` if it is lost, and the caller says so. */
async function openUnlessLost(
  system: System,
  record: RolloverRecord,
  { dataDirectory, isNextLost }: CancelOptions,
): Promise<CaStore | undefined> {
  try {
    return await openNext(system, record, dataDirectory);
  } catch (error) {
    if (isNextLost && error instanceof CertswapError) return undefined;
    throw error;
  }
}

/** The part of the CA that was to be replaced. */
async function cancelHere(
  system: System,
  { old, next, record, options }: {
    readonly old: CaStore;
    /** `undefined`: it is lost. */
    readonly next: StoreReader | undefined;
    readonly record: RolloverRecord;
    readonly options: CancelOptions;
  },
): Promise<RolloverReport> {
  const step = "cancel";
  const { dataDirectory, lockTimeout, leaveBehind: accepted } = options;
  const { value: isUnchanged, recovery, warnings } = await old.change({
    lockTimeout,
    async work(change) {
      const current = await recordIn(change, { next: record.next, step, dataDirectory });
      requirePhase(current, "started", { step, dataDirectory });
      if (current.phase === "cancelled") return true;
      if (next !== undefined) {
        const { remaining } = await compareLeaves(next, change, { now: system.clock.now() });
        requireFew(remaining, { step, dataDirectory: record.next, accepted });
        await revokeCrosses(system, change, next);
      } else {
        const crosses = await activeCrosses(change, {});
        const isForNext = ({ subjectKeyIdentifier: key }: Certificate): boolean =>
          key?.toHex() === record.nextKey;
        await revokeAll(system, change, crosses.filter(isForNext));
      }
      await removeByFingerprint(change, record.certificates);
      const hasCopies = next !== undefined && current.hasCopies === true;
      await enter(system, change, { ...current, phase: "cancelled", hasCopies });
      return false;
    },
  });
  return { phase: "cancelled", next: record.next, isUnchanged, recovery, warnings };
}

/** Revokes the cross-certificates that a CA has issued for the root of the other one. */
async function revokeCrosses(
  system: System,
  change: StoreChange,
  other: StoreReader,
): Promise<void> {
  const { root, above } = await readHierarchy(other, await readRoot(other));
  const top = above.at(-1) ?? root.certificate;
  await revokeAll(system, change, await issuedCrosses(change, top));
}

async function revokeAll(
  system: System,
  change: StoreChange,
  certificates: readonly Certificate[],
): Promise<void> {
  const at = currentSecond(system);
  for (const { serial } of certificates) {
    await change.revoke(formatSerial(serial), { at, reason: "cessationOfOperation" });
  }
}

/** @throws LeavesRemainError */
function requireFew(
  count: number,
  terms: Pick<LeavesRemainError, "step" | "dataDirectory" | "accepted">,
): void {
  if (count > 0 && terms.accepted !== count) throw new LeavesRemainError({ ...terms, count });
}

/**
 * Checks that a rollover is in the phase before its end, or has ended in the same way.
 *
 * @throws RolloverRefusedError
 */
function requirePhase(
  { phase, next }: RolloverRecord,
  wanted: "switched" | "started",
  { step, dataDirectory }: { readonly step: "finish" | "cancel"; readonly dataDirectory: string },
): void {
  const end = step === "finish" ? "finished" : "cancelled";
  if (phase === wanted || phase === end) return;
  const terms = { step, dataDirectory, next };
  if (phase === "finished") refuse(terms, "already-finished");
  if (phase === "cancelled") refuse(terms, "none");
  refuse(terms, phase === "started" ? "not-switched" : "already-switched");
}
