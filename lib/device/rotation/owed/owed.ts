/** What a change of the active pair owes the service: the hook, then the probe, and the way back. */
import { CertswapError } from "../../../system/mod.ts";
import { OutcomeUnknownError } from "../../../transaction/mod.ts";
import { readActivePair } from "../../pair/active_pair.ts";
import { dropPair } from "../../pair/entries.ts";
import { type LoadedPair, readStoredPair } from "../../pair/read_pair.ts";
import { type Owed, type PairState, readState } from "../../pair/state.ts";
import type { CertificateSummary } from "../../pair/summary.ts";
import { type Rotation, tell, writeDown } from "../context.ts";
import { PairRestoredError } from "../errors.ts";
import { withFailure, withSuccess } from "../progress.ts";
import { renewalTimeOf } from "../decide/schedule.ts";
import {
  type Change,
  isStopped,
  type ServiceAnswer,
  type SoundPair,
  tellService,
} from "./tell_service.ts";
import { reactivate, restorable } from "./restore.ts";

/** What came of what was owed. */
export interface Settlement {
  /** What is still owed, and why: the errors of the hook and of the probe, where they failed. */
  readonly owed: Pick<Owed, "hook" | "probe"> | undefined;
  readonly errors: readonly unknown[];
  /** Whether something was owed, and is not any more. */
  readonly paid: boolean;
  /** The previous pair that is the active one again, and why. */
  readonly restored:
    | { readonly certificate: CertificateSummary; readonly error: PairRestoredError }
    | undefined;
  readonly warnings: readonly unknown[];
}

const nothingOwed: Settlement = {
  owed: undefined,
  paid: false,
  errors: [],
  restored: undefined,
  warnings: [],
};

/**
 * Pays what is owed. Where the service does not take the new pair, the previous one is restored, and the
 * service told of that. What cannot be read or written down meanwhile is among the errors, and all stays owed.
 *
 * @param debt what this run has written down.
 * @throws OutcomeUnknownError; where nothing is known of a debt, the errors of reading.
 */
export async function settleOwed(rotation: Rotation, debt?: Owed): Promise<Settlement> {
  const { system, pair } = rotation;
  const settle = async (): Promise<Settlement> => {
    const { state: { owed } } = await readState(system, pair);
    return owed === undefined
      ? nothingOwed
      : await orStillOwed(owed, [], () => pay(rotation, owed));
  };
  return debt === undefined ? await settle() : await orStillOwed(debt, [], settle);
}

/** Does `work`; what stands in its way leaves the debt as it is. @param errors what is known to be wrong already. */
async function orStillOwed(
  { hook, probe }: Owed,
  errors: readonly unknown[],
  work: () => Promise<Settlement>,
): Promise<Settlement> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CertswapError) || error instanceof OutcomeUnknownError) throw error;
    return { ...nothingOwed, owed: { hook, probe }, errors: [...errors, error] };
  }
}

async function pay(rotation: Rotation, owed: Owed): Promise<Settlement> {
  const { system, pair } = rotation;
  const active = await readActivePair(system.files, pair.active);
  // A pair that somebody has broken since is no service's business: it has to be renewed.
  if (active.condition !== "sound") {
    return { ...nothingOwed, owed: { hook: owed.hook, probe: owed.probe } };
  }
  const change = { owed, active };
  const outcome = await tellService(rotation, change);
  const errors = [outcome.hookError, outcome.probeError].filter((error) => error !== undefined);
  return await orStillOwed(owed, errors, async () => {
    if (outcome.probeError !== undefined && !isStopped(outcome.probeError)) {
      const previous = await restorable(rotation, change);
      if (previous !== undefined) return await restore(rotation, { previous, active, ...outcome });
    }
    return {
      owed: outcome.owed,
      paid: outcome.owed === undefined,
      errors,
      restored: undefined,
      warnings: await writeOutcome(rotation, change, outcome),
    };
  });
}

/**
 * Writes down what is left to do; where that is nothing, the rotation has come to its end, and the pair that
 * was kept for the way back goes.
 */
async function writeOutcome(
  rotation: Rotation,
  { owed, active }: Change,
  outcome: ServiceAnswer,
): Promise<readonly unknown[]> {
  const { system, configuration, pair } = rotation;
  const now = system.clock.now();
  if (outcome.owed !== undefined) {
    const left = { ...owed, ...outcome.owed };
    const error = outcome.hookError ?? outcome.probeError;
    return await writeDown(rotation, (state) => withFailure({ ...state, owed: left }, now, error));
  }
  const due = await renewalTimeOf(active.loaded.leaf, configuration.renewBefore);
  const warnings = await writeDown(
    rotation,
    (state) => withPaid(state, now, due),
    async () =>
      configuration.keepPrevious > 0
        ? []
        : dropPair(await readStoredPair(system.files, pair.previous)),
  );
  tell(rotation, { event: "done" });
  return warnings;
}

/** A service that has taken the old pair back is no success: what failed is to be tried again. */
function withPaid(state: PairState, now: Date, due: Date): PairState {
  if (state.lastChange?.by === "swap") return withSuccess(state, now, due);
  const { owed: _, ...paid } = state;
  return paid;
}

/** Goes back, and tells the service so. */
async function restore(
  rotation: Rotation,
  { previous, active, hookError, probeError }: ServiceAnswer & {
    readonly previous: LoadedPair;
    readonly active: SoundPair;
  },
): Promise<Settlement> {
  const error = new PairRestoredError({ cause: probeError, hookError });
  const { certificate, debt, warnings } = await reactivate(rotation, { previous, active, error });
  tell(rotation, { event: "restored", certificate });
  const again = await settleOwed(rotation, debt);
  return {
    owed: again.owed,
    paid: again.paid,
    errors: again.errors,
    restored: { certificate, error },
    warnings: [...warnings, ...again.warnings],
  };
}
