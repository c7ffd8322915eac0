/** Where exit code 5 comes from: paying what a change owes its service (hook, probe), or the way back. */
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
import { failureOf, requireStateFile, type Rotation, tell, writeDown } from "../context.ts";
import { type RenewalRules, renewalTimeOf } from "../decide/mod.ts";
import { PairRestoredError } from "../errors.ts";
import { withFailure, withSuccess } from "../progress.ts";
import type { ServiceConfiguration } from "./debt.ts";
import { restorable, restorePair } from "./restore.ts";
import { isStopped, type OwingPair, type ServiceAnswer, tellServices } from "./tell_service.ts";

/** What paying goes by: the service, when the pair is due again, and whether the previous one is kept. */
export type OwedConfiguration =
  & ServiceConfiguration
  & RenewalRules
  & Pick<PairConfiguration, "keepPrevious">;

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

/** A pair, and what paying for it goes by. */
export interface Debtor {
  readonly rotation: Rotation;
  readonly configuration: OwedConfiguration;
  /** What this run has written down. */
  readonly debt?: Owed | undefined;
}

/** How a rotation pays what a pair owes: now, or together with other pairs. */
export type Settle = (debtor: Debtor) => Promise<Settlement>;

/** Of a pair that owes nothing. */
export const nothingOwed: Settlement = {
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
 * @throws OutcomeUnknownError; if nothing is known of a debt, the errors of reading.
 */
export async function settleOwed(debtor: Debtor): Promise<Settlement> {
  const [result] = await settleTogether([debtor]);
  if (result?.status === "fulfilled") return result.value;
  throw result?.reason;
}

/** What came of paying for one of several pairs, or what {@linkcode settleOwed} would throw for it. */
type Settled = PromiseSettledResult<Settlement>;

/**
 * Pays what several pairs owe, as {@linkcode settleOwed} does for one; hooks that they share are run once.
 *
 * @returns what came of it for each, in the same order.
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
 * Tells services that they have the previous pair again, and with them those of which a hook may have failed
 * only because of a pair that is gone now.
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

/** The names of the hooks that a pair may share with others. */
export function sharedHooksOf({ hooks }: Pick<ServiceConfiguration, "hooks">): readonly string[] {
  return hooks.flatMap(({ name }) => name ?? []);
}

/** A pair that owes something, with what it owes. */
interface Owing extends OwingPair {
  readonly debtor: Debtor;
}

/** A pair whose previous one is active again, of which the service is still to be told. */
interface Restored {
  readonly debtor: Debtor;
  readonly again: Debtor;
  readonly previous: NonNullable<Settlement["restored"]>;
  readonly warnings: readonly unknown[];
}

/** Reads what is owed. @throws the errors of reading. */
async function begin(debtor: Debtor): Promise<Owing | Settlement> {
  const { rotation, configuration } = debtor;
  const { system, pair } = rotation;
  const { state } = await readState(system, pair);
  // A state file that vanishes in the middle of a run takes nothing of what this run owes with it.
  const recorded = state.owed ?? debtor.debt;
  const owed = recorded && asConfigured(recorded, configuration);
  if (owed === undefined) return nothingOwed;
  return await orStillOwed(owed, [], async () => {
    const active = await readActivePair(system.files, pair.active);
    // A pair that somebody has broken since is no service's business: it has to be renewed.
    if (active.condition !== "sound") return { ...nothingOwed, owed: partsOf(owed) };
    const isRestored = state.lastChange?.by === "rollback";
    return { debtor, rotation, service: configuration, owed, active, isRestored };
  });
}

/** If nobody knows what is owed, it is what can be: the hooks and the probes that are configured. */
function asConfigured(owed: Owed, { hooks, probes }: ServiceConfiguration): Owed {
  if (owed.fingerprint !== undefined) return owed;
  return { ...owed, hook: owed.hook && hooks.length > 0, probe: owed.probe && probes.length > 0 };
}

/** What is said of a debt in a result; `undefined` if nothing is left of it. */
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
 * Does `work`; what stands in its way leaves the debt as it is.
 *
 * @param owed `undefined`: not known yet, and what stands in the way is thrown.
 * @param errors what is known to be wrong already.
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
 * Writes down what is left to do; if that is nothing, the rotation has come to its end, and the pair that
 * was kept for the way back goes.
 */
async function record(
  { debtor, owed, active }: Owing,
  answer: ServiceAnswer,
  errors: readonly unknown[],
): Promise<Settlement> {
  const { rotation, configuration: { renewBefore, keepPrevious } } = debtor;
  const { system, pair } = rotation;
  // What cannot be written down is not paid: the next run would not know.
  await requireStateFile(rotation);
  const now = system.clock.now();
  const left = answer.owed;
  if (left !== undefined) {
    const failure = failureOf(rotation, errors[0]);
    const warnings = await writeDown(
      rotation,
      (state) => withFailure({ ...state, owed: left }, now, failure),
    );
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

/** A service that has taken the old pair back is no success: what failed is to be tried again. */
function withPaid(state: PairState, now: Date, due: Date): PairState {
  if (state.lastChange?.by === "swap") return withSuccess(state, now, due);
  const { owed: _, ...paid } = state;
  return paid;
}

/** Goes back, if the service has refused the new pair and there is a way. */
async function goBack(
  { debtor, owed, active }: Owing,
  { isRefused, hookError, probeErrors }: ServiceAnswer,
): Promise<Restored | undefined> {
  if (!isRefused) return undefined;
  const { rotation, configuration } = debtor;
  const previous = await restorable({ rotation, owed, active });
  if (previous === undefined) return undefined;
  const error = new PairRestoredError({ cause: probeErrors.at(-1), hookError });
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
