/** Runs pending hooks and probes, and rolls back if a service refuses its new pair. Decides exit code 5. */
import { CertswapError } from "../../../system/mod.ts";
import { OutcomeUnknownError } from "../../../transaction/mod.ts";
import type { PairConfiguration } from "../../configuration/mod.ts";
import {
  type CertificateSummary,
  dropPair,
  type Owed,
  type PairState,
  readActivePair,
  readState,
  readStoredPair,
} from "../../pair/mod.ts";
import {
  failingIn,
  failureOf,
  requireStateFile,
  type Rotation,
  tell,
  writeDown,
} from "../context.ts";
import { type RenewalRules, renewalTimeOf } from "../decide/mod.ts";
import { PairRestoredError } from "../errors.ts";
import { withSuccess } from "../progress.ts";
import type { ServiceConfiguration } from "./debt.ts";
import { restorable, restorePair } from "./restore.ts";
import { isStopped, type OwingPair, type ServiceAnswer, tellServices } from "./tell_service.ts";

/** What settling depends on: hooks and probes, the schedule, and whether the previous pair is kept. */
export type OwedConfiguration =
  & ServiceConfiguration
  & RenewalRules
  & Pick<PairConfiguration, "keepPrevious">;

/** The result of running the pending hooks and probes of a pair. */
export interface Settlement {
  /** What is still pending (exit code 5), and why: the errors of hooks and probes that failed. */
  readonly owed: Pick<Owed, "hook" | "probe"> | undefined;
  readonly errors: readonly unknown[];
  /** Whether something was pending, and no longer is. */
  readonly paid: boolean;
  /** The previous pair, if it was restored, and why. */
  readonly restored:
    | { readonly certificate: CertificateSummary; readonly error: PairRestoredError }
    | undefined;
  readonly warnings: readonly unknown[];
}

/** A pair with a hook or a probe that may be pending. */
export interface Debtor {
  readonly rotation: Rotation;
  readonly configuration: OwedConfiguration;
  /** What this run has recorded as pending. */
  readonly debt?: Owed | undefined;
}

/** How a rotation runs pending hooks and probes: immediately, or together with those of other pairs. */
export type Settle = (debtor: Debtor) => Promise<Settlement>;

/** The result for a pair with nothing pending. */
export const nothingOwed: Settlement = {
  owed: undefined,
  paid: false,
  errors: [],
  restored: undefined,
  warnings: [],
};

/**
 * Runs the pending hooks and probes of a pair. If the service refuses the new pair, the previous one is
 * restored, and the hooks and probes are run for that. If the state cannot be read or written meanwhile,
 * that error is in the result, and everything stays pending.
 *
 * @throws OutcomeUnknownError; the errors of reading, if it is unknown what is pending.
 */
export async function settleOwed(debtor: Debtor): Promise<Settlement> {
  const [result] = await settleTogether([debtor]);
  if (result?.status === "fulfilled") return result.value;
  throw result?.reason;
}

/** The settlement of one of several pairs, or what {@linkcode settleOwed} would throw for it. */
type Settled = PromiseSettledResult<Settlement>;

/**
 * Runs the pending hooks and probes of several pairs, see {@linkcode settleOwed}. Shared hooks run once.
 *
 * @returns the result for each pair, in the same order.
 */
export async function settleTogether(debtors: readonly Debtor[]): Promise<readonly Settled[]> {
  const results = new Map<Debtor, Settled>();
  const owing: Owing[] = [];
  for (const debtor of debtors) {
    const begun = await settled(() => orStillOwed(debtor.debt, [], () => begin(debtor)));
    if (begun.status === "rejected") results.set(debtor, begun);
    else if ("active" in begun.value) owing.push(begun.value);
    else results.set(debtor, { ...begun, value: begun.value });
  }
  const answers = await tellServices(owing);
  const restored: Restored[] = [];
  const left: Debtor[] = [];
  for (const [index, pair] of owing.entries()) {
    const answer = answers[index];
    if (answer === undefined) continue;
    const errors = [answer.hookError, ...answer.probeErrors].filter((error) => error !== undefined);
    const work = async () => await goBack(pair, answer) ?? await record(pair, answer, errors);
    const ended = await settled(() => orStillOwed(pair.owed, errors, work));
    if (ended.status === "rejected") results.set(pair.debtor, ended);
    else if ("previous" in ended.value) restored.push(ended.value);
    else {
      results.set(pair.debtor, { ...ended, value: ended.value });
      if (answer.hookError !== undefined && !isStopped(answer.hookError)) left.push(pair.debtor);
    }
  }
  if (restored.length > 0) await tellAgain(restored, { left, results });
  return debtors.map((debtor) =>
    results.get(debtor) ?? { status: "fulfilled", value: nothingOwed }
  );
}

/**
 * Runs hooks and probes for restored pairs. Shared hooks that failed are also run again for the other pairs:
 * the cause may have been a pair that is no longer active.
 */
async function tellAgain(
  restored: readonly Restored[],
  { left, results }: {
    /** The pairs whose hooks have failed. */
    readonly left: readonly Debtor[];
    readonly results: Map<Debtor, Settled>;
  },
): Promise<void> {
  const shared = new Set(restored.flatMap(({ debtor }) => sharedHooksOf(debtor.configuration)));
  const others = left.filter(({ configuration }) =>
    sharedHooksOf(configuration).some((name) => shared.has(name))
  );
  const again = [...restored.map(({ again }) => again), ...others];
  const settlements = await settleTogether(again);
  for (const [index, debtor] of again.entries()) {
    const settlement = settlements[index];
    if (settlement === undefined) continue;
    const back = restored[index];
    if (back === undefined) results.set(debtor, settlement);
    else results.set(back.debtor, withWayBack(settlement, back));
  }
}

function withWayBack(settlement: Settled, { previous, warnings }: Restored): Settled {
  if (settlement.status === "rejected") return settlement;
  const { value } = settlement;
  return {
    status: "fulfilled",
    value: { ...value, restored: previous, warnings: [...warnings, ...value.warnings] },
  };
}

/** The names of a pair's shared hooks. */
export function sharedHooksOf({ hooks }: Pick<ServiceConfiguration, "hooks">): readonly string[] {
  return hooks.flatMap(({ name }) => name ?? []);
}

/** A pair with its pending hook and probe. */
interface Owing extends OwingPair {
  readonly debtor: Debtor;
}

/** A pair that was rolled back, and whose service has not been told yet. */
interface Restored {
  readonly debtor: Debtor;
  readonly again: Debtor;
  readonly previous: NonNullable<Settlement["restored"]>;
  readonly warnings: readonly unknown[];
}

/** Reads what is pending. @throws the errors of reading. */
async function begin(debtor: Debtor): Promise<Owing | Settlement> {
  const { rotation, configuration } = debtor;
  const { system, pair } = rotation;
  const { state } = await readState(system, pair);
  // If the state file vanishes during a run, what this run has recorded stays pending.
  const recorded = state.owed ?? debtor.debt;
  const owed = recorded && asConfigured(recorded, configuration);
  if (owed === undefined) return nothingOwed;
  return await orStillOwed(owed, [], async () => {
    const active = await readActivePair(system.files, pair);
    // A service need not be told about a pair that has been broken since. The pair has to be renewed.
    if (active.condition !== "sound") return { ...nothingOwed, owed: partsOf(owed) };
    const isRestored = state.lastChange?.by === "rollback";
    return { debtor, rotation, service: configuration, owed, active, isRestored };
  });
}

/** If it is unknown what is pending, it is every configured hook and probe. */
function asConfigured(owed: Owed, { hooks, probes }: ServiceConfiguration): Owed {
  if (owed.fingerprint !== undefined) return owed;
  return { ...owed, hook: owed.hook && hooks.length > 0, probe: owed.probe && probes.length > 0 };
}

/** What a result says is pending; `undefined`: nothing. */
function partsOf(owed: Owed | undefined): Settlement["owed"] {
  if (owed === undefined || !owed.hook && !owed.probe) return undefined;
  return { hook: owed.hook, probe: owed.probe };
}

async function settled<T>(work: () => Promise<T>): Promise<PromiseSettledResult<T>> {
  try {
    return { status: "fulfilled", value: await work() };
  } catch (reason) {
    return { status: "rejected", reason };
  }
}

/**
 * Does `work`. If that fails, everything stays pending, and the error is in the result.
 *
 * @param owed `undefined`: not known yet; errors are thrown.
 * @param errors the errors so far.
 */
async function orStillOwed<T>(
  owed: Owed | undefined,
  errors: readonly unknown[],
  work: () => Promise<T>,
): Promise<T | Settlement> {
  try {
    return await work();
  } catch (error) {
    const isKnown = error instanceof CertswapError && !(error instanceof OutcomeUnknownError);
    if (owed === undefined || !isKnown) throw error;
    return { ...nothingOwed, owed: partsOf(owed), errors: [...errors, error] };
  }
}

/**
 * Records what is still pending. If nothing is, the rotation is complete, and the pair that was kept for a
 * rollback is removed.
 */
async function record(
  { debtor, owed, active }: Owing,
  answer: ServiceAnswer,
  errors: readonly unknown[],
): Promise<Settlement> {
  const { rotation, configuration: { renewBefore, keepPrevious } } = debtor;
  const { system, pair } = rotation;
  // A result that cannot be recorded does not count: the next run would not know it.
  await requireStateFile(rotation);
  const now = system.clock.now();
  const left = answer.owed;
  if (left !== undefined) {
    const failure = failureOf(rotation, errors[0]);
    const warnings = await writeDown(
      rotation,
      (state) => failingIn(rotation)({ ...state, owed: left }, now, failure),
    );
    rotation.row.isCounted = true;
    return { ...nothingOwed, owed: partsOf(left), errors, warnings };
  }
  const due = await renewalTimeOf(active.loaded.leaf, renewBefore);
  const warnings = await writeDown(
    rotation,
    (state) => withPaid(state, now, due),
    async () => keepPrevious > 0 ? [] : dropPair(await readStoredPair(system.files, pair.previous)),
  );
  tell(rotation, { event: "done" });
  return { ...nothingOwed, paid: owed.hook || owed.probe, warnings };
}

/** A service that uses the restored pair is not a success: what failed has to be tried again. */
function withPaid(state: PairState, now: Date, due: Date): PairState {
  if (state.lastChange?.by === "swap") return withSuccess(state, now, due);
  const { owed: _, ...paid } = state;
  return paid;
}

/** Rolls back, if the service has refused the new pair and a rollback is possible. */
async function goBack(
  { debtor, owed, active }: Owing,
  { isRefused, hookError, probeErrors }: ServiceAnswer,
): Promise<Restored | undefined> {
  if (!isRefused) return undefined;
  const { rotation, configuration } = debtor;
  const previous = await restorable({ rotation, owed, active });
  if (previous === undefined) return undefined;
  const refusedSerial = active.loaded.leaf.serialNumber;
  const error = new PairRestoredError({ cause: probeErrors.at(-1), hookError, refusedSerial });
  const options = { previous, active, owed, error, configuration };
  const { certificate, debt, warnings } = await restorePair(rotation, options);
  tell(rotation, { event: "restored", certificate });
  return {
    debtor,
    again: { rotation, configuration, debt },
    previous: { certificate, error },
    warnings,
  };
}
