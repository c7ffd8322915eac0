/** The rotation of one pair: recover, pay what is owed, and renew if that is due. */
import { FileSystemError, type System } from "../../system/mod.ts";
import {
  InterruptedError,
  LockedError,
  type Site,
  TransactionFailedError,
  withLock,
} from "../../transaction/mod.ts";
import { inspectPair, recoverPair, requireNothingMissing } from "../change/mod.ts";
import { type PairConfiguration, placesOf } from "../configuration/mod.ts";
import { dropPair, type Pair, readState, readStoredPair, resolveForChange } from "../pair/mod.ts";
import { UnreadableStateError } from "../errors.ts";
import { type RotateOptions, type Rotation, tell, writeDown } from "./context.ts";
import { isTimeWorthNoting } from "./decide/mod.ts";
import { emptyResult, type RotationResult } from "./event.ts";
import { idle, isAtRest, type Look, lookAt } from "./look.ts";
import { isStopped, type Settle, type Settlement, settleOwed } from "./owed/mod.ts";

/** How the rotation of one pair is done. */
export interface RotatePairOptions extends RotateOptions {
  /** How it pays what it owes: at once, if that is left out. */
  readonly settle?: Settle;
}

/**
 * Rotates one pair. Whatever happens to it is in the result: nothing is thrown.
 *
 * If there is nothing to do nothing is written, but once a day the time, and no lock is taken for longer.
 */
export async function rotatePair(
  system: System,
  configuration: PairConfiguration,
  options: RotatePairOptions,
): Promise<RotationResult> {
  const { name, paths } = configuration;
  const { lockTimeout, onEvent, built } = options;
  try {
    const pair = resolveForChange(system, paths, placesOf(configuration));
    const rotation = { system, name, pair, lockTimeout, onEvent, built };
    await requireNothingMissing(system, pair, options);
    const { outcome } = await inspectPair(system, pair);
    if (outcome === "clean") {
      const look = await lookAt(system, pair, { ...configuration, ...options });
      if (isAtRest(look)) {
        await noteTime(rotation, look);
        return idle(name, look);
      }
    }
    return await withRotationLock(rotation, () => rotateLocked(rotation, configuration, options));
  } catch (error) {
    onEvent({ pair: name, event: "failed", error, nextAttempt: undefined });
    return { ...emptyResult(name), ...failedWith(error) };
  }
}

/**
 * Does work under the lock that keeps two rotations of one pair apart; the pair's own is taken for each change
 * anew.
 *
 * @throws LockedError, and the errors of `work`.
 */
export async function withRotationLock<T>(
  { system, pair, lockTimeout }: Pick<Rotation, "system" | "pair" | "lockTimeout">,
  work: () => Promise<T>,
): Promise<T> {
  return await withLock(system, rotationSite(pair), { lockTimeout, work });
}

function rotationSite({ site }: Pair): Site {
  return {
    stateDirectory: site.stateDirectory,
    name: `${site.name}.rotation`,
    manages: () => false,
    directories: [],
  };
}

function failedWith(
  error: unknown,
): Pick<RotationResult, "outcome" | "errors" | "isInterrupted"> {
  return { outcome: "failed", errors: [error], isInterrupted: error instanceof InterruptedError };
}

/** No other rotation of this pair is under way. */
async function rotateLocked(
  rotation: Rotation,
  configuration: PairConfiguration,
  options: Pick<RotatePairOptions, "force" | "wait" | "keys" | "settle">,
): Promise<RotationResult> {
  const { system, name, pair, lockTimeout, built } = rotation;
  const { force, wait, keys, settle = settleOwed } = options;
  const { outcome } = await recoverPair(system, configuration.paths, { lockTimeout });
  if (outcome !== "clean") tell(rotation, { event: "recovered", outcome });
  // Before anything is written: the state is whole again then, and what was lost would go unnoticed.
  const { warning } = await readState(system, pair);
  const settled = settledResult(name, await settle({ rotation, configuration }));
  const found = [warning ?? [], settled.warnings].flat();
  if (settled.isInterrupted) return { ...settled, warnings: found };
  const look = await lookAt(system, pair, { ...configuration, force, built });
  if (look.isPreviousStale) await removePrevious(rotation);
  if (look.decision.kind === "renew") {
    const { renew } = await import("./renew/renew.ts");
    const due = { reason: look.decision.reason, active: look.active };
    const renewed = await renew(rotation, due, { ...configuration, wait, keys, settle });
    // For a pair that waits for its time, nothing was written.
    if (renewed.outcome === "waiting") await noteTime(rotation);
    // Only a new pair makes up for what could not be paid for the old one.
    const isStillOwed = renewed.outcome === "failed" || renewed.outcome === "waiting";
    return {
      ...renewed,
      ...(isStillOwed
        ? { owed: settled.owed, errors: [...settled.errors, ...renewed.errors] }
        : {}),
      warnings: [...found, ...renewed.warnings.filter((other) => !isSameLoss(other, warning))],
    };
  }
  await noteTime(rotation, look);
  const rest = idle(name, look);
  return settled.outcome === "idle"
    ? { ...rest, warnings: found }
    : { ...settled, nextAttempt: rest.nextAttempt, warnings: found };
}

/** Whether a step that read the state before it was whole again has warned of it, too. */
function isSameLoss(warning: unknown, known: UnreadableStateError | undefined): boolean {
  return known !== undefined && warning instanceof UnreadableStateError;
}

/** The result of a run that had nothing to do but to pay what an earlier one owed. */
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

/**
 * Writes down the time, once a day, and a state of which a part could not be read. Failures are
 * ignored: a disk that takes nothing is reported by the run that needs it, and another run that holds
 * the lock has a
 * clock, too.
 */
async function noteTime(rotation: Rotation, look?: Look): Promise<void> {
  const { system, pair } = rotation;
  try {
    const { state } = look ?? await readState(system, pair);
    const isReadAnew = look !== undefined && look.warnings.length > 0;
    if (isReadAnew || isTimeWorthNoting(state, look?.now ?? system.clock.now(), rotation)) {
      await writeDown(rotation);
    }
  } catch (error) {
    const isOfNoMatter = error instanceof FileSystemError || error instanceof LockedError ||
      error instanceof TransactionFailedError;
    if (!isOfNoMatter) throw error;
  }
}
