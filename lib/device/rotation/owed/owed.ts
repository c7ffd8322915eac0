/** Where exit code 5 comes from: paying what a change owes its service (hook, probe), or the way back. */
import { CertswapError } from "../../../system/mod.ts";
import { OutcomeUnknownError } from "../../../transaction/mod.ts";
import type { PairConfiguration } from "../../configuration/mod.ts";
import {
  type CertificateSummary,
  dropPair,
  type LoadedPair,
  type Owed,
  type PairState,
  readActivePair,
  readState,
  readStoredPair,
  type SoundPair,
} from "../../pair/mod.ts";
import { failureOf, requireStateFile, type Rotation, tell, writeDown } from "../context.ts";
import { renewalTimeOf } from "../decide/mod.ts";
import { PairRestoredError } from "../errors.ts";
import { withFailure, withSuccess } from "../progress.ts";
import type { ServiceConfiguration } from "./debt.ts";
import { restorable, restorePair } from "./restore.ts";
import { isStopped, type OwingPair, type ServiceAnswer, tellService } from "./tell_service.ts";

/** What paying goes by: the service, when the pair is due again, and whether the previous one is kept. */
export type OwedConfiguration =
  & ServiceConfiguration
  & Pick<PairConfiguration, "renewBefore" | "keepPrevious">;

/** What came of what was owed. */
export interface Settlement {
  /** What is still owed (exit code 5), and why: the errors of the hook and of the probe, if they failed. */
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
 * Pays what is owed. If the service does not take the new pair, the previous one is restored, and the service
 * told of that. What cannot be read or written down meanwhile is among the errors, and all stays owed.
 *
 * @param debt what this run has written down.
 * @throws OutcomeUnknownError; if nothing is known of a debt, the errors of reading.
 */
export async function settleOwed(
  rotation: Rotation,
  configuration: OwedConfiguration,
  debt?: Owed,
): Promise<Settlement> {
  const { system, pair } = rotation;
  const payRecorded = async (): Promise<Settlement> => {
    const { state } = await readState(system, pair);
    const owed = state.owed && asConfigured(state.owed, configuration);
    return owed === undefined
      ? nothingOwed
      : await orStillOwed(owed, [], () => pay(rotation, configuration, owed));
  };
  return debt === undefined ? await payRecorded() : await orStillOwed(debt, [], payRecorded);
}

/** If nobody knows what is owed, it is what can be: the hook and the probe that are configured. */
function asConfigured(owed: Owed, { hook, probe }: ServiceConfiguration): Owed {
  if (owed.fingerprint !== undefined) return owed;
  const isLeft = {
    hook: owed.hook && hook !== undefined,
    probe: owed.probe && probe !== undefined,
  };
  return { ...owed, ...isLeft };
}

/**
 * Does `work`; what stands in its way leaves the debt as it is.
 *
 * @param errors what is known to be wrong already.
 */
async function orStillOwed(
  { hook, probe }: Owed,
  errors: readonly unknown[],
  work: () => Promise<Settlement>,
): Promise<Settlement> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CertswapError) || error instanceof OutcomeUnknownError) throw error;
    const owed = hook || probe ? { hook, probe } : undefined;
    return { ...nothingOwed, owed, errors: [...errors, error] };
  }
}

async function pay(
  rotation: Rotation,
  configuration: OwedConfiguration,
  owed: Owed,
): Promise<Settlement> {
  const { system, pair } = rotation;
  const active = await readActivePair(system.files, pair.active);
  // A pair that somebody has broken since is no service's business: it has to be renewed.
  if (active.condition !== "sound") {
    return { ...nothingOwed, owed: { hook: owed.hook, probe: owed.probe } };
  }
  const owing = { owed, active };
  const answer = await tellService(rotation, configuration, owing);
  const errors = [answer.hookError, answer.probeError].filter((error) => error !== undefined);
  return await orStillOwed(owed, errors, async () => {
    if (answer.probeError !== undefined && !isStopped(answer.probeError)) {
      const previous = await restorable(rotation, owing);
      if (previous !== undefined) {
        return await goBack(rotation, configuration, { previous, active, answer });
      }
    }
    return {
      owed: answer.owed,
      paid: answer.owed === undefined && (owed.hook || owed.probe),
      errors,
      restored: undefined,
      warnings: await recordAnswer(rotation, configuration, { ...owing, answer }),
    };
  });
}

/**
 * Writes down what is left to do; if that is nothing, the rotation has come to its end, and the pair that
 * was kept for the way back goes.
 */
async function recordAnswer(
  rotation: Rotation,
  { renewBefore, keepPrevious }: Pick<OwedConfiguration, "renewBefore" | "keepPrevious">,
  { owed, active, answer }: OwingPair & { readonly answer: ServiceAnswer },
): Promise<readonly unknown[]> {
  const { system, pair } = rotation;
  // What cannot be written down is not paid: the next run would not know.
  await requireStateFile(rotation);
  const now = system.clock.now();
  if (answer.owed !== undefined) {
    const left = { ...owed, ...answer.owed };
    const failure = failureOf(rotation, answer.hookError ?? answer.probeError);
    return await writeDown(
      rotation,
      (state) => withFailure({ ...state, owed: left }, now, failure),
    );
  }
  const due = await renewalTimeOf(active.loaded.leaf, renewBefore);
  const warnings = await writeDown(
    rotation,
    (state) => withPaid(state, now, due),
    async () => keepPrevious > 0 ? [] : dropPair(await readStoredPair(system.files, pair.previous)),
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
async function goBack(
  rotation: Rotation,
  configuration: OwedConfiguration,
  { previous, active, answer: { hookError, probeError } }: {
    readonly previous: LoadedPair;
    readonly active: SoundPair;
    readonly answer: ServiceAnswer;
  },
): Promise<Settlement> {
  const error = new PairRestoredError({ cause: probeError, hookError });
  const restored = await restorePair(rotation, { previous, active, error, configuration });
  const { certificate, debt, warnings } = restored;
  tell(rotation, { event: "restored", certificate });
  const again = await settleOwed(rotation, configuration, debt);
  return {
    owed: again.owed,
    paid: again.paid,
    errors: again.errors,
    restored: { certificate, error },
    warnings: [...warnings, ...again.warnings],
  };
}
