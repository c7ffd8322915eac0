/** The rotation of one pair: recover, retry a pending hook or probe, and renew the pair if it is due. */
import { CertswapError, FileSystemError, present, type System } from "../../system/mod.ts";
import {
  InterruptedError,
  LockedError,
  OutcomeUnknownError,
  TransactionFailedError,
  withLock,
} from "../../transaction/mod.ts";
import { inspectPair, recoverResolved, requireNothingMissing } from "../change/mod.ts";
import { type PairConfiguration, placesOf } from "../configuration/mod.ts";
import {
  dropPair,
  type Failure,
  type Pair,
  type PairState,
  readState,
  readStoredPair,
  resolveForChange,
  resolveMounted,
  rotationSite,
} from "../pair/mod.ts";
import { UnreadableStateError } from "../errors.ts";
import { findNotMounted } from "../pair/last_known/mod.ts";
import { requireKnownAccounts } from "../pair/outputs/mod.ts";
import { attentionAfter } from "./attention.ts";
import { requireStateFile, type RotateOptions, type Rotation, tell, writeDown } from "./context.ts";
import { isTimeWorthNoting } from "./decide/mod.ts";
import { refusalOf, StateBlockedError, StateNotWrittenError } from "./errors.ts";
import { emptyResult, type RotationResult } from "./event.ts";
import { idle, isAtRest, isLeftOver, type Look, lookAt, requireWritableState } from "./look.ts";
import { isStopped, type Settle, type Settlement, settleOwed } from "./owed/mod.ts";
import { refreshTrust } from "./trust/mod.ts";
import { withoutForced, withoutRenewal } from "./progress.ts";

/** Options of the rotation of one pair. */
export interface RotatePairOptions extends RotateOptions {
  /** Runs pending hooks and probes; by default immediately, for this pair alone. */
  readonly settle?: Settle;
}

/**
 * Rotates one pair. Does not throw: errors are in the result.
 *
 * If there is nothing to do, nothing is written except the time once a day, and no lock is held.
 */
export async function rotatePair(
  system: System,
  configuration: PairConfiguration,
  options: RotatePairOptions,
): Promise<RotationResult> {
  const begun = system.clock.now();
  const ran = await rotate(system, configuration, options);
  return await withAttention(system, configuration, { ...options, ...ran, begun });
}

/** The result of a run, and the examined pair, if it has not changed since. */
interface Ran {
  readonly result: RotationResult;
  /** As resolved at the start of the run; `undefined` if it could not be. */
  readonly pair: Pair | undefined;
  readonly look?: Look;
}

/** Adds to a result what to report about the pair after it. */
export async function withAttention(
  system: System,
  configuration: PairConfiguration,
  { result, pair, look, begun, ...options }: Ran & Pick<RotateOptions, "built" | "textOf"> & {
    /** When the run started. */
    readonly begun: Date;
  },
): Promise<RotationResult> {
  const { issuer } = configuration;
  const after = look ?? await lookAfter(system, pair, { ...configuration, ...options });
  return {
    ...result,
    pair,
    nextAttempt: after !== undefined && isOver(result, after)
      ? nextTryOf(after)
      : result.nextAttempt,
    attention: attentionAfter(options, { issuer, result, look: after, begun }),
  };
}

/**
 * Whether a later run tries again by its own decision, and not at a time that this run has recorded: that was
 * for a renewal that no run continues.
 */
function isOver({ outcome, reason }: RotationResult, { decision }: Look): boolean {
  if (outcome === "restored") return true;
  return reason === "forced" && (outcome === "failed" || decision.kind === "nothing") &&
    outcome !== "rotated";
}

/** Whether the state directory cannot be written. Usually the lock file is the first to fail. */
function isStateRefused(error: unknown, { site: { stateDirectory } }: Pair): boolean {
  if (!(error instanceof FileSystemError) || refusalOf(error) === undefined) return false;
  return error.path === stateDirectory || error.path.startsWith(`${stateDirectory}/`);
}

/** When the pair is tried again. @returns `undefined`: at the next run. */
function nextTryOf({ decision }: Look): Date | undefined {
  switch (decision.kind) {
    case "nothing":
      return decision.renewalTime;
    case "wait":
      return decision.until;
    case "renew":
      return undefined;
  }
}

async function rotate(
  system: System,
  configuration: PairConfiguration,
  options: RotatePairOptions,
): Promise<Ran> {
  const { name, paths } = configuration;
  const { lockTimeout, onEvent, textOf, built } = options;
  let resolved: Pair | undefined;
  try {
    const pair = await resolveForChange(system, paths, placesOf(configuration));
    resolved = pair;
    requireKnownAccounts(paths);
    const row = { isCounted: false };
    const rotation = { system, name, pair, row, lockTimeout, onEvent, textOf, built };
    await requireNothingMissing(system, pair, options);
    const { outcome } = await inspectPair(system, pair);
    if (outcome === "clean") {
      const look = await lookAt(system, pair, { ...configuration, ...options });
      if (isAtRest(look)) {
        const unwritten = await noteTime(rotation, noteOf(look, configuration));
        return { result: withFailures(idle(name, look), unwritten), pair, look };
      }
    }
    const result = await withRotationLock(
      rotation,
      () => rotateLocked(rotation, configuration, options),
    ).catch((error) => {
      throw isStateRefused(error, pair)
        ? new StateNotWrittenError(pair.state, { cause: error })
        : error;
    });
    return { result, pair };
  } catch (error) {
    onEvent({ pair: name, event: "failed", error, nextAttempt: undefined });
    return { result: { ...emptyResult(name), ...failedWith(error) }, pair: resolved };
  }
}

/**
 * The pair as it is after a run. It is not resolved again, so that a link that has replaced one of its paths
 * since is not followed.
 *
 * @returns `undefined` if it cannot be examined.
 */
async function lookAfter(
  system: System,
  pair: Pair | undefined,
  rules: PairConfiguration & Pick<RotateOptions, "built">,
): Promise<Look | undefined> {
  try {
    // Without a pair that may be changed, it is only read, as `status` does.
    const seen = pair ?? await resolveMounted(system, rules.paths);
    if (await findNotMounted(system, seen) !== undefined) return undefined;
    return await lookAt(system, seen, { ...rules, force: false });
  } catch {
    // The run met the same error, which is in its result.
    return undefined;
  }
}

/** Adds the errors of recording the state to a result. */
function withFailures(result: RotationResult, errors: readonly unknown[]): RotationResult {
  if (errors.length === 0) return result;
  const isAtRest = result.outcome === "idle" || result.outcome === "waiting";
  return {
    ...result,
    outcome: isAtRest ? "failed" : result.outcome,
    errors: [...result.errors, ...errors],
  };
}

/**
 * Does work under the lock that keeps two rotations of one pair apart. The pair's own lock is taken
 * separately for each change.
 *
 * @throws LockedError, and the errors of `work`.
 */
export async function withRotationLock<T>(
  { system, pair, lockTimeout }: Pick<Rotation, "system" | "pair" | "lockTimeout">,
  work: () => Promise<T>,
): Promise<T> {
  return await withLock(system, rotationSite(pair), { lockTimeout, work });
}

function failedWith(
  error: unknown,
): Pick<RotationResult, "outcome" | "errors" | "isInterrupted"> {
  return { outcome: "failed", errors: [error], isInterrupted: error instanceof InterruptedError };
}

/** Rotates a pair, with the rotation lock held. */
async function rotateLocked(
  rotation: Rotation,
  configuration: PairConfiguration,
  options: Pick<RotatePairOptions, "force" | "wait" | "keys" | "settle">,
): Promise<RotationResult> {
  const { system, name, pair, lockTimeout, built } = rotation;
  const { force, settle = settleOwed } = options;
  const { outcome } = await recoverResolved(system, pair, { lockTimeout });
  if (outcome !== "clean") tell(rotation, { event: "recovered", outcome });
  // Before anything is written: afterwards the state is readable again, and the loss would not be reported.
  const { warning } = await readState(system, pair);
  const settled = settledResult(name, await settle({ rotation, configuration }));
  const found = [warning ?? [], settled.warnings].flat();
  if (settled.isInterrupted) return { ...settled, warnings: found };
  const seen = await lookAt(system, pair, { ...configuration, force, built });
  // Before a renewal: the new certificate may be one of the new root.
  if (seen.isTrustDue) {
    const trusted = await refreshTrust(rotation, configuration, { settle })
      .catch((error) => withoutRefresh(rotation, error));
    // A change has run all hooks again.
    const rest = trusted.outcome === "idle" ? settled : emptyResult(name);
    const others = { settled: rest, warning, found };
    if (trusted.isInterrupted) return withTrust({ ...settled, warnings: found }, trusted);
    const renewed = await rotateOn(rotation, { configuration, options, ...others })
      .catch((error) => {
        // What has changed is not forgotten because of what comes after it.
        if (trusted.trust === undefined) throw error;
        tell(rotation, { event: "failed", error, nextAttempt: undefined });
        return { ...emptyResult(name), ...failedWith(error) };
      });
    return withTrust(renewed, trusted);
  }
  return await rotateOn(rotation, { configuration, options, settled, warning, found, seen });
}

/**
 * A trust bundle that cannot be changed does not stop a renewal.
 *
 * @throws the errors that do, see {@linkcode InterruptedError} and {@linkcode OutcomeUnknownError}.
 */
function withoutRefresh(rotation: Rotation, error: unknown): RotationResult {
  const isStop = error instanceof InterruptedError || error instanceof OutcomeUnknownError;
  if (!(error instanceof CertswapError) || isStop) throw error;
  tell(rotation, { event: "failed", error, nextAttempt: undefined });
  return { ...emptyResult(rotation.name), outcome: "failed", errors: [error] };
}

/** Adds to a result what changed in the trust bundle before. */
function withTrust(result: RotationResult, trusted: RotationResult): RotationResult {
  const isAtRest = ["idle", "waiting", "settled"].includes(result.outcome);
  const isNew = result.outcome === "rotated" || result.outcome === "restored";
  return {
    ...result,
    outcome: isAtRest && trusted.outcome !== "idle" ? trusted.outcome : result.outcome,
    repaired: [...trusted.repaired, ...result.repaired],
    // Only a new pair replaces a hook or probe that is pending.
    owed: isNew ? result.owed : trusted.owed ?? result.owed,
    errors: [...trusted.errors, ...result.errors],
    warnings: [...trusted.warnings, ...result.warnings],
    isInterrupted: trusted.isInterrupted || result.isInterrupted,
    ...present({ trust: trusted.trust }),
  };
}

/** What a rotation has found out and done before it checks whether the pair is due. */
interface Begun {
  readonly configuration: PairConfiguration;
  readonly options: Pick<RotatePairOptions, "force" | "wait" | "keys" | "settle">;
  /** What was pending from earlier. */
  readonly settled: RotationResult;
  readonly warning: unknown;
  readonly found: readonly unknown[];
  /** The pair as it is, if nothing has changed since it was examined. */
  readonly seen?: Look;
}

/** Renews or repairs a pair, if that is to be done. */
async function rotateOn(
  rotation: Rotation,
  { configuration, options, settled, warning, found, seen }: Begun,
): Promise<RotationResult> {
  const { system, name, pair, built } = rotation;
  const { force, wait, keys, settle = settleOwed } = options;
  const look = seen ?? await lookAt(system, pair, { ...configuration, force, built });
  if (look.isPreviousStale) await removePrevious(rotation);
  if (look.decision.kind === "renew") {
    const { renew } = await import("./renew/renew.ts");
    const due = { reason: look.decision.reason, active: look.active };
    const renewed = await renew(rotation, due, { ...configuration, wait, keys, settle });
    const earlier = look.state.lastFailure;
    const ended = await afterRenewal(rotation, { configuration, renewed, earlier });
    // Only a new pair replaces a hook or probe that is pending for the old one.
    const isStillOwed = ended.outcome === "failed" || ended.outcome === "waiting";
    return {
      ...ended,
      ...(isStillOwed ? { owed: settled.owed, errors: [...settled.errors, ...ended.errors] } : {}),
      warnings: [...found, ...ended.warnings.filter((other) => !isSameLoss(other, warning))],
    };
  }
  const unwritten = await noteTime(rotation, noteOf(look, configuration));
  const rest = idle(name, look);
  // Also if a hook is still pending: it may have failed for what is to be repaired.
  if (look.toRepair.length > 0 && settled.outcome !== "restored") {
    const { repairPair } = await import("./repair_pair.ts");
    const repaired = await repairPair(rotation, { ...configuration, settle }).catch((error) => {
      if (settled.owed === undefined) throw error;
      tell(rotation, { event: "failed", error, nextAttempt: undefined });
      return { ...settled, outcome: "failed" as const, errors: [...settled.errors, error] };
    });
    const { nextAttempt } = rest;
    return withFailures(
      { ...repaired, nextAttempt, warnings: [...found, ...repaired.warnings] },
      unwritten,
    );
  }
  return withFailures(
    settled.outcome === "idle"
      ? { ...rest, warnings: found }
      : { ...settled, nextAttempt: rest.nextAttempt, warnings: found },
    unwritten,
  );
}

/** Records what is left to record after a renewal that did not lead to a new pair. */
async function afterRenewal(
  rotation: Rotation,
  { configuration, renewed, earlier }: {
    readonly configuration: PairConfiguration;
    readonly renewed: RotationResult;
    /** The last failure before this run. */
    readonly earlier: Failure | undefined;
  },
): Promise<RotationResult> {
  const { system, pair, built } = rotation;
  if (renewed.reason === "forced" && renewed.outcome !== "rotated") {
    const look = await lookAt(system, pair, { ...configuration, force: false, built });
    if (isLeftOver(look, configuration)) {
      // No run continues this renewal before the pair is due.
      const { nextAttempt } = idle(renewed.name, look);
      return withFailures(
        { ...renewed, nextAttempt },
        await noteTime(rotation, {
          look,
          change: (state) => withoutForced(state, earlier),
        }),
      );
    }
  }
  // For a pair that waits for its time, nothing was written.
  return renewed.outcome === "waiting" ? withFailures(renewed, await noteTime(rotation)) : renewed;
}

/**
 * Whether two warnings are about the same unreadable state, which a later step read before it was rewritten.
 */
function isSameLoss(warning: unknown, known: unknown): boolean {
  return [warning, known].every((error) => error instanceof UnreadableStateError);
}

/** The result of a run that only had to retry a pending hook or probe. */
export function settledResult(
  name: string,
  { paid, owed, errors, restored, warnings }: Settlement,
): RotationResult {
  const outcome = restored !== undefined
    ? "restored"
    : owed !== undefined
    ? "owed"
    : paid
    ? "settled"
    : "idle";
  return {
    ...emptyResult(name),
    outcome,
    certificate: restored?.certificate,
    owed,
    errors: restored === undefined ? errors : [restored.error, ...errors],
    warnings,
    isInterrupted: errors.some(isStopped),
  };
}

async function removePrevious(rotation: Rotation): Promise<void> {
  const { system, pair } = rotation;
  await writeDown(
    rotation,
    undefined,
    async () => dropPair(await readStoredPair(system.files, pair.previous)),
  );
  tell(rotation, { event: "previous-removed" });
}

/** What a run at rest may record. */
interface Note {
  /** The examined pair. */
  readonly look?: Look;
  /** Removes a renewal that is over, see {@linkcode isLeftOver}. */
  readonly change?: ((state: PairState) => PairState) | undefined;
}

function noteOf(look: Look, configuration: PairConfiguration): Note {
  return { look, change: isLeftOver(look, configuration) ? withoutRenewal : undefined };
}

/**
 * Records the time once a day, replaces a state that was partly unreadable, and removes a renewal that is
 * over. If there is nothing to write, it checks whether the state could be written, so that a read-only or
 * inaccessible disk is an error of this run, not only of the run that needs it. If another run holds the
 * lock, that run records the time.
 *
 * @returns why nothing could be written.
 */
async function noteTime(
  rotation: Rotation,
  { look, change }: Note = {},
): Promise<readonly unknown[]> {
  const { system, pair } = rotation;
  try {
    await requireStateFile(rotation);
    const { state } = look ?? await readState(system, pair);
    const isReadAnew = look !== undefined && look.warnings.length > 0;
    const now = look?.now ?? system.clock.now();
    if (change !== undefined || isReadAnew || isTimeWorthNoting(state, now, rotation)) {
      await writeDown(rotation, change);
    } else {
      requireWritableState(system, pair);
    }
    return [];
  } catch (cause) {
    if (cause instanceof LockedError) return [];
    const error = isRefusal(cause) ? new StateNotWrittenError(pair.state, { cause }) : cause;
    if (error === cause && !(cause instanceof StateBlockedError)) throw error;
    tell(rotation, { event: "failed", error, nextAttempt: undefined });
    return [error];
  }
}

/** Whether the disk has refused an operation. */
function isRefusal(error: unknown): boolean {
  return error instanceof FileSystemError || error instanceof TransactionFailedError;
}
