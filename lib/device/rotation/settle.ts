/** What a change of the active pair owes the service: the hook, then the probe, and the way back. */
import { fingerprint } from "../../x509/mod.ts";
import { type ActivePair, readActivePair } from "../active_pair.ts";
import { activationEntries, previousEntries, stateEntries } from "../activation.ts";
import { perform } from "../change.ts";
import { dropPair } from "../entries.ts";
import { type LoadedPair, loadStoredPair } from "../loaded_pair.ts";
import { type Owed, type PairState, readState } from "../state.ts";
import { isWhole, readStoredPair } from "../stored_pair.ts";
import { type CertificateSummary, summarize } from "../summary.ts";
import { requireUsable } from "../validation.ts";
import { type Rotation, tell, writeDown } from "./context.ts";
import { HookFailedError, PairRestoredError, ProbeStoppedError } from "./errors.ts";
import { runHook } from "./hook.ts";
import { isServed, probe } from "./probe.ts";
import { pairEnvironment } from "./program.ts";
import { attemptsOf, withFailure, withSuccess } from "./progress.ts";
import { backoff, placeOf, renewalPeriod, renewalTimeOf } from "./schedule.ts";

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
 * service told of that.
 *
 * @throws the errors of reading and of `perform`: what is owed stays written down.
 */
export async function settleOwed(rotation: Rotation): Promise<Settlement> {
  const { system, pair } = rotation;
  const { state: { owed } } = await readState(system, pair);
  if (owed === undefined) return nothingOwed;
  const active = await readActivePair(system.files, pair.active);
  // A pair that somebody has broken since is no service's business: it has to be renewed.
  if (active.condition !== "sound") {
    return { ...nothingOwed, owed: { hook: owed.hook, probe: owed.probe } };
  }
  const change = { owed, active };
  const outcome = await tellService(rotation, change);
  if (outcome.probeError !== undefined && !isStopped(outcome.probeError)) {
    const previous = await restorable(rotation, change);
    if (previous !== undefined) return await restore(rotation, { previous, active, ...outcome });
  }
  return {
    owed: outcome.owed,
    paid: outcome.owed === undefined,
    errors: [outcome.hookError, outcome.probeError].filter((error) => error !== undefined),
    restored: undefined,
    warnings: await writeOutcome(rotation, change, outcome),
  };
}

/** What is owed, and for which pair. */
interface Change {
  readonly owed: Owed;
  readonly active: SoundPair;
}

type SoundPair = ActivePair & { readonly condition: "sound" };

/** How the service took it. */
interface Outcome {
  readonly owed: Pick<Owed, "hook" | "probe"> | undefined;
  readonly hookError: unknown;
  readonly probeError: unknown;
}

/** Runs the hook and the probe, as far as they are owed and still configured. */
async function tellService(rotation: Rotation, change: Change): Promise<Outcome> {
  const { owed } = change;
  try {
    if (!owed.hook && await isServedNow(rotation, change)) return nothingLeft;
  } catch (probeError) {
    if (!isStopped(probeError)) throw probeError;
    return { owed: { hook: false, probe: true }, hookError: undefined, probeError };
  }
  // Where the hook has succeeded already, and the service shows another certificate all the same, it is run
  // again: it may have been a moment at which the service could not follow.
  const hookError = await tryHook(rotation, change);
  if (isStopped(hookError)) {
    return { owed: { hook: true, probe: owed.probe }, hookError, probeError: undefined };
  }
  // Whatever else the hook says: it is the service that counts.
  const probeError = owed.probe ? await tryProbe(rotation, change) : undefined;
  const left = { hook: hookError !== undefined, probe: probeError !== undefined };
  return { owed: left.hook || left.probe ? left : undefined, hookError, probeError };
}

const nothingLeft: Outcome = { owed: undefined, hookError: undefined, probeError: undefined };

/** Whether the service shows the active certificate at once, so that it need not be told. */
async function isServedNow(rotation: Rotation, { active }: Change): Promise<boolean> {
  const { system, configuration } = rotation;
  if (configuration.probe === undefined) return true;
  const wanted = { ...configuration.probe, fingerprint: await fingerprint(active.loaded.leaf) };
  if (!await isServed(system, wanted)) return false;
  tell(rotation, { event: "probe-passed" });
  return true;
}

/** Whether a hook or a probe was ended because certswap itself was asked to stop. */
export function isStopped(error: unknown): boolean {
  return error instanceof ProbeStoppedError ||
    error instanceof HookFailedError && error.failure.end.kind === "interrupted";
}

async function tryHook(rotation: Rotation, { owed, active }: Change): Promise<unknown> {
  const { system, configuration, pair } = rotation;
  if (configuration.hook === undefined) return undefined;
  try {
    await runHook(system, configuration.hook, {
      ...pairEnvironment(configuration, pair),
      ...(owed.replacedSerial === undefined ? {} : { CERTSWAP_OLD_SERIAL: owed.replacedSerial }),
      CERTSWAP_NEW_SERIAL: active.loaded.leaf.serialNumber,
    });
    tell(rotation, { event: "hook-succeeded" });
    return undefined;
  } catch (error) {
    tell(rotation, { event: "hook-failed", error });
    return error;
  }
}

async function tryProbe(rotation: Rotation, { active }: Change): Promise<unknown> {
  const { system, configuration } = rotation;
  if (configuration.probe === undefined) return undefined;
  try {
    await probe(system, {
      ...configuration.probe,
      fingerprint: await fingerprint(active.loaded.leaf),
    });
    tell(rotation, { event: "probe-passed" });
    return undefined;
  } catch (error) {
    tell(rotation, { event: "probe-failed", error });
    return error;
  }
}

/**
 * Writes down what is left to do; where that is nothing, the rotation has come to its end, and the pair that
 * was kept for the way back goes.
 */
async function writeOutcome(
  rotation: Rotation,
  { owed, active }: Change,
  outcome: Outcome,
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

/** The pair to go back to: the very one that was replaced, if it can still be used. */
async function restorable(
  { system, pair }: Rotation,
  { owed, active }: Change,
): Promise<LoadedPair | undefined> {
  if (owed.restorable === undefined) return undefined;
  if (await fingerprint(active.loaded.leaf) !== owed.fingerprint) return undefined;
  const stored = await readStoredPair(system.files, pair.previous);
  if (!isWhole(stored)) return undefined;
  try {
    const previous = await loadStoredPair(stored);
    await requireUsable(previous, { now: system.clock.now(), anchors: undefined });
    return await fingerprint(previous.leaf) === owed.restorable ? previous : undefined;
  } catch {
    // The new pair is at least one that passes every check.
    return undefined;
  }
}

/** Goes back, and tells the service so. */
async function restore(
  rotation: Rotation,
  { previous, active, hookError, probeError }: Outcome & {
    readonly previous: LoadedPair;
    readonly active: SoundPair;
  },
): Promise<Settlement> {
  const error = new PairRestoredError({ cause: probeError, hookError });
  const { certificate, warnings } = await reactivate(rotation, { previous, active, error });
  tell(rotation, { event: "restored", certificate });
  const again = await settleOwed(rotation);
  return {
    owed: again.owed,
    paid: again.paid,
    errors: again.errors,
    restored: { certificate, error },
    warnings: [...warnings, ...again.warnings],
  };
}

/** Makes the previous pair the active one again, and writes down that the service has to be told, and when to try anew. */
async function reactivate(
  rotation: Rotation,
  { previous, active, error }: {
    readonly previous: LoadedPair;
    readonly active: SoundPair;
    readonly error: PairRestoredError;
  },
): Promise<{ readonly certificate: CertificateSummary; readonly warnings: readonly unknown[] }> {
  const { system, pair, configuration, options: { lockTimeout } } = rotation;
  const certificate = await summarize(previous.leaf);
  const now = system.clock.now();
  const period = renewalPeriod(previous.leaf, configuration.renewBefore);
  const place = await placeOf(previous.leaf);
  const also = (state: PairState): PairState => {
    const attempts = attemptsOf(state) || 1;
    const wait = backoff({ attempts, period, place });
    return withFailure(
      {
        ...state,
        owed: {
          hook: configuration.hook !== undefined,
          probe: configuration.probe !== undefined,
          since: now,
          fingerprint: certificate.fingerprint,
          replacedSerial: active.loaded.leaf.serialNumber,
        },
        renewal: { attempts, lastAttempt: now, nextAttempt: new Date(now.getTime() + wait) },
      },
      now,
      error,
    );
  };
  const { warnings } = await perform(system, pair, {
    lockTimeout,
    propose: async () => {
      const { fingerprint } = certificate;
      const activation = { next: previous, active, by: "rollback", fingerprint, also } as const;
      const state = await stateEntries(system, pair, activation);
      return {
        entries: [
          ...await activationEntries(system, pair, activation),
          ...state.entries,
          ...await previousEntries(system, pair, { active, keep: false }),
        ],
        warnings: state.warnings,
      };
    },
  });
  return { certificate, warnings };
}
