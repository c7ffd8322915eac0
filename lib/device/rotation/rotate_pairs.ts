/** The rotation of several pairs in one run: hooks that they share are run once, after all changes. */
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

/** How pairs are rotated in one run. */
interface RotatePairsOptions extends RotateOptions {
  /** Told of each result, as soon as nothing can change about it. */
  readonly onResult: (result: RotationResult) => void;
}

/**
 * Rotates pairs, one after the other. Whatever happens to one does not stop the others, unless certswap is
 * asked to stop. A pair with a hook that others may share pays what it owes at the end, together with them.
 *
 * @returns the results, in the order of the pairs, without those that were not begun.
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
 * Has pairs with hooks that others may share pay later. One of which the service has refused a pair already
 * pays at once, alone: it must not have the others' changes taken back with its own once more.
 *
 * @param deferred where those that pay later are noted, by name.
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

/** What came of paying for a pair. */
interface Settled {
  readonly debtor: Debtor;
  readonly result: PromiseSettledResult<Settlement>;
}

/** Pays together what pairs owe, with the lock of each, taken in their order. */
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

/** The result of a pair that has paid later. */
function withSettlement(
  result: RotationResult,
  { debtor, result: settled }: Settled,
): RotationResult {
  if (settled.status === "rejected") {
    // Another run may have the lock, and pay.
    const { reason: error } = settled;
    const { onEvent } = debtor.rotation;
    onEvent({ pair: result.name, event: "failed", error, nextAttempt: undefined });
    return { ...result, errors: [...result.errors, error] };
  }
  const { owed, errors, restored, warnings } = settled.value;
  const paid = settledResult(result.name, settled.value);
  // What the run itself did is told first; if it did nothing, what it has paid.
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
