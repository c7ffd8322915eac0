/** The rotation of several pairs in one run: hooks that they share run once, after all changes. */
import type { System } from "../../system/mod.ts";
import type { PairConfiguration } from "../configuration/mod.ts";
import { readState } from "../pair/mod.ts";
import type { RotateOptions } from "./context.ts";
import type { RotationResult } from "./event.ts";
import {
  type Debtor,
  isStopped,
  nothingOwed,
  type Settle,
  type Settlement,
  settleOwed,
  settleTogether,
  sharedHooksOf,
} from "./owed/mod.ts";
import { rotatePair, settledResult, withAttention, withRotationLock } from "./rotate_pair.ts";

/** Options of the rotation of several pairs. */
interface RotatePairsOptions extends RotateOptions {
  /** Called with each result as soon as it is final. */
  readonly onResult: (result: RotationResult) => void;
}

/**
 * Rotates pairs, one after the other. A failure of one does not stop the others, unless certswap is asked to
 * stop. The pending hooks and probes of pairs with shared hooks run at the end, for all of them together.
 *
 * @returns the results, in the order of the pairs, without those that were not started.
 */
export async function rotatePairs(
  system: System,
  configurations: readonly PairConfiguration[],
  { onResult, ...options }: RotatePairsOptions,
): Promise<readonly RotationResult[]> {
  const begun = system.clock.now();
  const deferred = new Map<string, Debtor>();
  const results: RotationResult[] = [];
  const settle = settleLater(deferred);
  for (const configuration of configurations) {
    const result = await rotatePair(system, configuration, { ...options, settle });
    results.push(result);
    if (!deferred.has(result.name)) onResult(result);
    if (result.isInterrupted) break;
  }
  const isInterrupted = results.some((result) => result.isInterrupted);
  const settlements = isInterrupted ? [] : await settleLocked([...deferred.values()]);
  const settlementOf = new Map(settlements.map((each) => [each.debtor.rotation.name, each]));
  const all: RotationResult[] = [];
  for (const [index, configuration] of configurations.slice(0, results.length).entries()) {
    const result = results[index];
    const settled = settlementOf.get(configuration.name);
    if (result === undefined) continue;
    const whole = settled === undefined ? result : await withAttention(system, configuration, {
      ...options,
      begun,
      pair: settled.debtor.rotation.pair,
      result: withSettlement(result, settled),
    });
    if (deferred.has(configuration.name)) onResult(whole);
    all.push(whole);
  }
  return all;
}

/**
 * Postpones the hooks and probes of pairs with shared hooks. If the service has already refused a pair, its
 * own run immediately, without the others, so that it does not cause their rollback again.
 *
 * @param deferred receives the postponed pairs, by name.
 */
function settleLater(deferred: Map<string, Debtor>): Settle {
  return async (debtor) => {
    const { rotation, configuration } = debtor;
    if (sharedHooksOf(configuration).length === 0) return await settleOwed(debtor);
    const { state } = await readState(rotation.system, rotation.pair);
    const owed = debtor.debt ?? state.owed;
    if (owed === undefined) return nothingOwed;
    if (state.takenBack !== undefined) return await settleOwed(debtor);
    deferred.set(rotation.name, debtor);
    return { ...nothingOwed, owed: { hook: owed.hook, probe: owed.probe } };
  };
}

/** The result of running the pending hooks and probes of a pair. */
interface Settled {
  readonly debtor: Debtor;
  readonly result: PromiseSettledResult<Settlement>;
}

/**
 * Runs the pending hooks and probes of several pairs together. Takes the lock of each pair, in their order.
 */
async function settleLocked(
  [next, ...others]: readonly Debtor[],
  locked: readonly Debtor[] = [],
): Promise<readonly Settled[]> {
  if (next === undefined) {
    const results = await settleTogether(locked);
    return locked.flatMap((debtor, index) => {
      const result = results[index];
      return result === undefined ? [] : [{ debtor, result }];
    });
  }
  let isLocked = false;
  try {
    return await withRotationLock(next.rotation, async () => {
      isLocked = true;
      return await settleLocked(others, [...locked, next]);
    });
  } catch (reason) {
    if (isLocked) throw reason;
    const rest = await settleLocked(others, locked);
    return [...rest, { debtor: next, result: { status: "rejected", reason } }];
  }
}

/** The result of a pair whose hooks and probes ran at the end. */
function withSettlement(
  result: RotationResult,
  { debtor, result: settled }: Settled,
): RotationResult {
  if (settled.status === "rejected") {
    // Another run may hold the lock, and run the hooks.
    const { reason: error } = settled;
    const { onEvent } = debtor.rotation;
    onEvent({ pair: result.name, event: "failed", error, nextAttempt: undefined });
    return { ...result, errors: [...result.errors, error] };
  }
  const { owed, errors, restored, warnings } = settled.value;
  const paid = settledResult(result.name, settled.value);
  // What the run itself did takes precedence; if it did nothing, the outcome is that of the hooks and
  // probes.
  const isOutcome = restored !== undefined || result.outcome === "owed" ||
    result.outcome === "idle";
  return {
    ...result,
    outcome: isOutcome ? paid.outcome : result.outcome,
    certificate: restored?.certificate ?? result.certificate,
    owed,
    errors: [...result.errors, ...paid.errors],
    warnings: [...result.warnings, ...warnings],
    isInterrupted: errors.some(isStopped),
  };
}
